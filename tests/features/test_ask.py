"""`!ask` and the bot's name: short answers by models, honest lines without them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from kissbot.chat.messages import Rank
from kissbot.chat.tasks import Tasks
from kissbot.chat.texts import LANGUAGES
from kissbot.knowledge.answers.budget import Allowance
from kissbot.knowledge.answers.model import Turn
from kissbot.testing import ManualClock
from kissbot.testing.oracle import Oracle, thinking
from kissbot.testing.room import Room, room

BLUE = "Air scatters blue light more than red light."


@asynccontextmanager
async def asking(
    *oracles: Oracle, settings: dict[str, Any] | None = None, **options: object
) -> AsyncIterator[Room]:
    """A room in which these models answer."""
    async with Tasks() as tasks:
        clock = ManualClock()
        services = thinking(clock, tasks, *oracles, **options)  # type: ignore[arg-type]
        async with room(services, clock=clock, **(settings or {})) as place:
            yield place


async def test_a_question_gets_one_short_answer() -> None:
    oracle = Oracle(lambda _: BLUE)
    async with asking(oracle) as place:
        assert await place.hears("!ask why is the sky blue?") == f"🤖 {BLUE}"
        assert len(place.said) == 1
    (prompt,) = oracle.asked
    assert prompt.turns == (Turn("user", "why is the sky blue?"),)
    assert (
        prompt.system
        == "You are kissbot, a Twitch bot. Max 400 characters. Answer in English. If unsure, say so."
    )


async def test_nothing_asked_is_told_how_to_ask() -> None:
    async with asking(Oracle()) as place:
        assert await place.hears("!ask") == "🤖 Ask me something: !ask <question>"


@pytest.mark.parametrize("language", LANGUAGES)
async def test_without_a_model_the_operators_remedy_is_told(language: str) -> None:
    async with asking(settings={"language": language}) as place:
        said = await place.hears("!ask why is the sky blue?")
        assert said
        assert "llm.model_endpoint" in said
        assert len(said) <= 200


async def test_an_honest_line_when_no_model_answers() -> None:
    oracle = Oracle()
    oracle.ails = "unwell"
    async with asking(oracle) as place:
        assert await place.hears("!ask why is the sky blue?") == "🤖 I have no good answer to that right now."
        oracle.ails = None
        assert await place.hears("!ask why is the sky blue?") is not None, "an honest line costs no cooldown"


async def test_a_slow_model_is_not_waited_for_beyond_the_deadline() -> None:
    async with asking(Oracle(takes=60)) as place:
        place.deliver(place.message("!ask explain in detail how a rainbow comes about"))
        for _ in range(82):
            await place.clock.push(0.1)
        assert [line.text for line in place.said] == ["🤖 I have no good answer to that right now."]
        for _ in range(700):
            await place.clock.push(0.1)
        assert len(place.said) == 1


@pytest.mark.parametrize("said", ["/ban ada", ".timeout bob", "!kiss off gi", "hello\n/ban ada"])
async def test_a_model_never_gives_a_command(said: str) -> None:
    async with asking(Oracle(lambda _: said)) as place:
        answer = await place.hears("!ask what shall I say?")
        assert answer
        assert not answer.startswith(("/", ".", "!"))
        assert "\n" not in answer


async def test_a_greeting_needs_no_model() -> None:
    oracle = Oracle()
    async with asking(oracle) as place:
        assert "!help" in (await place.hears("@kissbot hello") or "")
        assert await place.hears("@kissbot thank you!", viewer="tom") == "💜 You are welcome, tom!"
        assert await place.hears("good night kissbot", viewer="zoe") == "👋 See you, zoe!"
        assert await place.hears("!ask are you there?", viewer="ben") == "👀 I am here, ben!"
        assert not oracle.asked


async def test_a_mention_without_models_points_to_help() -> None:
    async with asking() as place:
        assert "!help" in (await place.hears("@kissbot what do you think of Hades?") or "")


async def test_who_talks_with_the_bot_is_remembered_and_nobody_else() -> None:
    oracle = Oracle(lambda prompt: f"that was line {len(prompt.turns)}")
    async with asking(oracle) as place:
        await place.hears("@kissbot my favourite game is Hades, remember that")
        await place.clock.push(20)
        await place.hears("@kissbot which game did I name?")
        await place.hears("@kissbot which game did I name?", viewer="other")
        await place.hears("@kissbot which game did I name?", channel="bob")
    assert [len(prompt.turns) for prompt in oracle.asked] == [1, 3, 1, 1]
    assert oracle.asked[1].turns[0] == Turn("user", "my favourite game is Hades, remember that")


async def test_whoever_wants_to_be_forgotten_is() -> None:
    oracle = Oracle()
    async with asking(oracle) as place:
        await place.hears("@kissbot my favourite game is Hades, remember that")
        await place.hears("!kiss forget me")
        await place.clock.push(20)
        await place.hears("@kissbot which game did I name?")
    assert len(oracle.asked[-1].turns) == 1


async def test_the_personality_holds_for_talk_and_for_questions_only_when_chosen() -> None:
    oracle = Oracle()
    async with asking(oracle, settings={"personality": "butler"}) as place:
        await place.hears("@kissbot what do you think of Hades?")
        await place.hears("!ask what do you think of Hades?")
        place.choose(personality="butler everywhere")
        await place.hears("!ask what do you think of Hades?", viewer="other")
    assert ["Style:" in prompt.system for prompt in oracle.asked] == [True, False, True]


async def test_a_moderator_chooses_the_personality() -> None:
    async with asking(Oracle()) as place:
        answer = await place.hears("!kiss set personality butler", rank=Rank.MODERATOR, viewer="mona")
        assert answer == "✅ personality: plain → butler"
        refused = await place.hears("!kiss set personality evil", rank=Rank.MODERATOR, viewer="mona")
        assert refused
        assert refused.startswith("🤷 personality can be: plain, friendly")


async def test_a_channel_asks_no_more_than_its_budget() -> None:
    async with asking(Oracle(), allowed=Allowance(requests_an_hour=2)) as place:
        said = [await place.hears("!ask why is the sky blue?", viewer=f"v{number}") for number in range(3)]
        assert said[2] == "🤖 That is enough of my thinking for now; please ask me again later."
        elsewhere = await place.hears("!ask why is the sky blue?", channel="bob")
        assert elsewhere
        assert elsewhere != said[2]


async def test_a_question_that_has_no_turn_costs_nothing() -> None:
    oracle = Oracle(takes=1)
    async with asking(oracle, allowed=Allowance(requests_an_hour=2), at_once=1) as place:
        for number in range(12):  # more than may wait in a channel
            place.deliver(place.message("!ask why is the sky blue?", viewer=f"v{number}"))
        for _ in range(60):
            await place.clock.push(0.1)
        assert len(oracle.asked) == 2
        said = [line.text for line in place.said]
        assert sum("Too many questions" in line for line in said) >= 2
        assert sum("enough of my thinking" in line for line in said) >= 1


async def test_what_is_not_said_was_paid_for_all_the_same() -> None:
    async with asking(Oracle(lambda _: "```"), allowed=Allowance(tokens_an_hour=20)) as place:
        assert await place.hears("!ask why is the sky blue?") == "🤖 I have no good answer to that right now."
        said = await place.hears("!ask why is the sky blue?", viewer="other")
        assert said == "🤖 That is enough of my thinking for now; please ask me again later."


async def test_a_coarse_question_is_not_put_to_a_model_unless_the_channel_wants_it() -> None:
    oracle = Oracle()
    async with asking(oracle) as place:
        assert (
            await place.hears("!ask why are you such a motherfucker?")
            == "🤖 I would rather not talk about that."
        )
        place.choose(safety="usual")
        await place.hears("!ask why are you such a motherfucker?", viewer="other")
    assert len(oracle.asked) == 1


class Censor:
    """A moderator that dislikes one colour, or says nothing."""

    def __init__(self, verdict: bool | None) -> None:
        self._verdict = verdict

    async def is_harmless(self, words: str) -> bool | None:
        return self._verdict


@pytest.mark.parametrize(
    ("verdict", "safety", "is_said"),
    [(True, "strict", True), (False, "usual", False), (None, "strict", False), (None, "usual", True)],
)
async def test_a_moderator_has_the_last_word(verdict: bool | None, safety: str, is_said: bool) -> None:
    settings = {"safety": safety}
    async with asking(Oracle(lambda _: BLUE), settings=settings, moderator=Censor(verdict)) as place:
        said = await place.hears("!ask why is the sky blue?")
        assert (said == f"🤖 {BLUE}") is is_said
        assert said


async def test_a_fact_is_quoted_to_the_model_when_it_comes_in_time() -> None:
    async def look_up(question: str, language: str) -> str:
        return "Paris: capital of France."

    async def late(question: str, language: str) -> str:
        await asyncio.sleep(3600)
        return "too late"

    for known, quoted in ((look_up, True), (late, False)):
        oracle = Oracle(lambda _: "Paris.")
        async with asking(oracle, look_up=known) as place:
            place.deliver(place.message("!ask what is the capital of France?"))
            for _ in range(30):
                await place.clock.push(0.1)
            assert [line.text for line in place.said] == ["🤖 Paris."]
        assert ("«Paris: capital of France.»" in oracle.asked[0].turns[0].text) is quoted


async def test_one_is_teased_now_and_then() -> None:
    async with asking(Oracle(), tease="El_Serda") as place:
        said = []
        for _ in range(40):
            said.append(await place.hears("@kissbot what do you think of Hades?", viewer="El_Serda"))
            await place.clock.push(20)
        teases = [line for line in said if line and "El_Serda" in line]
        assert 4 <= len(teases) <= 24
        others = [await place.hears("@kissbot so?", viewer=f"v{number}") for number in range(20)]
        assert not any(line and "El_Serda" in line for line in others)


async def test_a_thousand_questions_leave_ping_alone_and_are_answered_in_turns() -> None:
    oracle = Oracle(takes=1)
    async with asking(oracle) as place:
        for number in range(1_000):
            channel = f"channel{number % 100}"
            place.deliver(place.message("!ask why is the sky blue?", viewer=f"v{number}", channel=channel))
        await place.clock.push(0)
        assert (await place.hears("!ping") or "").startswith("Pong")
        for _ in range(120):
            await place.clock.push(0.1)
        answers = [line for line in place.said if "+ 1 =" in line.text]
        honest = [line for line in place.said if "Too many questions" in line.text]
    assert len(answers) + len(honest) == 1_000
    assert len({line.channel.id for line in answers}) == len(answers), (
        "nobody was answered twice before others"
    )
    assert len(oracle.asked) == len(answers)
