"""The latest stream of a channel: what counts as one stream, and whether there is something to announce."""

from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from kissbot.chat.happenings import StreamOffline, StreamOnline

FLAPS_WITHIN: Final = 600.0
"""Seconds after the end of an announced stream in which another one is the same to people."""

IS_NEWS: Final = 600.0
"""Seconds after its beginning in which a stream that nobody knew of is worth an announcement."""

STAYS_NEWS: Final = 1800.0
"""Seconds in which one that was known in time still is, because the line was not shown until then."""

LEASE: Final = 180.0
"""Seconds for which a process announces a stream alone; renewed while it lives."""

SETTLES: Final = 120.0
"""Seconds in which an API may still show a stream that has ended."""


class Airing(Struct, frozen=True, kw_only=True):
    """A stream. Times are seconds since the epoch."""

    channel_id: str
    stream_id: str
    began_at: float
    seen_at: float
    """When it was last known to run."""
    ended_at: float | None = None
    announced_at: float | None = None
    """None until it was; 0 when there was nothing to announce."""
    taken_until: float = 0
    """Until then a process is about to announce it."""

    def is_due(self, now: float) -> bool:
        """Whether it is still to be announced, and nobody is about to."""
        if self.ended_at is not None or self.announced_at is not None:
            return False
        return self.taken_until <= now < self.began_at + STAYS_NEWS

    def was_lost(self, now: float) -> bool:
        """Whether nobody has seen it for so long that its end is no news any more."""
        return now - self.seen_at > FLAPS_WITHIN


class Take(Struct, frozen=True):
    """A stream that is yours to announce."""

    keeps: float
    """Seconds for which it is news."""
    again: bool = False
    """It was tried before."""


def begun(kept: Airing | None, online: StreamOnline, now: float) -> Airing:
    """What is known when a stream is told to run."""
    if kept is None:
        return _new(online, now)
    if kept.stream_id == online.stream_id:
        gone = kept.ended_at is not None and now - kept.ended_at < SETTLES
        return kept if gone else replace(kept, ended_at=None, seen_at=now)
    new = _new(online, now)
    if new.began_at < kept.began_at:
        return kept  # told late
    end = kept.seen_at if kept.ended_at is None else kept.ended_at
    if now - end > FLAPS_WITHIN:
        return new
    # What was said of the one before holds, and so does what is just being said.
    said = new.announced_at if kept.announced_at is None else kept.announced_at
    return replace(new, announced_at=said, taken_until=kept.taken_until)


def ended(kept: Airing | None, offline: StreamOffline, now: float) -> Airing | None:
    """What is known when a stream is told to have ended; None when that changes nothing."""
    if kept is None or kept.ended_at is not None:
        return None
    if offline.stream_id not in ("", kept.stream_id):
        return None
    if not offline.stream_id and offline.at.timestamp() < kept.began_at:
        return None  # meant the one before
    return replace(kept, ended_at=now)


def settled(kept: Airing, online: StreamOnline, now: float, *, done: bool) -> Airing:
    """What is known when the attempt to announce a stream has come to an end."""
    if kept.stream_id != online.stream_id and kept.taken_until <= now:
        return kept  # long over
    if done and kept.announced_at is None:
        return replace(kept, announced_at=now, taken_until=0)
    return replace(kept, taken_until=0)


def _new(online: StreamOnline, now: float) -> Airing:
    began_at = online.at.timestamp()
    announced_at = None if now - began_at <= IS_NEWS else 0.0
    return Airing(
        channel_id=online.channel.id,
        stream_id=online.stream_id,
        began_at=began_at,
        seen_at=now,
        announced_at=announced_at,
    )


def taken(airing: Airing, now: float) -> Airing:
    """The same, with somebody about to announce it."""
    return replace(airing, taken_until=now + LEASE)
