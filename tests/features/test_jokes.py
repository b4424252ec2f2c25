"""`!joke` and `!fact`: one sentence by a model, never the same twice in a row."""

import pytest

from kissbot.chat.tasks import Tasks
from kissbot.chat.texts import LANGUAGES
from kissbot.features.jokes import FACTS, JOKES
from kissbot.knowledge.answers.storyteller import ATTEMPTS
from kissbot.testing import ManualClock
from kissbot.testing.oracle import Oracle, thinking
from kissbot.testing.room import room


async def told(oracle: Oracle, *lines: str, language: str = "en") -> list[str | None]:
    """What the bot says to each line, twenty seconds apart."""
    async with Tasks() as tasks:
        clock = ManualClock()
        async with room(thinking(clock, tasks, oracle), clock=clock, language=language) as place:
            said = []
            for line in lines:
                said.append(await place.hears(line))
                await clock.push(20)
            return said


async def test_the_prompt_is_sent_as_it_is() -> None:
    oracle = Oracle(lambda _: "A joke.")
    assert await told(oracle, "!joke") == ["😄 A joke."]
    (prompt,) = oracle.asked
    assert prompt.system == ""
    assert prompt.turns[0].text.startswith("Tell ")
    assert prompt.characters == 120


async def test_the_same_joke_is_not_told_twice() -> None:
    jokes = iter(("One.", "one!", "Two.", "Two", "TWO."))
    said = await told(Oracle(lambda _: next(jokes)), "!joke", "!joke", "!joke")
    assert said == ["😄 One.", "😄 Two.", "🤖 I can only think of one that I told you a moment ago."]


async def test_a_fact_may_be_the_same_words_as_a_joke() -> None:
    assert await told(Oracle(lambda _: "Well."), "!joke", "!fact") == ["😄 Well.", "💡 Well."]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_it_is_asked_in_the_channels_language(language: str) -> None:
    oracle = Oracle(lambda _: "😀 1 2 3")
    await told(oracle, "!joke", "!fact", language=language)
    for prompt, wordings in zip(oracle.asked, (JOKES, FACTS), strict=True):
        wanted, subjects = wordings[language]  # type: ignore[index]
        assert prompt.turns[0].text in {wanted.format(what=subject) for subject in subjects}


def test_there_is_something_else_to_ask_for_each_time() -> None:
    for wordings in (JOKES, FACTS):
        assert set(wordings) == set(LANGUAGES)
        assert all(len(set(subjects)) >= ATTEMPTS for _, subjects in wordings.values())
