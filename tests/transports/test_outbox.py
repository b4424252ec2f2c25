"""Whatever is to be said, its sender learns what became of it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest

from kissbot.bus.memory import MemoryBus
from kissbot.chat.lines import LIMIT, clean
from kissbot.chat.messages import Channel, Outgoing, Receipt
from kissbot.chat.tasks import Tasks
from kissbot.sandbox.twitch import Sandbox
from kissbot.testing import ManualClock
from kissbot.transports.twitch.helix import FixedLogin, Helix
from kissbot.transports.twitch.outbox import Outbox

from .login import LOGIN, logged_in
from .server import breaks, says, serving


class Mouth:
    """Says lines in Ada's channel, and collects the receipts."""

    def __init__(self, bus: MemoryBus, clock: ManualClock, channel: Channel) -> None:
        self._bus, self.clock, self.channel = bus, clock, channel
        self.receipts: list[Receipt] = []
        self._settled = asyncio.Event()
        bus.subscribe(Receipt, self._settle)

    async def say(self, text: str, *, reply_to: str | None = None, keeps: float = 60) -> None:
        """Have a line sent, and wait for its receipt."""
        line = Outgoing(f"answer:{text}", self.channel, text, reply_to, expires_at=self.clock.time() + keeps)
        self._settled.clear()
        self._bus.publish(line, self.channel.id)
        await asyncio.wait_for(self._settled.wait(), 5)

    def _settle(self, receipt: Receipt) -> None:
        self.receipts.append(receipt)
        self._settled.set()

    @property
    def reasons(self) -> list[str]:
        """What was wrong with each line; nothing for those that were shown."""
        return [receipt.drop_reason for receipt in self.receipts]


@asynccontextmanager
async def speaking_in(twitch: Sandbox, clock: ManualClock) -> AsyncIterator[Mouth]:
    """An outbox in the sandbox."""
    async with logged_in(twitch) as (_, helix):
        (ada,) = await helix.users(["ada"])
        async with outbox(helix, clock, Channel(ada.id, ada.login)) as mouth:
            yield mouth


@asynccontextmanager
async def outbox(helix: Helix, clock: ManualClock, channel: Channel) -> AsyncIterator[Mouth]:
    """An outbox for one channel."""
    bus = MemoryBus()
    mouth = Mouth(bus, clock, channel)
    async with Tasks(grace=5) as tasks:
        Outbox(helix, bus, clock, tasks)
        yield mouth


@asynccontextmanager
async def speaking_to(url: str) -> AsyncIterator[Mouth]:
    """An outbox that calls any address."""
    async with aiohttp.ClientSession() as http:
        helix = Helix(http, FixedLogin(LOGIN), url=url, subscriptions_url="")
        async with outbox(helix, ManualClock(), Channel("10", "ada")) as mouth:
            yield mouth


async def test_a_line_is_shown_and_its_sender_learns_the_id() -> None:
    clock = ManualClock()
    async with Sandbox(("ada",), clock=clock) as twitch:
        question = twitch.say("ada", user="vera", text="!ping")
        async with speaking_in(twitch, clock) as mouth:
            await mouth.say("pong", reply_to=question)
        (sent,) = twitch.sent
        assert (sent.channel, sent.text, sent.reply_to) == ("ada", "pong", question)
        assert mouth.receipts == [Receipt("answer:pong", mouth.channel, sent.id)]


async def test_a_line_that_waited_too_long_is_left_unsaid() -> None:
    clock = ManualClock()
    async with Sandbox(("ada",), clock=clock) as twitch:
        async with speaking_in(twitch, clock) as mouth:
            await mouth.say("too late", keeps=0)
        assert twitch.sent == []
        assert mouth.reasons == ["expired"]


@pytest.mark.parametrize("code", ["msg_rejected", "msg_followersonly", "a_reason_newer_than_we_are"])
async def test_the_reason_why_twitch_shows_nothing_is_passed_on(code: str) -> None:
    clock = ManualClock()
    async with Sandbox(("ada",), clock=clock) as twitch:
        twitch.fault("drop_reason", code=code)
        async with speaking_in(twitch, clock) as mouth:
            await mouth.say("hello")
        assert mouth.receipts == [Receipt("answer:hello", mouth.channel, "", code)]


async def test_a_refusal_is_told_by_its_status() -> None:
    clock = ManualClock()
    async with Sandbox(("ada",), clock=clock) as twitch:
        async with speaking_in(twitch, clock) as mouth:
            twitch.fault("refuse", status=403, path="chat/messages")
            await mouth.say("hello")
        assert mouth.reasons == ["http_403"]


async def test_a_drop_without_a_reason_is_a_drop_all_the_same() -> None:
    answer = says(200, {"data": [{"message_id": "", "is_sent": False, "drop_reason": None}]})
    async with serving(answer) as server, speaking_to(server.url) as mouth:
        await mouth.say("hello")
    assert mouth.reasons == ["unknown"]


async def test_whatever_goes_wrong_there_is_a_receipt_and_no_second_try() -> None:
    for trouble, reason in (
        (says(500, b"<html>"), "http_500"),
        (breaks, "network"),
        (says(200, b"<html>"), "network"),
        (says(200, {"data": []}), "network"),
    ):
        async with serving(trouble) as server, speaking_to(server.url) as mouth:
            await mouth.say("hello")
        assert mouth.reasons == [reason]
        assert len(server.asked) == 1


async def test_the_same_line_again_is_varied_where_nobody_sees_it() -> None:
    """Twitch swallows repeats within 30 seconds of accounts that are not privileged."""
    clock = ManualClock()
    async with Sandbox(("ada",), clock=clock, bot_rank="everyone") as twitch:
        async with speaking_in(twitch, clock) as mouth:
            for text in ("pong", "pong", "other", "pong", "other"):
                await mouth.say(text)
                await clock.push(2)  # not more than a line a second
        assert mouth.reasons == [""] * 5
        assert len({sent.text for sent in twitch.sent}) == 5
        assert [clean(sent.text) for sent in twitch.sent] == ["pong", "pong", "other", "pong", "other"]


async def test_after_thirty_seconds_a_line_is_itself_again() -> None:
    clock = ManualClock()
    async with Sandbox(("ada",), clock=clock, bot_rank="everyone") as twitch:
        async with speaking_in(twitch, clock) as mouth:
            for _ in range(2):
                await mouth.say("pong")
                await clock.push(30)
        assert [sent.text for sent in twitch.sent] == ["pong", "pong"]
        assert mouth.reasons == ["", ""]


async def test_even_a_varied_line_is_short_enough() -> None:
    clock = ManualClock()
    async with Sandbox(("ada",), clock=clock) as twitch:
        async with speaking_in(twitch, clock) as mouth:
            for _ in range(6):
                await mouth.say("x" * LIMIT)
        assert mouth.reasons == [""] * 6
        assert max(len(sent.text.encode("utf-16-le")) // 2 for sent in twitch.sent) <= 500
