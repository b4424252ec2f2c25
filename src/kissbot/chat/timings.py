"""How long things take: the latest durations of each step of the way to an answer."""

import time
from collections import OrderedDict, defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from msgspec import Struct

from kissbot.chat.messages import Outgoing, Receipt

KEPT: Final = 1000
"""Durations of each step."""


class Percentiles(Struct, frozen=True):
    """Of the latest durations of a step, in seconds."""

    p50: float
    p95: float
    p99: float


class Timings:
    """The latest durations by step."""

    def __init__(self) -> None:
        self._latest: dict[str, deque[float]] = defaultdict(lambda: deque(maxlen=KEPT))

    def note(self, step: str, seconds: float) -> None:
        """Add a duration."""
        self._latest[step].append(seconds)

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
