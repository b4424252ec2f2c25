"""python -m benchmarks.broadcast: how long `!ping` waits while a broadcast goes to 200 channels."""

import asyncio
import time
from typing import Final

import click

from kissbot.app.child import bot_in
from kissbot.app.logs import set_up_logs
from kissbot.app.loop import run
from kissbot.sandbox.twitch import Sandbox

RECEIVERS: Final = 200
LINES_PER_SECOND: Final = 500
PINGS_PER_SECOND: Final = 1.5
"""With what the broadcast may take beside them, that is all that an account can send: 100 in 30 s."""

A_CALL_TAKES: Final = 0.05
"""Seconds, as Twitch's API does."""

CHANNELS: Final = tuple(f"c{number:03}" for number in range(RECEIVERS + 1))


@click.command()
@click.option(
    "--seconds", default=120.0, show_default=True, help="Of each half: quiet, and with the broadcast."
)
@click.option("--rounds", default=3, show_default=True, help="How often each, in turns.")
def main(seconds: float, rounds: int) -> None:
    """Measure it in the sandbox, with talk in every channel."""
    set_up_logs(verbose=False)
    run(_measure(seconds, rounds))


async def _measure(seconds: float, rounds: int) -> None:
    quiet, busy = list[float](), list[float]()
    choices = [{"name": name, "broadcast": True} for name in CHANNELS]
    async with Sandbox(CHANNELS) as twitch, bot_in(twitch, choices) as bot:
        twitch.fault("slow", seconds=A_CALL_TAKES, path="/chat/messages", count=1_000_000)
        await _talk(twitch, 5)
        for source in CHANNELS[:rounds]:
            quiet += await _talk(twitch, seconds)
            twitch.say(source, user=source, rank="broadcaster", text=f"!kisscharity Look at {source}")
            busy += await _talk(twitch, seconds)
        received = sum("[Source:" in line.text and line.is_sent for line in twitch.sent)
        violations = twitch.state()["counters"]["violations"]
        await bot.stop()
    click.echo(f"quiet      {shown(quiet)}")
    click.echo(f"broadcast  {shown(busy)} ({received} of {rounds * RECEIVERS} lines arrived meanwhile)")
    click.echo(f"p99 moves by {(percentile(busy, 99) / percentile(quiet, 99) - 1) * 100:+.1f} %")
    click.echo(f"limits broken: {sum(violations.values())}")


async def _talk(twitch: Sandbox, seconds: float) -> list[float]:
    """Talk with pings in it; the milliseconds that each answer took."""
    started, before = time.perf_counter(), len(twitch.sent)
    every = round(LINES_PER_SECOND / PINGS_PER_SECOND)
    for number in range(int(seconds * LINES_PER_SECOND)):
        if (wait := started + number / LINES_PER_SECOND - time.perf_counter()) > 0:
            await asyncio.sleep(wait)
        text = "!ping" if number % every == 0 else f"line {number}"
        twitch.say(CHANNELS[number % len(CHANNELS)], user=f"viewer{number % 997}", text=text)
    await asyncio.sleep(2)
    return [line.latency_ms for line in twitch.sent[before:] if line.latency_ms is not None]


def shown(waits: list[float]) -> str:
    return f"{len(waits)} pings, p50 {percentile(waits, 50):.1f} ms, p99 {percentile(waits, 99):.1f} ms"


def percentile(waits: list[float], percent: int) -> float:
    ordered = sorted(waits)
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]


if __name__ == "__main__":
    main()
