"""Whether a figure rises."""

from random import Random

import pytest

from kissbot.app.bench.trends import trend


def noise(per_minute: float, seed: int) -> list[tuple[float, float]]:
    """Ten minutes of a figure that wanders around a line, each sample much like the one before."""
    chance, wanders, found = Random(seed), 0.0, []
    for second in range(600):
        wanders = 0.7 * wanders + chance.gauss(0, 1)
        found.append((float(second), 100 + per_minute * second / 60 + wanders))
    return found


def test_what_rises_is_seen_with_its_slope() -> None:
    found = trend(noise(2.0, 1))
    assert found
    assert found.rises
    assert found.slope == pytest.approx(2.0, abs=0.3)
    assert found.low < 2.0 < found.high


def test_what_only_wanders_seldom_counts_as_rising() -> None:
    found = [trend(noise(0.0, seed)) for seed in range(200)]
    assert sum(each is not None and each.rises for each in found) <= 16  # 2.5 % are expected, and some luck


def test_what_falls_does_not_rise_and_what_stands_still_is_certain() -> None:
    falls, still = trend(noise(-2.0, 1)), trend([(float(second), 7.0) for second in range(60)])
    assert falls
    assert falls.high < 0
    assert still
    assert (still.slope, still.rises) == (0, False)


def test_of_a_few_samples_nothing_is_told() -> None:
    assert trend([(1.0, 1.0)] * 23) is None
