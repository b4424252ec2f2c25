"""python -m benchmarks.thousand: a thousand channels through one conduit, and 5,000 lines a second."""

import asyncio
import time
from typing import Final

import click

from benchmarks.processes import CLIENT, SANDBOX, keep_on_core
from kissbot.app.child import BotProcess, bot_in
from kissbot.app.logs import set_up_logs
from kissbot.app.loop import run
from kissbot.sandbox.twitch import Sandbox

CHANNELS: Final = tuple(f"c{number:04}" for number in range(1_000))
A_CALL_TAKES: Final = 0.08
"""Seconds."""

BATCH: Final = 250


@click.command()
@click.option("--rate", default=5_000, show_default=True, help="Lines a second.")
@click.option("--seconds", default=30.0, show_default=True, help="For how long.")
def main(rate: int, seconds: float) -> None:
    """Measure it in the sandbox."""
    set_up_logs(verbose=False)
    keep_on_core(SANDBOX)
    run(_measure(rate, seconds))


async def _measure(rate: int, seconds: float) -> None:
    async with Sandbox(CHANNELS) as twitch:
        twitch.fault("slow", seconds=A_CALL_TAKES, count=1_000_000)
        started = time.perf_counter()
        async with bot_in(twitch, [{"name": name} for name in CHANNELS], within=120) as bot:
            click.echo(f"subscribed to all of them after {time.perf_counter() - started:.1f} s")
            click.echo(f"RSS {bot.rss_bytes / 1e6:.1f} MB")
            twitch.fault("clear")
            keep_on_core(CLIENT, bot.pid)
            await _talk(twitch, bot, rate, seconds)


async def _talk(twitch: Sandbox, bot: BotProcess, rate: int, seconds: float) -> None:
    cpu, started, count = bot.cpu_seconds, time.perf_counter(), int(rate * seconds)
    for number in range(count):
        if number % BATCH == 0:
            await twitch.drained()
            await asyncio.sleep(max(0, started + number / rate - time.perf_counter()))
        twitch.say(CHANNELS[number % len(CHANNELS)], user=f"viewer{number % 997}", text=f"line {number}")
    await twitch.drained()
    took = time.perf_counter() - started
    cpu, rss = bot.cpu_seconds - cpu, bot.rss_bytes
    heard = (await bot.stop()).lines
    click.echo(f"{count / took:,.0f} lines/s for {took:.1f} s, {heard:,} of {count:,} heard")
    click.echo(
        f"CPU {cpu / took * 100:.1f} % of a core, {cpu / count * 1e6:.2f} µs a line, RSS {rss / 1e6:.1f} MB"
    )


if __name__ == "__main__":
    main()
