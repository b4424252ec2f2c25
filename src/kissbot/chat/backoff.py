"""Patience that grows: how long to wait before something is tried again."""

from random import Random


class Backoff:
    """How long to wait before the next attempt: longer each time, never in step with others, for ever."""

    def __init__(self, chance: Random, first: float = 0.2, longest: float = 60) -> None:
        self._chance, self._first, self._longest = chance, first, longest
        self._failures = 0

    def next(self) -> float:
        """Seconds to wait now."""
        ceiling = min(self._longest, self._first * 2.0 ** min(self._failures, 30))
        self._failures += 1
        return ceiling * self._chance.uniform(0.5, 1)

    def reset(self) -> None:
        """It works again: the next trouble starts from the beginning."""
        self._failures = 0
