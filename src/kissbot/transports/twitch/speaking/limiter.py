"""How often an account may chat, over all its channels and processes. Pure: the time is passed in.

Twitch counts a line when it arrives. When that is nobody tells us, but it is between our decision to send it
and our having the answer. So a line takes room from the decision until a window after the answer. Whenever a
line arrives, all that Twitch counts then was counted here before the latest of it was let go: no latency, and
no process that is killed, can break a limit.

Source: Twitch, "Chat & Chatbots", rate limits.
"""

import hashlib
from collections.abc import Collection, Sequence
from math import ceil, sqrt
from typing import Final

from msgspec import Struct

from kissbot.chat.lines import REPEAT_MARK, units, visible
from kissbot.chat.messages import Priority

WITHIN: Final = 15.0
"""Seconds after which a line whose fate is unknown will not arrive any more: nobody tries for longer."""

GRAIN: Final = 0.02
"""Seconds by which Twitch's clock and ours may count the same half minute differently."""

REPEATS_WITHIN: Final = 30.0
"""Seconds in which Twitch shows the same text only once in a channel."""

KNOWN_FOR: Final = 60.0
"""Seconds in which a line that comes back is known as the account's own."""

LONGEST: Final = 500
"""UTF-16 units of the longest line, invisible marks included."""

SPARE: Final = 0.05
"""The share of a window that is kept free of what is not urgent."""

FIRST_PAUSE, LONGEST_PAUSE = 60.0, 3600.0
"""Seconds for which an account that is being ignored is quiet before it tries one line: doubled each time."""

LOOK_AGAIN: Final = 0.1
"""Seconds after which those who wait for the answer to another process's line look whether it is there; the
longer it takes, the less often they do."""

LATER: Final = 1.0
"""The same for lines that are not urgent."""

VOID: Final = "void"
"""What became of a line that Twitch has certainly not counted."""

TOO_FAST: Final = "msg_ratelimit"
"""What Twitch says of a line of an account that it ignores."""

_NOBODY: Final = 9


class Limits(Struct, frozen=True):
    """Twitch's, for one account."""

    unprivileged: int = 20
    """Lines in a window, where the account is neither broadcaster, moderator nor VIP."""
    privileged: int = 100
    """The same where it is; these count there, too."""
    window: float = 30.0
    per_channel: float = 1.0
    """Seconds between two lines in a channel where it is not privileged."""


class Wish(Struct, frozen=True):
    """A line that somebody would like to send."""

    channel: str
    text: str
    privileged: bool
    priority: Priority

    @property
    def urgent(self) -> bool:
        """Whether somebody waits for it."""
        return self.priority <= Priority.ANSWER


class Slot(Struct, frozen=True):
    """It may be sent: now, and in these words."""

    number: int
    """Of its entry; 0 where nobody counts."""
    text: str
    before: float
    """When it must have been given up if there is no answer (seconds since the epoch)."""


class Wait(Struct, frozen=True):
    """It may not be sent yet."""

    until: float
    """When it is worth asking again."""
    everywhere: bool = True
    """Whether the same holds for every line of its kind, and not for its channel only."""
    penalty: bool = False
    """Whether Twitch ignores the account."""


class Settled(Struct, frozen=True):
    """What became of a line: Twitch's drop code, empty for one that was shown; or `VOID`."""

    number: int
    at: float
    code: str = ""


class Entry(Struct, array_like=True):
    """A line that was sent, or is on its way."""

    number: int
    channel: str
    mark: bytes
    again: int
    """How many marks make it differ from the same text before it."""
    privileged: bool
    urgent: bool
    reserved_at: float
    settled_at: float = 0

    @property
    def arrived_by(self) -> float:
        """When it has arrived at the latest, if it has at all."""
        return self.settled_at or self.reserved_at + WITHIN

    def may_arrive(self, now: float) -> bool:
        """Whether it may still be on its way."""
        return not self.settled_at and now < self.reserved_at + WITHIN


class Ledger(Struct, array_like=True):
    """What an account said lately, and how Twitch took it."""

    entries: list[Entry] = []
    last: int = 0
    """The number of the latest entry."""
    muted_until: float = 0
    strikes: int = 0
    """How often in a row Twitch called the account too fast."""
    probe: int = 0
    """The entry that finds out whether it still does; 0 when there is none."""
    wanted: int = _NOBODY
    """The priority of the most important line that waits for room among the unprivileged ones …"""
    wanted_until: float = 0
    """… and until when that holds, unless it is said again."""

    def reserve(self, wishes: Sequence[Wish], now: float, limits: Limits) -> list[Slot | Wait]:
        """Decide over lines, the most important first."""
        self.entries = [entry for entry in self.entries if entry.arrived_by + KNOWN_FOR > now]
        room = _Room(self.entries, now, limits)
        return [self._decide(wish, room) for wish in wishes]

    def settle(self, settled: Settled) -> None:
        """Take note of what became of a line."""
        entry = next((entry for entry in self.entries if entry.number == settled.number), None)
        if entry is None:
            return
        if settled.code == VOID:
            self.entries.remove(entry)
        else:
            entry.settled_at = settled.at
        if not entry.privileged:
            self._judge(entry, settled)

    def has(self, channel: str, marks: Collection[bytes], now: float) -> bool:
        """Whether a line of these was said in a channel a moment ago."""
        return any(
            entry.mark in marks and entry.channel == channel and entry.arrived_by + KNOWN_FOR > now
            for entry in self.entries
        )

    def _decide(self, wish: Wish, room: "_Room") -> Slot | Wait:
        if wait := self._refusal(wish, room):
            return wait
        self.last += 1
        mark = mark_of(wish.text)
        again = self._again(wish, mark, room.now)
        entry = Entry(self.last, wish.channel, mark, again, wish.privileged, wish.urgent, room.now)
        self.entries.append(entry)
        room.take(entry)
        if not wish.privileged:
            self._let_go(entry, wish.priority)
        return Slot(entry.number, wish.text + REPEAT_MARK * again, room.now + WITHIN)

    def _let_go(self, entry: Entry, priority: Priority) -> None:
        """An unprivileged line goes: it need not wait any more, and may find out whether we are ignored."""
        if priority <= self.wanted:
            self.wanted = _NOBODY
        if self.strikes:
            self.probe, self.muted_until = entry.number, entry.reserved_at + WITHIN

    def _refusal(self, wish: Wish, room: "_Room") -> Wait | None:
        if wish.privileged:
            return room.wait(wish, self._is_wanted_more(wish, room.now))
        if room.now < self.muted_until:
            return Wait(self.muted_until, penalty=True)
        if wait := room.wait(wish, False):
            self._want(wish, wait.until, room.now)
            return wait
        return room.turn(wish.channel)

    def _is_wanted_more(self, wish: Wish, now: float) -> bool:
        """Whether a line that somebody waits for has no room, and this one is not as important."""
        return not wish.urgent and now < self.wanted_until and self.wanted < wish.priority

    def _want(self, wish: Wish, until: float, now: float) -> None:
        if wish.priority <= self.wanted or now >= self.wanted_until:
            self.wanted, self.wanted_until = wish.priority, until + LATER

    def _again(self, wish: Wish, mark: bytes, now: float) -> int:
        """How many marks make a text differ from what the channel was told lately."""
        used = {
            entry.again: entry.number
            for entry in self.entries
            if entry.mark == mark
            and entry.channel == wish.channel
            and entry.arrived_by + REPEATS_WITHIN + GRAIN > now
        }
        most = max(0, (LONGEST - units(wish.text)) // units(REPEAT_MARK))
        free = next((marks for marks in range(most + 1) if marks not in used), None)
        return min(used, key=used.__getitem__) if free is None else free  # what is full: the oldest again

    def _judge(self, entry: Entry, settled: Settled) -> None:
        """Learn from a line in a channel where the account may be ignored."""
        if entry.number == self.probe:
            self._found_out(settled)
        elif settled.code == TOO_FAST and settled.at >= self.muted_until:
            self._mute(settled.at)

    def _found_out(self, settled: Settled) -> None:
        self.probe = 0
        if settled.code == TOO_FAST:
            self._mute(settled.at)
        elif settled.code == VOID:
            self.muted_until = settled.at
        elif settled.code:
            self.muted_until = settled.at + _pause(self.strikes)
        else:
            self.muted_until, self.strikes = 0, 0

    def _mute(self, now: float) -> None:
        self.strikes += 1
        self.muted_until = now + _pause(self.strikes)


class _Room:
    """What is left of the windows at one moment."""

    def __init__(self, entries: Sequence[Entry], now: float, limits: Limits) -> None:
        self.now, self._limits = now, limits
        self._frees = limits.window + GRAIN
        self._held = [entry for entry in entries if entry.arrived_by + self._frees > now]
        self._urgent = sum(entry.urgent for entry in self._held)
        exposed = (entry for entry in self._held if not entry.privileged and entry.may_arrive(now))
        self._exposed = max(exposed, key=_reserved_at, default=None)
        """The latest unprivileged line on its way."""
        self._latest = {entry.channel: entry for entry in sorted(self._held, key=_arrived_by)}
        self._free: list[float] = []
        """When each line leaves the window at the earliest, once that was asked for."""

    def take(self, entry: Entry) -> None:
        """Count a line in."""
        self._held.append(entry)
        self._free.clear()
        self._urgent += entry.urgent
        self._exposed = self._exposed if entry.privileged else entry
        self._latest[entry.channel] = entry

    def wait(self, wish: Wish, is_outranked: bool) -> Wait | None:
        """When there is room in the account's window for one more; None when there is now."""
        if len(self._held) < self._most(wish, is_outranked):
            # A privileged line that arrives first must not be the one too many for an unprivileged one.
            if not wish.privileged or not self._exposed or len(self._held) < self._limits.unprivileged:
                return None
            return Wait(self._again_at(self._exposed))
        until = self._free_at(self._most(wish, is_outranked))
        return Wait(until if wish.urgent else min(until, self.now + LATER))

    def turn(self, channel: str) -> Wait | None:
        """When it is the turn of a channel; None when it is now."""
        entry = self._latest.get(channel)
        if entry is None:
            return None
        free_at = entry.arrived_by + self._limits.per_channel + GRAIN
        if free_at <= self.now:
            return None
        return Wait(free_at if entry.settled_at else self._again_at(entry), everywhere=False)

    def _again_at(self, entry: Entry) -> float:
        """When to look whether a line has arrived."""
        return self.now + max(LOOK_AGAIN, (self.now - entry.reserved_at) / 4)

    def _most(self, wish: Wish, is_outranked: bool) -> int:
        """How many lines there may be in the window for this one to be the next."""
        most = self._limits.privileged if wish.privileged else self._limits.unprivileged
        if not wish.urgent:
            most -= self._spare(most, wish.privileged)
        return min(most, self._limits.unprivileged - 1) if is_outranked else most

    def _spare(self, most: int, privileged: bool) -> int:
        """How much is left to what is urgent: as many as may come on top of those that usually do."""
        return ceil(most * SPARE) + (ceil(2 * sqrt(self._urgent)) if privileged else 0)

    def _free_at(self, most: int) -> float:
        """When there will be fewer lines than that in the window, at the earliest."""
        if most < 1:
            return self.now + self._limits.window
        if not self._free:
            self._free = sorted((entry.settled_at or self.now) + self._frees for entry in self._held)
        return self._free[len(self._free) - most]


def mark_of(text: str) -> bytes:
    """The same for every text that people see alike, in every process."""
    return hashlib.blake2b(" ".join(visible(text).split()).encode(), digest_size=8).digest()


def _arrived_by(entry: Entry) -> float:
    return entry.arrived_by


def _reserved_at(entry: Entry) -> float:
    return entry.reserved_at


def _pause(strikes: int) -> float:
    return min(FIRST_PAUSE * 2.0 ** min(strikes - 1, 10), LONGEST_PAUSE)
