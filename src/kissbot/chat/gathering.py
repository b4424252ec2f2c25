"""Gathers what happens within a few seconds, so that it becomes one line."""

from collections.abc import Hashable

from kissbot.chat.happenings import Happening


class Gathering:
    """What came so far, by what belongs together. Whoever comes first takes all of it, a while later."""

    def __init__(self) -> None:
        self._gathered: dict[Hashable, list[Happening]] = {}

    def add(self, key: Hashable, one: Happening) -> bool:
        """Take one; True when it is the first, and all of them are to be taken with it later."""
        gathered = self._gathered.setdefault(key, [])
        gathered.append(one)
        return len(gathered) == 1

    def take(self, key: Hashable) -> list[Happening]:
        """All that came, in their order; the next one is the first of another gathering."""
        return self._gathered.pop(key, [])
