"""python -m benchmarks.live: a thousand channels go live within a minute, and each is announced once."""

import asyncio
import time
from collections import Counter
from typing import Final

import click

from kissbot.app.child import bot_in
from kissbot.app.logs import set_up_logs
from kissbot.app.loop import run
from kissbot.sandbox.socket import Timing
from kissbot.sandbox.twitch import Sandbox

WITHIN: Final = 60.0
LAG: Final = 3.0
"""Seconds by which Get Streams is late."""

PATIENCE: Final = 900.0


@click.command()
@click.option("--channels", default=1_000, show_default=True, help="How many.")
def main(channels: int) -> None:
    """Measure it in the sandbox, inside the limits of an account that moderates everywhere."""
    set_up_logs(verbose=False)
    run(_measure(tuple(f"c{number:04}" for number in range(channels))))


async def _measure(names: tuple[str, ...]) -> None:
    choices = [{"name": name} for name in names]
    async with (
        Sandbox(names, timing=Timing(streams_lag=LAG)) as twitch,
        bot_in(twitch, choices, within=120) as bot,
    ):
        started = time.perf_counter()
        for number, name in enumerate(names):
            twitch.set_stream(name, live=True, title=f"title-of-{name}", game="Hades")
            await asyncio.sleep(max(0, started + number * WITHIN / len(names) - time.perf_counter()))
        while time.perf_counter() - started < PATIENCE and _announced(twitch) < len(names):
            await asyncio.sleep(1)
        took = time.perf_counter() - started
        await asyncio.sleep(10)
        shown = Counter(line.channel for line in twitch.sent if line.is_sent)
        right = sum(f"title-of-{line.channel}" in line.text for line in twitch.sent if line.is_sent)
        violations = twitch.state()["counters"]["violations"]
        await bot.stop()
    click.echo(f"{len(shown)} of {len(names)} announced within {took:.0f} s, {right} with the right title")
    click.echo(f"more than once: {sum(count > 1 for count in shown.values())}")
    click.echo(f"limits broken: {sum(violations.values())}")


def _announced(twitch: Sandbox) -> int:
    return len({line.channel for line in twitch.sent if line.is_sent})


if __name__ == "__main__":
    main()
