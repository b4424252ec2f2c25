"""Plays a recorded chat through the embedded Twitch into the bot, and measures what comes of it."""

import asyncio
import gzip
import time
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from kissbot.app.child import BotProcess, bot_in
from kissbot.chat.errors import Trouble
from kissbot.chat.tally import Outcome, Tally
from kissbot.chat.texts import LANGUAGES
from kissbot.sandbox.twitch import Sandbox

BATCH: Final = 200
"""Lines between two looks at the sockets' back-pressure."""

QUIET: Final = 1.0
"""Seconds without an answer after which the bot has said all it had to say."""


class BadRecording(Trouble):
    """A file that is no recorded chat: which line, and what is wrong with it."""


class Recorded(Struct, frozen=True):
    """One line of a recording: window, milliseconds since its start, channel, user, message."""

    w: int
    t: int
    ch: str
    u: str
    m: str


class CommandCounts(Struct):
    """Of the lines that were commands of ours."""

    seen: int
    answered: int
    refused: int
    """By a cooldown, a rank or a switch."""
    by_name: dict[str, int]


class Latency(Struct):
    """Milliseconds from the frame sent to the answer received."""

    p50: float
    p95: float
    p99: float


class Report(Struct):
    """What came of a replay. CPU and memory are the bot's, not the sandbox's."""

    lines: int
    channels: int
    seconds: float
    commands: CommandCounts
    lost: int
    doubled: int
    unhandled_errors: int
    latency_ms: Latency
    cpu_us_per_line: float
    rss_mb: float


def read_recording(path: Path) -> list[Recorded]:
    """The lines of a recording, gzip or not. Raises `BadRecording`."""
    decoder = msgspec.json.Decoder(Recorded)
    lines: list[Recorded] = []
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            for number, line in enumerate(file, 1):
                if line.strip():
                    lines.append(_decoded(decoder, line, number, path))
    except (OSError, EOFError) as error:
        raise BadRecording(f"{path}: cannot be read: {error}") from None
    if not lines:
        raise BadRecording(f"{path}: holds no lines. It takes one JSON object {{w,t,ch,u,m}} a line.")
    return lines


async def replay(
    lines: list[Recorded], speed: float | None, prefix: str, progress: Callable[[int], None]
) -> Report:
    """Play the lines at `speed` times their own pace (None: as fast as the sockets take them)."""
    names = sorted({line.ch for line in lines})
    choices = [{"name": prefix + name, "language": _language(name)} for name in names]
    # A recording has no limits of its own, and at another pace those of the platform mean nothing.
    async with (
        Sandbox(tuple(prefix + name for name in names), enforce_limits=False) as twitch,
        bot_in(twitch, choices) as bot,
    ):
        cpu, started = bot.cpu_seconds, time.perf_counter()
        await _play(lines, speed, prefix, twitch, progress)
        seconds = time.perf_counter() - started
        await _quiet(twitch)
        cpu, rss = bot.cpu_seconds - cpu, bot.rss_bytes
        tally = await bot.stop()
        report = _report(lines, twitch, bot, tally)
        report.seconds, report.cpu_us_per_line = round(seconds, 2), round(cpu / len(lines) * 1e6, 2)
        report.rss_mb = round(rss / 1e6, 1)
        return report


async def _play(
    lines: list[Recorded], speed: float | None, prefix: str, twitch: Sandbox, progress: Callable[[int], None]
) -> None:
    ahead = 0.0
    since = time.perf_counter()
    for number, (line, pause) in enumerate(zip(lines, _pauses(lines), strict=True), 1):
        if speed:
            ahead += pause / speed
            if (wait := since + ahead - time.perf_counter()) > 0:
                await asyncio.sleep(wait)
        twitch.say(prefix + line.ch, user=line.u, text=line.m)
        if number % BATCH == 0:
            await twitch.drained()
            progress(BATCH)
    await twitch.drained()
    progress(len(lines) % BATCH)


async def _quiet(twitch: Sandbox) -> None:
    before = -1
    while len(twitch.sent) != before:
        before = len(twitch.sent)
        await asyncio.sleep(QUIET)


def _report(lines: list[Recorded], twitch: Sandbox, bot: BotProcess, tally: Tally) -> Report:
    replies = Counter(sent.reply_to for sent in twitch.sent if sent.reply_to)
    delivered = sum(sent.is_sent for sent in twitch.sent)
    answers = sum(count for outcome, count in tally.outcomes.items() if outcome in _ANSWERS)
    unheard = len(lines) + delivered - tally.lines  # the bot hears its own lines too
    latencies = sorted(sent.latency_ms for sent in twitch.sent if sent.latency_ms is not None)
    return Report(
        lines=len(lines),
        channels=len({line.ch for line in lines}),
        seconds=0,
        commands=CommandCounts(
            seen=tally.commands.total(),
            answered=answers,
            refused=sum(count for outcome, count in tally.outcomes.items() if outcome in _REFUSALS),
            by_name=dict(Counter(tally.commands).most_common()),
        ),
        lost=max(0, unheard) + max(0, answers - len(replies)),
        doubled=sum(count > 1 for count in replies.values()) + max(0, -unheard),
        unhandled_errors=bot.log.count("Traceback (most recent call last)"),
        latency_ms=Latency(*(_percentile(latencies, p) for p in (50, 95, 99))),
        cpu_us_per_line=0,
        rss_mb=0,
    )


_ANSWERS: Final = (Outcome.ANSWERED, Outcome.REFUSED, Outcome.UNAVAILABLE, Outcome.BROKEN)
_REFUSALS: Final = (Outcome.COOLING, Outcome.FORBIDDEN, Outcome.SWITCHED_OFF, Outcome.OVERFLOW)


def _decoded(decoder: msgspec.json.Decoder[Recorded], line: bytes, number: int, path: Path) -> Recorded:
    try:
        return decoder.decode(line)
    except msgspec.DecodeError as error:
        raise BadRecording(f"{path}, line {number}: {error}. It takes {{w,t,ch,u,m}}.") from None


def _pauses(lines: list[Recorded]) -> Iterator[float]:
    """Seconds before each line; windows follow each other at once."""
    yield 0.0
    for before, line in pairwise(lines):
        yield max(0, line.t - before.t) / 1000 if line.w == before.w else 0.0


def _language(channel: str) -> str:
    return channel[:2] if channel[:2] in LANGUAGES else "en"


def _percentile(ordered: list[float], percent: int) -> float:
    return round(ordered[min(len(ordered) - 1, len(ordered) * percent // 100)], 2) if ordered else 0.0
