"""Whatever is to be said, its sender learns what became of it."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from math import inf
from typing import TypeVar

import aiohttp
import pytest

from kissbot.bus.memory import MemoryBus
from kissbot.chat.errors import Trouble
from kissbot.chat.lines import LIMIT, clean
from kissbot.chat.messages import Channel, Outgoing, Priority, Rank, Receipt
from kissbot.chat.ports import Clock
from kissbot.sandbox.twitch import Sandbox
from kissbot.storage.ledgers import MemoryLedgers
from kissbot.storage.standings import MemoryStandings
from kissbot.testing import ManualClock
from kissbot.testing.clock import settle
from kissbot.transports.twitch.helix import FixedLogin, Helix, HelixError
from kissbot.transports.twitch.payloads import DropReason, SentRow
from kissbot.transports.twitch.speaking.ledger import FreeSlots, SharedSlots, Slots
from kissbot.transports.twitch.speaking.limiter import Limits, Settled, Slot, Wait, Wish
from kissbot.transports.twitch.speaking.mouth import HelixMouth, Mouth
from kissbot.transports.twitch.speaking.outbox import Outbox
from kissbot.transports.twitch.speaking.queue import MOST, Queue
from kissbot.transports.twitch.speaking.standing import Standing

from ..login import LOGIN, logged_in
from ..server import breaks, says, serving

T = TypeVar("T")

ADA = Channel("10", "ada")


class Speaker:
    """Says lines in Ada's channel, and collects the receipts."""

    def __init__(self, bus: MemoryBus, clock: Clock, channel: Channel) -> None:
        self._bus, self.clock, self.channel = bus, clock, channel
        self.receipts: list[Receipt] = []
        self._settled = asyncio.Event()
        bus.subscribe(Receipt, self._settle)

    async def say(self, text: str, *, reply_to: str | None = None, keeps: float = 60) -> None:
        """Have a line sent, and wait for its receipt."""
        self._settled.clear()
        self.post(text, reply_to=reply_to, keeps=keeps)
        await asyncio.wait_for(self._settled.wait(), 5)

    def post(
        self,
        text: str,
        *,
        reply_to: str | None = None,
        keeps: float = 60,
        channel: Channel | None = None,
        priority: Priority = Priority.ANSWER,
    ) -> None:
        """Have a line sent."""
        place, expires_at = channel or self.channel, self.clock.time() + keeps
        self._bus.publish(
            Outgoing(f"answer:{text}", place, text, reply_to, priority, expires_at), self.channel.id
        )

    def _settle(self, receipt: Receipt) -> None:
        self.receipts.append(receipt)
        self._settled.set()

    @property
    def reasons(self) -> list[str]:
        """What was wrong with each line; nothing for those that were shown."""
        return [receipt.drop_reason for receipt in self.receipts]


@asynccontextmanager
async def speaking_in(twitch: Sandbox, clock: ManualClock) -> AsyncIterator[Speaker]:
    """An outbox in the sandbox."""
    async with logged_in(twitch) as (_, helix):
        (ada,) = await helix.users(["ada"])
        async with outbox(helix, clock, Channel(ada.id, ada.login)) as speaker:
            yield speaker


@asynccontextmanager
async def outbox(helix: Helix, clock: Clock, channel: Channel) -> AsyncIterator[Speaker]:
    """An outbox for one channel."""
    standing = Standing(helix.login.user_id, MemoryStandings())
    mouth = HelixMouth(helix, None, lambda _: False, standing, clock)
    async with speaking_through(mouth, clock, channel, standing) as speaker:
        yield speaker


@asynccontextmanager
async def speaking_through(
    mouth: Mouth,
    clock: Clock,
    channel: Channel = ADA,
    standing: Standing | None = None,
    slots: Slots | None = None,
    queue: Queue | None = None,
) -> AsyncIterator[Speaker]:
    """An outbox with any mouth."""
    bus = MemoryBus()
    speaker = Speaker(bus, clock, channel)
    standing = standing or Standing("30", MemoryStandings())
    slots = slots or SharedSlots(MemoryLedgers(), "30", clock, Limits())
    async with Outbox(mouth, slots, standing, bus, clock, queue=queue, grace=1):
        yield speaker


@asynccontextmanager
async def speaking_to(url: str) -> AsyncIterator[Speaker]:
    """An outbox that calls any address."""
    async with aiohttp.ClientSession() as http:
        helix = Helix(http, FixedLogin(LOGIN), url=url, subscriptions_url="")
        async with outbox(helix, time, ADA) as speaker:
            yield speaker


class Lips:
    """A mouth on a clock of its own; `answer` is what comes of a line, after `latency` seconds."""

    def __init__(self, latency: float = 0) -> None:
        self.latency = latency
        self.said: list[tuple[str, str]] = []
        """The channel and the text of each attempt."""
        self.answer: Callable[[], Awaitable[SentRow]] = self._shown

    async def send(self, channel: Channel, text: str, reply_to: str | None) -> SentRow:
        self.said.append((channel.login, text))
        await asyncio.sleep(self.latency)
        return await self.answer()

    async def _shown(self) -> SentRow:
        return SentRow(f"m{len(self.said)}", True)


class TornLedgers(MemoryLedgers):
    """Ledgers that nobody can read for a while."""

    torn = True

    async def update(self, account: str, change: Callable[[bytes | None], tuple[bytes, T]]) -> T:
        if self.torn:
            raise Trouble("the database is gone")
        return await super().update(account, change)


@pytest.fixture
def clock() -> ManualClock:
    """What time it is."""
    return ManualClock()


def channels(number: int) -> list[Channel]:
    """Places to speak in."""
    return [Channel(str(100 + index), f"c{index}") for index in range(number)]


def dropped(code: str) -> Callable[[], Awaitable[SentRow]]:
    """Twitch shows nothing."""

    async def answer() -> SentRow:
        return SentRow("", False, DropReason(code, ""))

    return answer


def refused(error: Exception, times: int) -> Callable[[], Awaitable[SentRow]]:
    """Something goes wrong so often."""
    left = [error] * times

    async def answer() -> SentRow:
        if left:
            raise left.pop()
        return SentRow("m", True)

    return answer


# On sockets


async def test_a_line_is_shown_and_its_sender_learns_the_id(clock: ManualClock) -> None:
    async with Sandbox(("ada",), clock=clock) as twitch:
        question = twitch.say("ada", user="vera", text="!ping")
        async with speaking_in(twitch, clock) as speaker:
            await speaker.say("pong", reply_to=question)
        (sent,) = twitch.sent
        assert (sent.channel, sent.text, sent.reply_to) == ("ada", "pong", question)
        assert speaker.receipts == [Receipt("answer:pong", speaker.channel, sent.id)]


async def test_a_line_that_waited_too_long_is_left_unsaid(clock: ManualClock) -> None:
    async with Sandbox(("ada",), clock=clock) as twitch:
        async with speaking_in(twitch, clock) as speaker:
            await speaker.say("too late", keeps=0)
        assert twitch.sent == []
        assert speaker.reasons == ["expired"]


@pytest.mark.parametrize("code", ["msg_rejected", "msg_followersonly", "a_reason_newer_than_we_are"])
async def test_the_reason_why_twitch_shows_nothing_is_passed_on(code: str, clock: ManualClock) -> None:
    async with Sandbox(("ada",), clock=clock) as twitch:
        twitch.fault("drop_reason", code=code)
        async with speaking_in(twitch, clock) as speaker:
            await speaker.say("hello")
        assert speaker.receipts == [Receipt("answer:hello", speaker.channel, "", code)]


async def test_a_refusal_is_told_by_its_status(clock: ManualClock) -> None:
    async with Sandbox(("ada",), clock=clock) as twitch:
        async with speaking_in(twitch, clock) as speaker:
            twitch.fault("refuse", status=403, path="chat/messages")
            await speaker.say("hello")
        assert speaker.reasons == ["http_403"]


async def test_a_drop_without_a_reason_is_a_drop_all_the_same() -> None:
    answer = says(200, {"data": [{"message_id": "", "is_sent": False, "drop_reason": None}]})
    async with serving(answer) as server, speaking_to(server.url) as speaker:
        await speaker.say("hello")
    assert speaker.reasons == ["unknown"]


async def test_whatever_goes_wrong_there_is_a_receipt_and_no_second_try() -> None:
    for trouble, reason in (
        (says(500, b"<html>"), "http_500"),
        (breaks, "network"),
        (says(200, b"<html>"), "network"),
        (says(200, {"data": []}), "network"),
    ):
        async with serving(trouble) as server, speaking_to(server.url) as speaker:
            await speaker.say("hello")
        assert speaker.reasons == [reason]
        assert len(server.asked) == 1


async def test_the_same_line_again_is_varied_where_nobody_sees_it(clock: ManualClock) -> None:
    """Twitch swallows repeats within 30 seconds of accounts that are not privileged."""
    async with Sandbox(("ada",), clock=clock, bot_rank="everyone") as twitch:
        async with speaking_in(twitch, clock) as speaker:
            for text in ("pong", "pong", "other", "pong", "other"):
                await speaker.say(text)
                await clock.push(2)  # not more than a line a second
        assert speaker.reasons == [""] * 5
        assert len({sent.text for sent in twitch.sent}) == 5
        assert [clean(sent.text) for sent in twitch.sent] == ["pong", "pong", "other", "pong", "other"]


async def test_after_thirty_seconds_a_line_is_itself_again(clock: ManualClock) -> None:
    async with Sandbox(("ada",), clock=clock, bot_rank="everyone") as twitch:
        async with speaking_in(twitch, clock) as speaker:
            for _ in range(2):
                await speaker.say("pong")
                await clock.push(31)
        assert [sent.text for sent in twitch.sent] == ["pong", "pong"]
        assert speaker.reasons == ["", ""]


# The account's limits


async def test_a_burst_waits_for_its_turn_and_twitch_finds_no_fault(clock: ManualClock) -> None:
    """Pain 16: nothing is sent faster than Twitch allows, and nothing is lost for that."""
    clock.rule(asyncio.get_running_loop())
    lips = Lips()
    async with speaking_through(lips, clock) as speaker:
        for place in channels(25):
            speaker.post(f"to {place.login}", channel=place)
        await settle()
        assert len(lips.said) == 20
        await clock.push(30.1)
        assert speaker.reasons == [""] * 25


async def test_in_one_channel_lines_arrive_in_order_a_second_apart(clock: ManualClock) -> None:
    clock.rule(asyncio.get_running_loop())
    lips = Lips()
    async with speaking_through(lips, clock) as speaker:
        for number in range(4):
            speaker.post(f"line {number}")
        for sent in range(1, 5):
            await clock.push(1.05 if sent > 1 else 0)
            assert [text for _, text in lips.said] == [f"line {number}" for number in range(sent)]


async def test_what_waits_too_long_for_its_turn_is_dropped_in_time(clock: ManualClock) -> None:
    """Pain 17: too old is dropped and counted, never sent late."""
    clock.rule(asyncio.get_running_loop())
    lips = Lips()
    async with speaking_through(lips, clock) as speaker:
        for place in channels(22):
            speaker.post(f"to {place.login}", channel=place, keeps=10)
        await settle()
        await clock.push(10)
        assert speaker.reasons == [""] * 20 + ["expired"] * 2
        await clock.push(60)
        assert len(lips.said) == 20


async def test_more_than_a_channel_may_have_waiting_is_dropped_at_once(clock: ManualClock) -> None:
    clock.rule(asyncio.get_running_loop())
    async with speaking_through(Lips(), clock) as speaker:
        for number in range(105):
            speaker.post(f"line {number}")
        assert speaker.reasons == ["overflow"] * 5


class Counting(MemoryLedgers):
    """Counts how often something is written."""

    updates = 0

    async def update(self, account: str, change: Callable[[bytes | None], tuple[bytes, T]]) -> T:
        self.updates += 1
        return await super().update(account, change)


class Wavering(ManualClock):
    """A clock whose next look is a little early: a real timer may come too soon, and a real clock goes on."""

    early = False

    def time(self) -> float:
        early, self.early = self.early, False
        return super().time() - 0.001 * early


class Later:
    """Slots that grant nothing the first time."""

    pace = 0.0

    def __init__(self, until: float) -> None:
        self._until = until

    async def book(self, wishes: Sequence[Wish], settled: Sequence[Settled]) -> Sequence[Slot | Wait]:
        until, self._until = self._until, 0
        return [Wait(until) if until else Slot(1, wish.text, until + inf) for wish in wishes]


async def test_a_turn_that_comes_while_the_outbox_looks_is_not_missed() -> None:
    clock, lips = Wavering(), Lips()
    clock.rule(asyncio.get_running_loop())
    async with speaking_through(lips, clock, slots=Later(clock.time() + 10)) as speaker:
        speaker.post("hello")
        await settle()
        clock.early = True
        await clock.push(10)
        assert speaker.reasons == [""]


async def test_lines_that_nobody_waits_for_go_one_after_the_other(clock: ManualClock) -> None:
    clock.rule(asyncio.get_running_loop())
    lips = Lips(latency=1)
    standing = Standing("30", MemoryStandings())
    places = channels(60)
    for place in places:
        standing.learn(place, Rank.MODERATOR)
    async with speaking_through(lips, clock, standing=standing) as speaker:
        for place in places:
            speaker.post("news", channel=place, priority=Priority.BROADCAST)
        await settle()
        assert len(lips.said) == 1
        speaker.post("pong")
        await settle()
        assert lips.said[-1] == ("ada", "pong")
        for _ in range(5):
            await clock.push(0.16)
        assert len(lips.said) == 5, "four of them are under way, and no more may be"
        for _ in range(110):
            await clock.push(0.16)
        assert speaker.reasons == [""] * 61


async def test_what_became_of_a_line_is_told_with_the_next_one(clock: ManualClock) -> None:
    clock.rule(asyncio.get_running_loop())
    ledgers = Counting()
    slots = SharedSlots(ledgers, "30", clock, Limits())
    async with speaking_through(Lips(), clock, slots=slots) as speaker:
        one, two = channels(2)
        speaker.post("first", channel=one)
        await settle()
        speaker.post("second", channel=two)
        await settle()
        assert (speaker.reasons, ledgers.updates) == (["", ""], 2)
        await clock.push(0.3)
        assert ledgers.updates == 3, "nothing came, so it is told on its own"


# Penalty


async def test_an_account_that_is_ignored_says_so_of_what_it_could_not_say(clock: ManualClock) -> None:
    clock.rule(asyncio.get_running_loop())
    lips = Lips()
    lips.answer = dropped("msg_ratelimit")
    one, two, three = channels(3)
    async with speaking_through(lips, clock) as speaker:
        speaker.post("first", channel=one)
        await settle()
        speaker.post("second", channel=two, keeps=30)
        await settle()
        await clock.push(30)
        assert speaker.reasons == ["msg_ratelimit", "penalty"]
        assert len(lips.said) == 1
        lips.answer = lips._shown
        speaker.post("third", channel=three)
        await settle()
        await clock.push(30.1)
        assert speaker.reasons[2:] == [""]


async def test_a_moderator_who_is_called_too_fast_is_none_any_more(clock: ManualClock) -> None:
    clock.rule(asyncio.get_running_loop())
    lips, standing = Lips(), Standing("30", MemoryStandings())
    standing.learn(ADA, Rank.MODERATOR)
    lips.answer = dropped("msg_slowmode")
    async with speaking_through(lips, clock, standing=standing) as speaker:
        speaker.post("hello")
        await settle()
    assert not standing.is_privileged(ADA.id)


# Trouble


async def test_a_line_that_asks_too_early_is_sent_when_twitch_said(clock: ManualClock) -> None:
    clock.rule(asyncio.get_running_loop())
    lips = Lips()
    lips.answer = refused(HelixError(429, "", "/chat/messages", 5), 1)
    async with speaking_through(lips, clock) as speaker:
        speaker.post("hello")
        await settle()
        await clock.push(4)
        assert len(lips.said) == 1
        await clock.push(1)
        assert speaker.reasons == [""]


async def test_a_line_that_is_too_old_after_that_is_not_sent(clock: ManualClock) -> None:
    clock.rule(asyncio.get_running_loop())
    lips = Lips()
    lips.answer = refused(HelixError(429, "", "/chat/messages", 5), 1)
    async with speaking_through(lips, clock) as speaker:
        speaker.post("hello", keeps=4)
        await settle()
        await clock.push(4)
        assert speaker.reasons == ["http_429"]
        await clock.push(10)
        assert len(lips.said) == 1


async def test_a_line_for_which_there_was_no_connection_is_tried_again() -> None:
    async with serving(says(200, {"data": [{"message_id": "m", "is_sent": True}]})) as server:
        port, url = int(server.url.rpartition(":")[2]), server.url
    async with speaking_to(url) as speaker:
        speaker.post("hello")
        await asyncio.wait_for(speaker_tried(speaker), 5)
        async with serving(says(200, {"data": [{"message_id": "m", "is_sent": True}]}), port=port) as server:
            while not speaker.receipts:
                await asyncio.sleep(0.01)
            assert len(server.asked) == 1
    assert speaker.reasons == [""]


async def speaker_tried(speaker: Speaker) -> None:
    """Give a first attempt the time to fail."""
    await asyncio.sleep(0.05)
    assert speaker.receipts == []


async def test_without_a_ledger_nothing_is_sent_and_all_of_it_later(clock: ManualClock) -> None:
    clock.rule(asyncio.get_running_loop())
    lips, ledgers = Lips(), TornLedgers()
    async with speaking_through(lips, clock, slots=SharedSlots(ledgers, "30", clock, Limits())) as speaker:
        speaker.post("hello")
        speaker.post("old", channel=channels(1)[0], keeps=3)
        await settle()
        await clock.push(4)
        assert speaker.reasons == ["storage"]
        ledgers.torn = False
        await clock.push(2)
        assert lips.said == [("ada", "hello")]


async def test_when_the_bot_stops_every_line_has_its_receipt(clock: ManualClock) -> None:
    lips = Lips(latency=60)
    async with speaking_through(lips, clock) as speaker:
        for number in range(3):
            speaker.post(f"line {number}")
        await settle()
    assert speaker.reasons == ["stopped"] * 3
    assert len(lips.said) == 1


async def test_what_is_said_at_the_very_end_is_still_sent(clock: ManualClock) -> None:
    lips = Lips()
    async with speaking_through(lips, clock) as speaker:
        speaker.post("bye")
    assert speaker.reasons == [""]


async def test_a_bug_costs_one_line_and_not_the_channel(clock: ManualClock) -> None:
    lips = Lips()
    lips.answer = refused(ZeroDivisionError(), 1)
    async with speaking_through(lips, clock) as speaker:
        await speaker.say("one")
        await clock.push(20)
        await speaker.say("two")
    assert speaker.reasons == ["unknown", ""]


# Without limits


async def test_where_there_are_no_limits_nothing_waits_and_repeats_are_varied(clock: ManualClock) -> None:
    lips = Lips()
    async with speaking_through(lips, clock, slots=FreeSlots(clock)) as speaker:
        for _ in range(4):
            await speaker.say("x" * LIMIT)
        await settle()
    assert speaker.reasons == [""] * 4
    assert len({text for _, text in lips.said}) == 4
    assert max(len(text.encode("utf-16-le")) // 2 for _, text in lips.said) <= 500


async def test_where_there_are_no_limits_a_flood_is_said_to_the_last(clock: ManualClock) -> None:
    lips, queue = Lips(), Queue(10 * MOST, in_turn=False)
    async with speaking_through(lips, clock, slots=FreeSlots(clock), queue=queue) as speaker:
        for number in range(3 * MOST):
            speaker.post(f"line {number}")
        await settle()
        assert len(lips.said) == 3 * MOST
    assert speaker.reasons == [""] * (3 * MOST)
