"""What was said between the bot and one viewer in one channel, for a few minutes. Knows no clock."""

from collections import OrderedDict, deque
from typing import Final

from kissbot.knowledge.answers.model import Turn

LASTS: Final = 600.0
"""Seconds after which a line is forgotten."""

TURNS: Final = 6
"""Lines of both that are remembered."""

MOST: Final = 5_000
"""Conversations; of more, those that ended the longest ago are forgotten."""

_Key = tuple[str, str]


class Conversations:
    """By channel and viewer, and by nothing else: nobody hears what somebody else said."""

    def __init__(self) -> None:
        self._lines: OrderedDict[_Key, deque[tuple[float, Turn]]] = OrderedDict()

    def __len__(self) -> int:
        """How many there are."""
        return len(self._lines)

    def earlier(self, channel_id: str, viewer_id: str, now: float) -> tuple[Turn, ...]:
        """What both said lately, the oldest first."""
        lines = self._lines.get((channel_id, viewer_id), ())
        return tuple(turn for at, turn in lines if now - at < LASTS)

    def add(self, channel_id: str, viewer_id: str, question: str, answer: str, now: float) -> None:
        """Remember an exchange."""
        key = channel_id, viewer_id
        lines = self._lines.setdefault(key, deque(maxlen=TURNS))
        lines.extend(((now, Turn("user", question)), (now, Turn("assistant", answer))))
        self._lines.move_to_end(key)
        self._let_go(now)

    def forget(self, viewer_id: str) -> int:
        """Forget what a viewer said and was told, everywhere; how many conversations that were."""
        gone = [key for key in self._lines if key[1] == viewer_id]
        for key in gone:
            del self._lines[key]
        return len(gone)

    def _let_go(self, now: float) -> None:
        """The oldest come first, so looking ends at the first that is not over."""
        while self._lines:
            key, lines = next(iter(self._lines.items()))
            if len(self._lines) <= MOST and now - lines[-1][0] < LASTS:
                return
            del self._lines[key]
