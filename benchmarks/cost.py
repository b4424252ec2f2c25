"""CPU per line, end to end: from the first frame until the last answer has arrived."""

from collections.abc import Sequence
from typing import Final

from benchmarks.chat import CHANNELS, PING, Line
from benchmarks.processes import Client, running, until
from kissbot.app.child import BotProcess
from kissbot.sandbox.twitch import Sandbox

BATCH: Final = 200
"""Lines between two looks at the sockets' back-pressure."""

WARM_UP: Final = 1_000
"""Lines that are heard before the measurement begins."""


async def cpu_us_per_line(client: Client, lines: Sequence[Line]) -> float:
    """Microseconds of user and system time that a client spends on a line."""
    async with Sandbox(CHANNELS, enforce_limits=False) as twitch, running(client, twitch) as bot:
        await _play(lines[:WARM_UP], twitch, bot)
        before = bot.cpu_seconds
        await _play(lines, twitch, bot)
        return (bot.cpu_seconds - before) / len(lines) * 1e6


async def _play(lines: Sequence[Line], twitch: Sandbox, bot: BotProcess) -> None:
    """Say the lines as fast as the sockets take them, and a ping: its answer tells that all were heard."""
    expected = len(twitch.sent) + sum(line.text == PING for line in lines) + 1
    for start in range(0, len(lines), BATCH):
        for line in lines[start : start + BATCH]:
            twitch.say(line.channel, user=line.user, text=line.text)
        await twitch.drained()
    twitch.say(CHANNELS[0], user="marker", text=PING)
    await until(lambda: len(twitch.sent) >= expected, bot)
    if len(twitch.sent) > expected or not all(sent.is_sent for sent in twitch.sent):
        raise RuntimeError("A client answered more than it was asked, or what it sent was dropped.")
