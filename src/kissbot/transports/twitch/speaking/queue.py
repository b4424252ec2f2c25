"""Lines that wait to be sent: the important ones first, every channel in its turn. Knows no clock.

In a channel, one line at a time is on its way, so lines of one priority arrive in their order.
"""

from collections import Counter, deque
from collections.abc import Iterator
from math import inf
from typing import Final

from msgspec import Struct

from kissbot.chat.messages import Outgoing, Priority
from kissbot.transports.twitch.speaking.limiter import Wish

MOST: Final = 100
"""Lines of one channel that may wait."""


class Line(Struct, eq=False):
    """A line that waits, or is on its way."""

    outgoing: Outgoing
    not_before: float = 0
    """When it is worth trying (again)."""
    trouble: str = ""
    """Why it is not on its way yet, if that is more than the limits: a drop reason."""

    @property
    def urgent(self) -> bool:
        """Whether somebody waits for it."""
        return self.outgoing.priority <= Priority.ANSWER

    def wish(self, privileged: bool) -> Wish:
        """What is asked of the limiter."""
        line = self.outgoing
        return Wish(line.channel.id, line.text, privileged, line.priority)


class Queue:
    """A row for each channel and priority. Not `in_turn`: no line waits for the one before it."""

    def __init__(self, most: int = MOST, *, in_turn: bool = True) -> None:
        self._most, self._in_turn = most, in_turn
        # The rows of a priority take turns: whose line was taken goes to the end.
        self._rows: dict[Priority, dict[str, deque[Line]]] = {priority: {} for priority in Priority}
        self._waiting: Counter[str] = Counter()
        self._busy: set[str] = set()
        self._ends_at = inf
        """No line is too old before."""

    def __len__(self) -> int:
        return sum(self._waiting.values())

    def push(self, line: Line) -> bool:
        """Take a line to the end of its row; False when too many of its channel wait."""
        if self._waiting[line.outgoing.channel.id] >= self._most:
            return False
        self._row(line).append(line)
        self._entered(line)
        return True

    def heads(self, now: float) -> Iterator[Line]:
        """The lines that may be next, in the order in which they should be: one of each channel."""
        if not self._in_turn:
            yield from (line for line in self._lines() if line.not_before <= now)
            return
        met = set(self._busy)
        for rows in self._rows.values():
            for channel_id, row in rows.items():
                if channel_id not in met and row[0].not_before <= now:
                    met.add(channel_id)
                    yield row[0]

    def take(self, line: Line) -> None:
        """Take a line out; its channel is busy until `done` or `back`."""
        channel_id, rows = line.outgoing.channel.id, self._rows[line.outgoing.priority]
        row = rows.pop(channel_id)
        row.remove(line)
        if row:
            rows[channel_id] = row
        self._left(line)
        self._busy.add(channel_id)

    def done(self, line: Line) -> None:
        """A line that was taken has arrived, or will not any more."""
        self._busy.discard(line.outgoing.channel.id)

    def back(self, line: Line) -> None:
        """A line that was taken has to wait once more, as the first of its row."""
        self.done(line)
        self._row(line).appendleft(line)
        self._entered(line)

    def expire(self, now: float) -> list[Line]:
        """Take out the lines that are too old."""
        if now < self._ends_at:
            return []
        expired = [line for line in self._lines() if line.outgoing.expires_at <= now]
        for line in expired:
            self._remove(line)
        self._ends_at = min((line.outgoing.expires_at for line in self._lines()), default=inf)
        return expired

    def clear(self) -> list[Line]:
        """Take out all that wait."""
        lines = list(self._lines())
        for rows in self._rows.values():
            rows.clear()
        self._waiting.clear()
        return lines

    def next_at(self, now: float) -> float:
        """When a line will be too old, or worth trying again."""
        heads = (row[0].not_before for rows in self._rows.values() for row in rows.values())
        return min(self._ends_at, min((at for at in heads if at > now), default=inf))

    def _lines(self) -> Iterator[Line]:
        return (line for rows in self._rows.values() for row in rows.values() for line in row)

    def _row(self, line: Line) -> deque[Line]:
        return self._rows[line.outgoing.priority].setdefault(line.outgoing.channel.id, deque())

    def _entered(self, line: Line) -> None:
        self._waiting[line.outgoing.channel.id] += 1
        self._ends_at = min(self._ends_at, line.outgoing.expires_at)

    def _left(self, line: Line) -> None:
        channel_id = line.outgoing.channel.id
        self._waiting[channel_id] -= 1
        if not self._waiting[channel_id]:
            del self._waiting[channel_id]

    def _remove(self, line: Line) -> None:
        """Take a line out of the middle of its row."""
        rows, channel_id = self._rows[line.outgoing.priority], line.outgoing.channel.id
        rows[channel_id].remove(line)
        if not rows[channel_id]:
            del rows[channel_id]
        self._left(line)
