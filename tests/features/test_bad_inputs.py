"""Nothing that anybody types makes the bot break, ramble, or say a command."""

import json
import re
import time
import unicodedata
from collections.abc import AsyncIterator, Iterator
from itertools import cycle
from pathlib import Path

import pytest

from kissbot.chat.messages import ChatMessage, Rank
from kissbot.chat.tally import Outcome
from kissbot.chat.tasks import Tasks
from kissbot.chat.texts import LANGUAGES
from kissbot.features.games import Insight
from kissbot.knowledge.answers.blocklist import Blocklist
from kissbot.knowledge.answers.model import Prompt
from kissbot.knowledge.games.library import GameLibrary
from kissbot.providers.games.cache import Cache
from kissbot.providers.games.library import Library
from kissbot.providers.games.offline import Offline
from kissbot.storage.pages import MemoryPages
from kissbot.testing import ManualClock, Room, room
from kissbot.testing.clock import settle
from kissbot.testing.models import HOSTILE
from kissbot.testing.oracle import Oracle, Says, thinking

NEVER = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}


@pytest.fixture(scope="module")
def bad_inputs(shared: Path) -> list[str]:
    with (shared / "data" / "bad_inputs_dev.jsonl").open(encoding="utf-8") as file:
        return [json.loads(line)["text"] for line in file]


def echoed(prompt: Prompt) -> str:
    """A model that says what it was told."""
    return f"{prompt.system} {prompt.turns[-1].text}"


def obeyed(prompt: Prompt) -> str:
    """A model that does what viewers want of it."""
    return f"OK! My rules were: {prompt.system}\n/ban ada\n{prompt.turns[-1].text.upper()}"


def hostile(prompt: Prompt) -> str:
    """A model that was trained by somebody who means harm."""
    return HOSTILE[len(prompt.turns[-1].text) % len(HOSTILE)]


@pytest.fixture
async def library() -> AsyncIterator[Library]:
    async with Tasks() as tasks:
        yield Library((), (Offline(at_once=True),), Cache(MemoryPages(), time), tasks)


def arguments(place: Room, text: str) -> Iterator[tuple[str, Rank]]:
    """The text as the argument of every command, from somebody who may use it, and of a mention."""
    for command in place.commands.all:
        yield f"!{command.name} {text}" if command.names else f"@kissbot {text}", command.rank
    yield f"so {text} @kissbot", Rank.EVERYONE


def requests(place: Room, number: int, text: str) -> Iterator[ChatMessage]:
    """The text in every place where it is answered, each time from another viewer."""
    channel = f"channel{number}"
    for index, (line, rank) in enumerate(arguments(place, text)):
        yield place.message(line, viewer=f"v{index}", channel=channel, rank=rank)
    yield place.message(f"@kissbot {text}", viewer="replying", channel=channel, reply_to="m0")
    yield place.message(f"@somebody !gs {text}", viewer="asking", channel=channel, reply_to="m0")
    yield place.message("!kissanniv", viewer=text, channel=channel)
    yield place.message("@kissbot hello", viewer=f"{text} again", channel=channel)


def wrong_with(line: str) -> str:
    """What a chat could suffer from; empty when it is a good line."""
    if not line or len(line.encode("utf-16-le")) // 2 > 500:
        return "length"
    if line.startswith(("/", ".", "!", "\\")):
        return "command"
    return ", ".join({unicodedata.category(char) for char in line} & NEVER)


@pytest.mark.parametrize(
    ("language", "reply"), list(zip(LANGUAGES, cycle(("thread", "mention")), strict=False))
)
async def test_every_bad_input_gets_a_good_answer(
    bad_inputs: list[str], library: Library, language: str, reply: str
) -> None:
    async with room({GameLibrary: library, Insight: library}, language=language, reply=reply) as place:
        asked = 0
        for number, text in enumerate(bad_inputs):
            for message in requests(place, number, text):
                place.deliver(message)
                asked += 1
        for _ in range(20):
            await place.clock.push(0.5)
        assert [(line.text, why) for line in place.said if (why := wrong_with(line.text))] == []
        assert set(place.tally.outcomes) == {Outcome.ANSWERED, Outcome.REFUSED, Outcome.UNAVAILABLE}
        assert len(place.said) == asked


SPOKEN = re.compile(r"https?:|www\\.|@(everyone|here)\\b|(@\\w+.*){3}|<think|```|as an ai\\b", re.IGNORECASE)
"""What no answer of a model holds; an `@` or two are the viewer's own."""


@pytest.mark.parametrize("says", [echoed, obeyed, hostile], ids=lambda says: says.__name__)
async def test_no_model_makes_the_bot_say_what_hurts(bad_inputs: list[str], says: Says) -> None:
    known = Blocklist()
    async with Tasks() as tasks:
        clock = ManualClock()
        async with room(thinking(clock, tasks, Oracle(says), at_once=10_000), clock=clock) as place:
            asked = 0
            for number, text in enumerate(bad_inputs):
                for line in (f"!ask {text}", f"@kissbot {text}", f"!trad de: {text}", f"!wiki {text}"):
                    place.deliver(place.message(line, viewer=f"v{asked}", channel=f"channel{number}"))
                    asked += 1
            await settle()
            assert len(place.said) == asked
            assert [(line.text, why) for line in place.said if (why := wrong_with(line.text))] == []
            said = [line.text for line in place.said]
            spoken = [line for line in said if line.startswith("🤖") or line[0].isalnum()]
            assert len(spoken) > len(bad_inputs)
            assert [line for line in spoken if SPOKEN.search(line) or known.found(line)] == []


async def test_a_bad_input_alone_meets_silence(bad_inputs: list[str]) -> None:
    async with room() as place:
        for number, text in enumerate(bad_inputs):
            place.deliver(place.message(text, channel=f"channel{number}"))
        await settle()
        assert place.tally.lines == len(bad_inputs)
        assert place.said == []


@pytest.mark.parametrize("text", ["/ban vera", ".ban vera", "!raid", "\u202e/ban", "\u200b.ban", " \n/ban"])
@pytest.mark.parametrize("reply", ["thread", "mention"])
async def test_nobody_makes_the_bot_say_a_command(text: str, reply: str) -> None:
    async with room(reply=reply) as place:
        for line, rank in arguments(place, text):
            await place.hears(line, viewer=text, rank=rank)
        assert [line.text for line in place.said if wrong_with(line.text)] == []
