"""Nothing that anybody types makes the bot break, ramble, or say a command."""

import json
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
from kissbot.knowledge.games.library import GameLibrary
from kissbot.providers.games.cache import Cache
from kissbot.providers.games.library import Library
from kissbot.providers.games.offline import Offline
from kissbot.storage.pages import MemoryPages
from kissbot.testing import Room, room
from kissbot.testing.clock import settle

NEVER = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}


@pytest.fixture(scope="module")
def bad_inputs(shared: Path) -> list[str]:
    with (shared / "data" / "bad_inputs_dev.jsonl").open(encoding="utf-8") as file:
        return [json.loads(line)["text"] for line in file]


@pytest.fixture
async def library() -> AsyncIterator[Library]:
    offline = Offline()
    await offline.candidates("hades")  # the catalogue is read in a thread, for which no clock waits
    async with Tasks() as tasks:
        yield Library((), (offline,), Cache(MemoryPages(), time), tasks)


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
        await settle()
        assert [(line.text, why) for line in place.said if (why := wrong_with(line.text))] == []
        assert set(place.tally.outcomes) == {Outcome.ANSWERED, Outcome.REFUSED}
        assert len(place.said) == asked


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
