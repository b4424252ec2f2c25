"""Lines at an even pace, with commands among them."""

import asyncio
import time
from collections import Counter

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
