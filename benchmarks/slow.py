"""Whether a handler that takes 5 s makes the pings of others wait."""

import asyncio
from typing import Final

from msgspec import Struct

from benchmarks.chat import PING
from benchmarks.clients.features.slow import ANSWER, TAKES
from benchmarks.processes import SLOW_KISSBOT, running, until
from kissbot.app.child import BotProcess
from kissbot.sandbox.twitch import Sandbox

SAME: Final = "same"
OTHER: Final = "other"
CHANNELS: Final = (SAME, OTHER)
PAUSE: Final = 0.01
"""Seconds between two pings in a channel."""

PINGS: Final = int(0.8 * TAKES / PAUSE)
"""All of them are asked while the slow handler runs; saying them takes its time too."""


class Waits(Struct, frozen=True):
    """The 99th percentile of the milliseconds from the frame sent to the answer received."""

    same_alone: float
    same_beside_slow: float
    other_alone: float
    other_beside_slow: float


async def ping_waits() -> Waits:
    """Ping two channels for some seconds; then again, while one of them waits for a slow answer."""
    async with Sandbox(CHANNELS, enforce_limits=False) as twitch, running(SLOW_KISSBOT, twitch) as bot:
        alone = await _ping(twitch, bot)
        twitch.say(SAME, user="patient", text="!slow")
        beside = await _ping(twitch, bot)
        if _slow_answered(twitch):
            raise RuntimeError("The slow answer came before the last ping: this machine is too busy.")
        await until(lambda: _slow_answered(twitch), bot)
        return Waits(alone[SAME], beside[SAME], alone[OTHER], beside[OTHER])


async def _ping(twitch: Sandbox, bot: BotProcess) -> dict[str, float]:
    before = len(twitch.sent)
    for number in range(PINGS):
        for channel in CHANNELS:
            twitch.say(channel, user=f"viewer{number}", text=PING)
        await asyncio.sleep(PAUSE)
    await until(lambda: len(twitch.sent) >= before + PINGS * len(CHANNELS), bot)
    return {channel: _p99(twitch, channel, before) for channel in CHANNELS}


def _slow_answered(twitch: Sandbox) -> bool:
    return any(sent.text == ANSWER for sent in twitch.sent)


def _p99(twitch: Sandbox, channel: str, start: int) -> float:
    waits = sorted(sent.latency_ms or 0 for sent in twitch.sent[start:] if sent.channel == channel)
    return waits[len(waits) * 99 // 100]
