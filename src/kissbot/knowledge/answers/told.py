"""What was told in a channel lately, so that nothing is told twice. Knows no clock."""

from collections import OrderedDict, deque
from typing import Final

LASTS: Final = 300.0
"""Seconds for which nothing is told again; the very last one is never told twice in a row."""

REMEMBERED: Final = 20
MOST: Final = 2_000
"""Channels; of more, those that were told nothing for the longest time are forgotten."""


class Told:
    """By channel and kind, as `("1", "joke")`."""

    def __init__(self) -> None:
        self._told: OrderedDict[tuple[str, str], deque[tuple[float, str]]] = OrderedDict()

    def add(self, channel_id: str, kind: str, words: str, now: float) -> bool:
        """Take note of it, unless it was told lately; whether it is new."""
        told = self._told.setdefault((channel_id, kind), deque(maxlen=REMEMBERED))
        self._told.move_to_end((channel_id, kind))
        if len(self._told) > MOST:
            self._told.popitem(last=False)
        key = "".join(filter(str.isalnum, words.casefold()))
        recent = {said for at, said in told if now - at < LASTS} | {said for _, said in list(told)[-1:]}
        if key in recent:
            return False
        told.append((now, key))
        return True
