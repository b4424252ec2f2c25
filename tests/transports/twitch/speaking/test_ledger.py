"""What one process of an account says, the others know."""

from datetime import UTC, datetime

import pytest

from kissbot.chat.messages import Channel, ChatMessage, Priority, Viewer
from kissbot.storage.ledgers import MemoryLedgers
from kissbot.testing import ManualClock
from kissbot.transports.twitch.speaking.ledger import SharedSlots
from kissbot.transports.twitch.speaking.limiter import KNOWN_FOR, Limits, Settled, Slot, Wait, Wish


def slots(ledgers: MemoryLedgers, clock: ManualClock) -> SharedSlots:
    """A process."""
    return SharedSlots(ledgers, "30", clock, Limits())


def wish(text: str, channel: str = "10", privileged: bool = False) -> Wish:
    """Something to say."""
    return Wish(channel, text, privileged, Priority.ANSWER)


def heard(text: str, channel: str = "10", reply_to: str | None = None) -> ChatMessage:
    """A line of the bot's account, as a process hears it."""
    viewer = Viewer("30", "kissbot", "KissBot")
    return ChatMessage("m", Channel(channel, "ada"), viewer, text, datetime.now(UTC), reply_to)


async def test_two_processes_share_the_limits() -> None:
    ledgers, clock = MemoryLedgers(), ManualClock()
    one, two = slots(ledgers, clock), slots(ledgers, clock)
    answers = await one.book([wish("hi", str(number)) for number in range(15)], ())
    answers = [*answers, *await two.book([wish("hi", str(number)) for number in range(20, 35)], ())]
    assert [isinstance(answer, Slot) for answer in answers] == [True] * 20 + [False] * 10
    last = answers[-1]
    assert isinstance(last, Wait)
    assert last.until >= clock.time() + 30


async def test_two_processes_vary_each_others_words() -> None:
    ledgers, clock = MemoryLedgers(), ManualClock()
    (first,) = await slots(ledgers, clock).book([wish("pong")], ())
    assert isinstance(first, Slot)
    await clock.push(2)
    (second,) = await slots(ledgers, clock).book([wish("pong")], [Settled(first.number, clock.time() - 2)])
    assert isinstance(second, Slot)
    assert first.text != second.text


@pytest.mark.parametrize(
    ("message", "ours"),
    [
        (heard("!pong is not a command of mine"), True),
        (heard("!pong  is not a command of mine \U000e0000 \U000e0000"), True),
        (heard("@Vera !pong is not a command of mine", reply_to="q"), True),
        (heard("@Vera !pong is not a command of mine"), False),
        (heard("!pong is not a command of mine", channel="11"), False),
        (heard("!ping"), False),
    ],
)
async def test_a_process_knows_what_another_one_said(message: ChatMessage, ours: bool) -> None:
    """Pain 13: a line of ours is known by what was said, and a person on the account is heard."""
    ledgers, clock = MemoryLedgers(), ManualClock()
    assert not await slots(ledgers, clock).ours(message)
    await slots(ledgers, clock).book([wish("!pong is not a command of mine")], ())
    assert await slots(ledgers, clock).ours(message) is ours


async def test_after_a_while_the_same_words_are_a_persons() -> None:
    ledgers, clock = MemoryLedgers(), ManualClock()
    (slot,) = await slots(ledgers, clock).book([wish("pong")], ())
    assert isinstance(slot, Slot)
    await slots(ledgers, clock).book((), [Settled(slot.number, clock.time())])
    await clock.push(KNOWN_FOR + 1)
    assert not await slots(ledgers, clock).ours(heard("pong"))
