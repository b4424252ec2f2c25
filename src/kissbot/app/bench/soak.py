"""The whole bot under load and a storm of faults, for as long as one likes: does anything grow?"""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Final

import psutil
from msgspec import Struct

from kissbot.app.bench.trends import Trend, trend
from kissbot.app.child import BotProcess, bot_in
from kissbot.app.lifeline import ADDRESS
from kissbot.app.supervisor.ear import Ear
from kissbot.chat.tasks import Tasks
from kissbot.sandbox.chaos import storm
from kissbot.sandbox.twitch import Sandbox

CHANNELS: Final = 50
COMMANDS_PER_SECOND: Final = 0.5
"""Well below what Twitch lets an account answer, so that latency is the bot's and not the limiter's."""

SAMPLE_EVERY: Final = 1.0
WARM_UP: Final = 0.3
"""The part of the time in which caches fill, which tells nothing."""

SLICE: Final = 0.02
"""Seconds between two handfuls of lines."""


class Report(Struct):
    """What came of it."""

    seed: int
    minutes: float
    rate: float
    lines: int
    answers: int
    typed: int
    faults: Mapping[str, int]
    trends: Mapping[str, Trend | None]
    """By figure; after the warm-up. None: too few samples to tell."""
    errors: int
    """Tracebacks in the bot's log."""

    @property
    def held(self) -> bool:
        """Whether nothing certainly rises, and nothing broke. What cannot be told says nothing."""
        return self.errors == 0 and not any(each and each.rises for each in self.trends.values())


class Gauge:
    """Looks at a process each second."""

    def __init__(self, twitch: Sandbox, bot: BotProcess, ear: Ear) -> None:
        self._twitch, self._ear = twitch, ear
        self._process = psutil.Process(bot.pid)
        self._started = time.perf_counter()
        self._answers = 0
        self.samples: dict[str, list[tuple[float, float]]] = {}

    async def look(self) -> None:
        """Until cancelled, or the process is gone."""
        while True:
            await asyncio.sleep(SAMPLE_EVERY)
            try:
                figures = self._figures()
            except psutil.NoSuchProcess:
                return
            for name, figure in figures.items():
                self.samples.setdefault(name, []).append((time.perf_counter() - self._started, figure))

    def _figures(self) -> dict[str, float]:
        process = self._process
        with process.oneshot():
            figures = {
                "rss_mb": process.memory_info().rss / 1e6,
                "handles": float(process.num_fds()),
                "sockets": float(len(process.net_connections("all"))),
                "threads": float(process.num_threads()),
                "tasks": float(self._ear.number("X_TASKS")),
            }
        return figures | self._latency()

    def _latency(self) -> dict[str, float]:
        """The median of the answers since the last look; nothing when there was none."""
        new = self._twitch.sent[self._answers :]
        self._answers += len(new)
        found = sorted(sent.latency_ms for sent in new if sent.is_sent and sent.latency_ms is not None)
        return {"latency_ms": found[len(found) // 2]} if found else {}


class Talk:
    """Chat at an even pace, with a command now and then."""

    def __init__(self, twitch: Sandbox, seed: int, rate: float) -> None:
        self._twitch, self._rate = twitch, rate
        self._chance = Random(seed)  # noqa: S311 (the same seed is the same chat)
        self._command_every = max(1, round(rate / COMMANDS_PER_SECOND))
        self.lines = self.typed = 0

    async def run(self, seconds: float) -> None:
        """Talk for so long. A machine that is too slow for the pace hears fewer lines, never a burst."""
        started = time.perf_counter()
        due = 0.0
        while (now := time.perf_counter() - started) < seconds:
            due = min(due + self._rate * SLICE, self._rate)
            for _ in range(int(due)):
                self._say()
            due -= int(due)
            await asyncio.sleep(max(0.0, SLICE - (time.perf_counter() - started - now)))

    def _say(self) -> None:
        asks = self.lines % self._command_every == 0
        text = "!ping" if asks else f"line {self.lines}"
        self._twitch.say(self._chance.choice(self._twitch.channels), user=f"v{self.lines % 997}", text=text)
        self.lines += 1
        self.typed += asks


@asynccontextmanager
async def _listening() -> AsyncIterator[Ear]:
    with TemporaryDirectory(prefix="kissbot-") as folder:
        ear = Ear(Path(folder) / "notify")
        await ear.open()
        try:
            yield ear
        finally:
            ear.close()


async def soak(seed: int, minutes: float, rate: float) -> Report:
    """So many minutes under so many lines a second. Raises `Stopped` when the bot did not survive."""
    names = tuple(f"c{number:03}" for number in range(CHANNELS))
    choices = [{"name": name} for name in names]
    async with (
        Sandbox(names) as twitch,
        _listening() as ear,
        bot_in(twitch, choices, environment={ADDRESS: str(ear.path)}) as bot,
    ):
        gauge, talk = Gauge(twitch, bot, ear), Talk(twitch, seed, rate)
        clouds = storm(seed, minutes * 60, twitch.channels)
        async with Tasks() as looking:
            looking.start(gauge.look(), "samples")
            await asyncio.gather(talk.run(minutes * 60), twitch.weather(clouds))
        await bot.stop()
        return Report(
            seed=seed,
            minutes=minutes,
            rate=rate,
            lines=talk.lines,
            answers=sum(sent.is_sent for sent in twitch.sent),
            typed=talk.typed,
            faults=clouds.counts,
            trends={name: _after_warm_up(found, minutes) for name, found in gauge.samples.items()},
            errors=bot.log.count("Traceback (most recent call last)"),
        )


def _after_warm_up(samples: list[tuple[float, float]], minutes: float) -> Trend | None:
    return trend([(at, figure) for at, figure in samples if at >= WARM_UP * minutes * 60])
