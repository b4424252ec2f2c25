"""Samples as a person in a terminal sees them: lines of little bars, and what is wrong. Pure."""

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Final

from kissbot.app.metrics.samples import EVERY, Sample

BARS: Final = "▁▂▃▄▅▆▇█"

WIDE: Final = 48
"""Bars in a line."""

STALE: Final = 3 * EVERY
"""Seconds without a sample after which the bot counts as stopped."""

A_MINUTE: Final = 6
"""Samples."""

MUCH_CPU: Final = 80.0
"""Percent of a core."""

MUCH_RAM: Final = 500e6
"""Bytes."""

LATE: Final = 1.0
"""Seconds."""

_ROWS: Final[tuple[tuple[str, str, Callable[[Sample], float]], ...]] = (
    ("CPU", "%", lambda one: one.cpu_percent),
    ("RAM", "MB", lambda one: one.rss_bytes / 1e6),
    ("threads", "", lambda one: one.threads),
    ("tasks", "", lambda one: one.tasks),
    ("files", "", lambda one: one.files),
    ("loop late", "ms", lambda one: one.late_seconds * 1000),
    ("outbox", "", lambda one: one.waiting),
)
_RATES: Final[tuple[tuple[str, Callable[[Sample], float]], ...]] = (
    ("lines", lambda one: one.lines),
    ("answers", lambda one: one.answered),
    ("failures", lambda one: one.failed),
    ("drops", lambda one: one.dropped),
)


def bars(values: Sequence[float], wide: int = WIDE) -> str:
    """One bar for each value, the highest for the greatest; of more than `wide`, the greatest of each few."""
    few = -(-len(values) // wide) if values else 1
    shown = [max(values[start : start + few]) for start in range(0, len(values), few)]
    least, most = min(shown, default=0), max(shown, default=0)
    scale = (len(BARS) - 1) / (most - least) if most > least else 0
    return "".join(BARS[round((value - least) * scale)] for value in shown)


def page(samples: Sequence[Sample], now: float) -> Iterator[str]:
    """The lines of a page."""
    minutes = (samples[-1].at - samples[0].at) / 60
    age = now - samples[-1].at
    state = f"sampled {max(0, age):.0f} s ago" if age <= STALE else f"stopped {_since(age)} ago"
    yield f"process {samples[-1].pid}, {state}; {minutes:.0f} min from left to right"
    yield f"{'':<10} {'':<{WIDE}} {'now':>9} {'mean':>9} {'most':>9}"
    for name, unit, read in _ROWS:
        yield _row(name, unit, [read(sample) for sample in samples])
    for name, read in _RATES:
        yield _row(name, "/min", _per_minute(samples, read))


def alerts(samples: Sequence[Sample], now: float) -> Iterator[str]:
    """What is wrong now, in sentences."""
    latest, minute = samples[-1], samples[-A_MINUTE:]
    if now - latest.at > STALE:
        yield f"the bot has not been seen for {_since(now - latest.at)}: ./kissbot.sh run"
        return
    if len(minute) == A_MINUTE and all(sample.deaf for sample in minute):
        yield "no connection to Twitch has been up for a minute: kissbot connection"
    if not latest.database:
        yield "the database cannot be written to: kissbot doctor"
    if len(minute) == A_MINUTE and min(sample.cpu_percent for sample in minute) > MUCH_CPU:
        yield f"more than {MUCH_CPU:.0f} % of a core was used for a minute"
    if latest.rss_bytes > MUCH_RAM:
        yield f"{latest.rss_bytes / 1e6:.0f} MB of memory are used"
    if max(sample.late_seconds for sample in minute) > LATE:
        yield "something held up the event loop for more than a second"
    starts = len({sample.pid for sample in samples}) - 1
    if starts >= 3:
        yield f"the bot was started again {starts} times in this time"


def _row(name: str, unit: str, values: Sequence[float]) -> str:
    values = values or [0.0]
    figures = (values[-1], sum(values) / len(values), max(values))
    shown = " ".join(f"{figure:>9.1f}" for figure in figures)
    return f"{name:<10} {bars(values):<{WIDE}} {shown} {unit}".rstrip()


def _per_minute(samples: Sequence[Sample], read: Callable[[Sample], float]) -> list[float]:
    """How fast a count grew; where the bot was started again it began at nothing."""
    rates = []
    for before, after in pairwise(samples):
        grown = read(after) - (read(before) if before.pid == after.pid else 0)
        rates.append(60 * max(0.0, grown) / max(after.at - before.at, 1.0))
    return rates


def _since(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"
