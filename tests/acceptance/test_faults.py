"""While lines flow at 500 a second: what the connection may do, and what must not come of it."""

import asyncio
import time
from collections import Counter

from kissbot.app.child import BotProcess
from kissbot.sandbox.twitch import Sandbox

PER_SECOND = 500
EVERY = 25
"""One line in so many is a command."""


class Flow:
    """Lines into two channels, with a `!ping` among them now and then."""

    def __init__(self, twitch: Sandbox) -> None:
        self._twitch = twitch
        self.pings: list[str] = []
        self.asked_at: dict[str, float] = {}

    async def run(self, seconds: float) -> None:
        """Say lines at an even pace."""
        started = time.perf_counter()
        for number in range(int(seconds * PER_SECOND)):
            if (wait := started + number / PER_SECOND - time.perf_counter()) > 0:
                await asyncio.sleep(wait)
            channel = "ada" if number % 2 else "chloe"
            text = "!ping" if number % EVERY == 0 else f"line {number}"
            message_id = self._twitch.say(channel, user=f"u{number % 50}", text=text)
            if text == "!ping":
                self.pings.append(message_id)
                self.asked_at[message_id] = time.time()
        await asyncio.sleep(0.3)

    @property
    def answers(self) -> Counter[str]:
        """How often each line was answered."""
        return Counter(sent.reply_to for sent in self._twitch.sent if sent.reply_to)

    @property
    def unanswered(self) -> list[str]:
        return [ping for ping in self.pings if ping not in self.answers]

    async def answered(self, within: float) -> None:
        """Wait until every `!ping` has its answer, for some seconds at most."""
        async with asyncio.timeout(within):
            while self.unanswered:
                await asyncio.sleep(0.05)

    def deaf_after(self, moment: float) -> float:
        """Seconds from a moment until the bot answered something that was asked after it."""
        return (
            min(sent.at for sent in self._twitch.sent if self.asked_at.get(sent.reply_to or "", 0) > moment)
            - moment
        )


async def test_a_reconnect_loses_no_message(twitch: Sandbox, bot: BotProcess) -> None:
    flow = Flow(twitch)
    running = asyncio.create_task(flow.run(3))
    await asyncio.sleep(1)
    twitch.fault("reconnect")
    await running
    assert flow.unanswered == []
    assert set(flow.answers.values()) == {1}
    assert (await bot.stop()).lines == 3 * PER_SECOND + len(flow.pings)


async def test_an_aborted_connection_is_replaced_within_two_seconds(twitch: Sandbox, bot: BotProcess) -> None:
    flow = Flow(twitch)
    running = asyncio.create_task(flow.run(4))
    await asyncio.sleep(1)
    twitch.fault("drop")
    moment = time.time()
    await running
    assert flow.deaf_after(moment) < 2
    assert set(flow.answers.values()) == {1}


async def test_a_frame_that_comes_twice_is_answered_once(twitch: Sandbox, bot: BotProcess) -> None:
    flow = Flow(twitch)
    twitch.fault("duplicate", count=400)
    await flow.run(2)
    assert flow.unanswered == []
    assert set(flow.answers.values()) == {1}


async def test_a_silent_socket_is_replaced(twitch: Sandbox, bot: BotProcess) -> None:
    """Sixty seconds of silence would be noticed after the twelve of a missed keep-alive."""
    flow = Flow(twitch)
    twitch.fault("silence", seconds=60)
    moment = time.time()
    running = asyncio.create_task(flow.run(15))
    await running
    assert 9 < flow.deaf_after(moment) < 14
    assert set(flow.answers.values()) == {1}


async def test_api_trouble_delays_an_answer_and_loses_none(twitch: Sandbox, bot: BotProcess) -> None:
    twitch.fault("refuse", status=429, path="/chat/messages", count=2)
    flow = Flow(twitch)
    await flow.run(1)
    await flow.answered(within=6)
    assert set(flow.answers.values()) == {1}
