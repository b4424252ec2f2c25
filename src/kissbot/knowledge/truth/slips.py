"""Names that are a slip of the finger away from one another."""

from collections.abc import Collection
from typing import Final

from rapidfuzz import process
from rapidfuzz.distance import OSA

from kissbot.knowledge.games.names import numbers

SHORTEST: Final = 5
"""Letters of the longer of two names: four are one slip from too many things."""

LONG: Final = 10
"""From so many letters on, two slips are believed."""


def nearest(key: str, known: Collection[str]) -> list[str]:
    """The known names that this one may be a slip of; of several, only the nearest. They begin alike.

    A number is never a slip: `hades` is not `hades2`.
    """
    if len(key) < SHORTEST - 1:
        return []
    slips = 2 if len(key) >= LONG else 1
    found = process.extract(key, known, scorer=OSA.distance, score_cutoff=slips, limit=None)
    fitting = [(distance, other) for other, distance, _ in found if _alike(key, other)]
    least = min(fitting, default=(0, ""))[0]
    return sorted(other for distance, other in fitting if distance == least)


def _alike(key: str, other: str) -> bool:
    long_enough = max(len(key), len(other)) >= SHORTEST
    return long_enough and key[0] == other[0] and numbers(key) == numbers(other)
