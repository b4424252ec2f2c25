"""How long things take: the latest durations of each step of the way to an answer."""

import time
from bisect import bisect_left
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from msgspec import Struct

from kissbot.chat.messages import Outgoing, Receipt

KEPT: Final = 1000
"""Durations of each step."""


BOUNDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Seconds: where the buckets of a step's histogram end."""


class Spread:
    """All durations of a step since the start."""

    def __init__(self) -> None:
        self.counts = [0] * (len(BOUNDS) + 1)
        """Of each bucket alone, longer ones than the last bound at the end."""
        self.seconds = 0.0

    def note(self, seconds: float) -> None:
        """Add a duration."""
        self.counts[bisect_left(BOUNDS, seconds)] += 1
        self.seconds += seconds


class Percentiles(Struct, frozen=True):
    """Of the latest durations of a step, in seconds."""

    p50: float
    p95: float
    p99: float


class Timings:
    """The latest durations by step."""

    def __init__(self) -> None:
        self._latest: dict[str, deque[float]] = defaultdict(lambda: deque(maxlen=KEPT))
        self.spreads: dict[str, Spread] = defaultdict(Spread)
        self.ends: Counter[tuple[str, str]] = Counter()
        """How often a source ended so, by its name and what became of it."""
        self.last_end: dict[str, str] = {}

    def note(self, step: str, seconds: float) -> None:
        """Add a duration."""
        self._latest[step].append(seconds)
        self.spreads[step].note(seconds)

    def ended(self, source: str, outcome: str) -> None:
        """A source that was asked did so."""
        self.ends[source, outcome] += 1
        self.last_end[source] = outcome

    @contextmanager
    def measured(self, step: str) -> Iterator[None]:
        """Add the duration of what is done within, whatever becomes of it."""
        began = time.perf_counter()
        try:
            yield
        finally:
            self.note(step, time.perf_counter() - began)

    def percentiles(self) -> dict[str, Percentiles]:
        """By step, in the order in which they came up first."""
        return {step: _percentiles(sorted(latest)) for step, latest in self._latest.items()}


class Sendings:
    """Measures from the moment a line is to be said until it is known what became of it."""

    def __init__(self, timings: Timings) -> None:
        self._timings = timings
        self._under_way: OrderedDict[str, float] = OrderedDict()

    def begin(self, outgoing: Outgoing) -> None:
        """A line is to be said."""
        self._under_way[outgoing.id] = time.perf_counter()
        if len(self._under_way) > KEPT:
            self._under_way.popitem(last=False)

    def end(self, receipt: Receipt) -> None:
        """Something became of it."""
        if (began := self._under_way.pop(receipt.outgoing_id, None)) is not None:
            self._timings.note("send", time.perf_counter() - began)


def _percentiles(ordered: list[float]) -> Percentiles:
    last = len(ordered) - 1
    return Percentiles(*(ordered[min(last, len(ordered) * percent // 100)] for percent in (50, 95, 99)))
