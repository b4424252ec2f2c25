"""python -m benchmarks.asking: how long `!ping` waits while a thousand questions are put to a slow model."""

import asyncio
from typing import Final

import click

from benchmarks.broadcast import percentile, shown
from kissbot.app.child import bot_in
from kissbot.app.logs import set_up_logs
from kissbot.app.loop import run
from kissbot.sandbox.twitch import Sandbox
from kissbot.testing.models import MODEL, Asked, ModelServer, Script

QUESTIONS: Final = 1_000
CHANNELS: Final = tuple(f"c{number:03}" for number in range(100))
A_PING_EVERY: Final = 0.05
"""Seconds."""

THINKS: Final = 1.0
"""Seconds."""


@click.command()
@click.option(
    "--seconds", default=20.0, show_default=True, help="Of each half: quiet, and with the questions."
)
@click.option("--rounds", default=3, show_default=True, help="How often each, in turns.")
def main(seconds: float, rounds: int) -> None:
    """Measure it in the sandbox, without its limits."""
    set_up_logs(verbose=False)
    run(_measure(seconds, rounds))


async def _measure(seconds: float, rounds: int) -> None:
    quiet, busy = list[float](), list[float]()
    script = Script(_answer, pause=THINKS, words_at_once=3)
    async with ModelServer(script) as server, Sandbox(CHANNELS, enforce_limits=False) as twitch:
        llm = {"routes": [{"name": "slow", "url": server.url, "model": MODEL}]}
        async with bot_in(twitch, [{"name": name} for name in CHANNELS], {"llm": llm}) as bot:
            await _pings(twitch, 5)
            for number in range(rounds):
                quiet += await _pings(twitch, seconds)
                _ask(twitch, number)
                busy += await _pings(twitch, seconds)
            said = [line.text for line in twitch.sent if line.text.startswith("🤖")]
            rss = bot.rss_bytes / 1e6
            await bot.stop()
    answered = sum("scripted" in text for text in said)
    click.echo(f"quiet      {shown(quiet)}")
    click.echo(f"questions  {shown(busy)}")
    click.echo(f"p99 moves by {(percentile(busy, 99) / percentile(quiet, 99) - 1) * 100:+.1f} %")
    put, later = rounds * QUESTIONS, len(said) - answered
    click.echo(f"{put:,} asked: {answered} answered, {later} told to wait; {rss:.0f} MB RSS")


def _answer(asked: Asked) -> str:
    return "That is a scripted answer."


def _ask(twitch: Sandbox, round_number: int) -> None:
    for number in range(QUESTIONS):
        viewer = f"asking{round_number}x{number}"
        twitch.say(CHANNELS[number % len(CHANNELS)], user=viewer, text="!ask why is the sky blue?")


async def _pings(twitch: Sandbox, seconds: float) -> list[float]:
    """Pings; the milliseconds that each answer took."""
    before = len(twitch.sent)
    for number in range(round(seconds / A_PING_EVERY)):
        twitch.say(CHANNELS[number % len(CHANNELS)], user=f"viewer{number}", text="!ping")
        await asyncio.sleep(A_PING_EVERY)
    await asyncio.sleep(1)
    return [
        line.latency_ms
        for line in twitch.sent[before:]
        if line.latency_ms is not None and "Pong" in line.text
    ]


if __name__ == "__main__":
    main()
