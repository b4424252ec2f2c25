"""What KissBot costs while nobody talks: memory for each channel, and the time to start."""

import asyncio
import sys
import time
from typing import Final

from msgspec import Struct

from benchmarks.processes import CHECKOUT, ENVIRONMENT, KISSBOT, Client, home, running, running_in
from kissbot.sandbox.twitch import Sandbox

FEW: Final = 50
MANY: Final = 250
"""One EventSub socket takes 300 subscriptions."""

SETTLES: Final = 0.5
"""Seconds after the last subscription until memory is read."""

_IMPORT: Final = """
from time import perf_counter
before = perf_counter()
import kissbot.app.wiring
print(perf_counter() - before)
"""


class StartUp(Struct, frozen=True):
    """Seconds; `wall` and `cpu` from the start of the process until two channels are heard."""

    wall: float
    cpu: float
    imports: float
    """Of the wall time, and measured on its own: importing the bot."""


async def kib_per_idle_channel() -> float:
    """Resident memory of each channel beyond the first fifty."""
    few, many = await _rss_bytes(FEW), await _rss_bytes(MANY)
    return (many - few) / (MANY - FEW) / 1024


async def start_up() -> StartUp:
    """The very first start, at which the database is made."""
    wall, cpu = await start_seconds(KISSBOT)
    return StartUp(wall, cpu, await _import_seconds())


async def start_seconds(client: Client) -> tuple[float, float]:
    """Wall and CPU time of one start."""
    async with Sandbox(("one", "two")) as twitch, home(client) as folder:
        before = time.perf_counter()
        async with running_in(folder, client, twitch) as bot:
            return time.perf_counter() - before, bot.cpu_seconds


async def _rss_bytes(channels: int) -> int:
    names = [f"room{number:03}" for number in range(channels)]
    async with Sandbox(names) as twitch, running(KISSBOT, twitch) as bot:
        await asyncio.sleep(SETTLES)
        return bot.rss_bytes


async def _import_seconds() -> float:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", _IMPORT), stdout=asyncio.subprocess.PIPE, cwd=CHECKOUT, env=ENVIRONMENT
    )
    output, _ = await process.communicate()
    return float(output)
