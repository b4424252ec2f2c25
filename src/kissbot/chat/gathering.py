"""Gathers what comes within a few seconds, so that it becomes one line."""

from collections.abc import Hashable
from typing import Generic, TypeVar

T = TypeVar("T")


class Gathering(Generic[T]):
    """What came so far, by what belongs together. Whoever comes first takes all of it, a while later."""

    def __init__(self) -> None:
        self._gathered: dict[Hashable, list[T]] = {}

    def add(self, key: Hashable, one: T) -> bool:
        """Take one; True when it is the first, who has to `take` all of them later."""
        gathered = self._gathered.setdefault(key, [])
        gathered.append(one)
        return len(gathered) == 1

    def take(self, key: Hashable) -> list[T]:
        """All that came, in their order; the next one is the first of another gathering."""
        return self._gathered.pop(key, [])
