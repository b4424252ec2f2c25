"""Whether a figure rises over time: its slope, and how sure that is."""

import math
from collections.abc import Sequence
from statistics import fmean

from msgspec import Struct

BLOCKS = 12
"""Samples that follow each other resemble each other, so the means of blocks are looked at instead."""

_QUANTILE = 2.228
"""Of Student's distribution at 97.5 %, for ten degrees of freedom: twelve blocks less two for the line."""


class Trend(Struct, frozen=True):
    """The slope of a figure, per minute, and its 95 % confidence interval."""

    first: float
    """The mean of the first block."""
    last: float
    slope: float
    low: float
    high: float

    @property
    def rises(self) -> bool:
        """Whether it certainly rises."""
        return self.low > 0


def trend(samples: Sequence[tuple[float, float]]) -> Trend | None:
    """The trend of (seconds, figure), in order; None for too few to tell."""
    if len(samples) < 2 * BLOCKS:
        return None
    size = len(samples) / BLOCKS
    blocks = [samples[round(size * number) : round(size * (number + 1))] for number in range(BLOCKS)]
    minutes = [fmean(at for at, _ in block) / 60 for block in blocks]
    figures = [fmean(figure for _, figure in block) for block in blocks]
    slope, error = _line(minutes, figures)
    return Trend(
        first=figures[0],
        last=figures[-1],
        slope=slope,
        low=slope - _QUANTILE * error,
        high=slope + _QUANTILE * error,
    )


def _line(xs: Sequence[float], ys: Sequence[float]) -> tuple[float, float]:
    """The slope of least squares, and its standard error."""
    x_mean, y_mean = fmean(xs), fmean(ys)
    spread = sum((x - x_mean) ** 2 for x in xs)
    slope = sum((x - x_mean) * (y - y_mean) for x, y in zip(xs, ys, strict=True)) / spread
    left = sum((y - y_mean - slope * (x - x_mean)) ** 2 for x, y in zip(xs, ys, strict=True))
    return slope, math.sqrt(left / (len(xs) - 2) / spread)
