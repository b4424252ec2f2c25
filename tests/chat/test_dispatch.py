"""Admitted in order, answered side by side, each with a deadline."""

import asyncio

import pytest
from structlog.testing import capture_logs

from kissbot.chat.commands import Feature, Invocation, Reply
from kissbot.chat.dispatch import WAITING_PER_CHANNEL
from kissbot.chat.errors import Trouble
from kissbot.chat.tally import Outcome
from kissbot.chat.texts import text
from kissbot.storage.memory import MemoryNotes
from kissbot.testing import room
from kissbot.testing.clock import ManualClock

TOO_SLOW = "⌛ That takes too long right now, please try again."
TROUBLED = "🔧 Something I need does not work right now. Whoever runs me can see what."
BROKEN = "💥 Something went wrong on my side. It is noted."


def feature() -> Feature:
    """Commands that wait, fail, and answer."""
    tried = Feature("tried")

    @tried.command("wait", deadline=5)
    async def wait(asked: Invocation, door: asyncio.Event) -> Reply:
        await door.wait()
        return "at last"

    @tried.command("fail")
    async def fail(asked: Invocation) -> Reply:
        raise LookupError("a bug")

    @tried.command("misspeak")
    async def misspeak(asked: Invocation) -> Reply:
        return text("{nobody} filled this blank")

    @tried.command("store")
    async def store(asked: Invocation) -> Reply:
        raise Trouble("bot.db: the disk is full. Make room.")

    @tried.command("nothing")
    async def nothing(asked: Invocation) -> Reply:
        return None

    @tried.command("now")
    async def now(asked: Invocation) -> Reply:
        return f"now, {asked.viewer.name}"

    return tried


@pytest.fixture
def door() -> asyncio.Event:
    return asyncio.Event()


async def test_answers_come_in_the_order_of_the_questions(door: asyncio.Event) -> None:
    async with room({asyncio.Event: door}, features=[feature()]) as place:
        asked = [place.message("!now", viewer=f"v{number}") for number in range(20)]
        for message in asked:
            place.deliver(message)
        await place.hears("that is all")
        assert [line.reply_to for line in place.said] == [message.id for message in asked]


class FullNotes(MemoryNotes):
    """A disk on which nothing more can be noted."""

    async def claim(self, key: str, seconds: float) -> float:
        raise Trouble("bot.db: the disk is full. Make room.")


@pytest.mark.parametrize("full", [True, False], ids=["the gate", "a handler"])
async def test_what_the_operator_must_mend_is_logged_in_words(door: asyncio.Event, full: bool) -> None:
    notes = FullNotes(ManualClock()) if full else None
    async with room({asyncio.Event: door}, features=[feature()], notes=notes) as place:
        with capture_logs() as logs:
            assert await place.hears("!store") == TROUBLED
        assert place.tally.outcomes == {Outcome.UNAVAILABLE: 1}
    (logged,) = logs
    assert (logged["command"], logged["why"]) == ("store", "bot.db: the disk is full. Make room.")


async def test_a_slow_answer_delays_nobody(door: asyncio.Event) -> None:
    async with room({asyncio.Event: door}, features=[feature()]) as place:
        assert await place.hears("!wait") is None
        assert await place.hears("!now") == "now, vera"
        door.set()
        await place.hears("chatter")
        assert [line.text for line in place.said] == ["now, vera", "at last"]


async def test_what_takes_too_long_is_told(door: asyncio.Event) -> None:
    async with room({asyncio.Event: door}, features=[feature()]) as place:
        assert await place.hears("!wait") is None
        await place.clock.push(4.9)
        assert place.said == []
        await place.clock.push(0.1)
        assert [line.text for line in place.said] == [TOO_SLOW]
        assert place.tally.outcomes == {Outcome.UNAVAILABLE: 1}


@pytest.mark.parametrize("line", ["!fail", "!misspeak"])
async def test_a_bug_is_logged_with_its_message_and_the_viewer_gets_a_polite_line(
    line: str, door: asyncio.Event
) -> None:
    async with room({asyncio.Event: door}, features=[feature()]) as place:
        with capture_logs() as logged:
            assert await place.hears(line, id="m-broken") == BROKEN
        assert [(entry["event"], entry["message"], entry["command"]) for entry in logged] == [
            ("command_failed", "m-broken", line[1:])
        ]
        assert place.tally.outcomes == {Outcome.BROKEN: 1}
        assert await place.hears("!now") == "now, vera"


async def test_a_handler_may_have_nothing_to_say(door: asyncio.Event) -> None:
    async with room({asyncio.Event: door}, features=[feature()]) as place:
        assert await place.hears("!nothing") is None
        assert place.tally.outcomes == {Outcome.SILENT: 1}


async def test_a_flood_fills_its_own_channel_only(door: asyncio.Event) -> None:
    async with room({asyncio.Event: door}, features=[feature()]) as place:
        for number in range(WAITING_PER_CHANNEL + 3):
            place.deliver(place.message("!now", viewer=f"v{number}"))
        place.deliver(place.message("!now", viewer="bea", channel="bob"))
        await place.hears("chatter")
        assert place.tally.outcomes == {Outcome.ANSWERED: WAITING_PER_CHANNEL + 1, Outcome.OVERFLOW: 3}
        assert [line.text for line in place.said if line.channel.login == "bob"] == ["now, bea"]


async def test_after_a_flood_the_channel_is_heard_again(door: asyncio.Event) -> None:
    async with room({asyncio.Event: door}, features=[feature()]) as place:
        for number in range(WAITING_PER_CHANNEL * 2):
            place.deliver(place.message("!now", viewer=f"v{number}"))
        await place.hears("chatter")
        assert await place.hears("!now") == "now, vera"


async def test_hundreds_of_slow_answers_do_not_fill_the_queue(door: asyncio.Event) -> None:
    async with room({asyncio.Event: door}, features=[feature()]) as place:
        for number in range(WAITING_PER_CHANNEL):
            place.deliver(place.message("!wait", viewer=f"v{number}"))
        await place.hears("chatter")
        assert await place.hears("!now") == "now, vera"
        assert place.tally.outcomes[Outcome.OVERFLOW] == 0


async def test_every_command_is_counted_under_its_first_name() -> None:
    async with room() as place:
        await place.hears("!gameinfo hades", viewer="a")
        await place.hears("!game hades", viewer="b")
        await place.hears("!gi", viewer="c")
        assert place.tally.commands == {"gi": 3}
        assert place.tally.outcomes == {Outcome.ANSWERED: 2, Outcome.REFUSED: 1}
        assert place.tally.answered == 3


class BrokenNotes:
    """Notes on a disk that is gone."""

    async def claim(self, key: str, seconds: float) -> float:
        raise OSError("no such device")

    async def release(self, key: str) -> None:
        raise OSError("no such device")


async def test_when_nothing_can_be_claimed_the_viewer_is_told() -> None:
    async with room(notes=BrokenNotes()) as place:
        with capture_logs() as logs:
            assert await place.hears("!ping") == BROKEN
        assert place.tally.outcomes == {Outcome.BROKEN: 1}
        assert [log["event"] for log in logs] == ["command_failed"]
