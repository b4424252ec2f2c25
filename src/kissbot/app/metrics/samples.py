"""Samples of the machine and the bot: a JSON line every ten seconds, for whoever has no Prometheus."""

import asyncio
import threading
import time
from collections import deque
from pathlib import Path
from typing import Final

import msgspec
import psutil
from msgspec import Struct

from kissbot.app.metrics.watched import Watched
from kissbot.chat.tally import Outcome

EVERY: Final = 10.0
"""Seconds between two samples."""

HOUR: Final = 360
"""So many samples are an hour."""


class Sample(Struct, frozen=True, kw_only=True):
    """What was so at a moment. What is counted is counted since the start of the bot."""

    at: float
    """Seconds since the epoch."""
    pid: int
    cpu_percent: float
    """Of one core, since the sample before."""
    rss_bytes: int
    threads: int
    tasks: int
    files: int
    """Files and sockets that are open; 0 where the system does not tell."""
    late_seconds: float
    """How much later than asked for the event loop came back: what blocks it shows here."""
    lines: int
    answered: int
    failed: int
    """Commands that could not be answered because something did not work."""
    dropped: int
    waiting: int
    """Lines in the outbox."""
    deaf: bool
    database: bool
    """Whether it can be written to."""


class Sampler:
    """Takes samples of this process."""

    def __init__(self, bot: Watched) -> None:
        self._bot, self._process = bot, psutil.Process()
        self._process.cpu_percent()

    def take(self, late: float) -> Sample:
        """What is so now."""
        bot, process = self._bot, self._process
        outcomes = bot.tally.outcomes
        with process.oneshot():
            return Sample(
                at=round(time.time(), 1),
                pid=process.pid,
                cpu_percent=process.cpu_percent(),
                rss_bytes=process.memory_info().rss,
                threads=threading.active_count(),
                tasks=len(asyncio.all_tasks()),
                files=_open_files(process),
                late_seconds=round(late, 4),
                lines=bot.tally.lines,
                answered=bot.tally.answered,
                failed=outcomes[Outcome.UNAVAILABLE] + outcomes[Outcome.BROKEN],
                dropped=sum(bot.tally.dropped.values()),
                waiting=bot.outbox.waiting,
                deaf=bot.attention.is_deaf,
                database=not bot.state.in_trouble,
            )


async def keep_sampling(bot: Watched, file: Path, every: float) -> None:
    """Add a sample to a file every so many seconds; never ends."""
    sampler, loop, late = Sampler(bot), asyncio.get_running_loop(), 0.0
    while True:
        bot.writer.put(file, msgspec.json.encode(sampler.take(late)) + b"\n")
        due = loop.time() + every
        await asyncio.sleep(every)
        late = max(0.0, loop.time() - due)


def read_samples(file: Path, most: int = HOUR) -> list[Sample]:
    """The latest samples, oldest first. What is no sample is left out. Raises `OSError`."""
    lines: deque[bytes] = deque(maxlen=most)
    for path in (Path(f"{file}.1"), file):
        if path.exists():
            with path.open("rb") as opened:
                lines.extend(opened)
    return [sample for line in lines if (sample := _sample(line))]


def _sample(line: bytes) -> Sample | None:
    try:
        return msgspec.json.decode(line, type=Sample)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def _open_files(process: psutil.Process) -> int:
    try:
        return process.num_fds()
    except (AttributeError, psutil.Error, OSError):
        return 0
