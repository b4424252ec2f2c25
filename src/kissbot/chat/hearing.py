"""How the bot hears: by which way, over which connections, and when it was deaf."""

import time
from collections import Counter
from collections.abc import Callable
from typing import Literal

from msgspec import Struct

Way = Literal["conduit", "websocket", "irc"]


class Thread(Struct, frozen=True, kw_only=True):
    """One connection that lines come over."""

    name: str
    """`shard 0`, `socket 1` …"""
    way: str
    up: bool
    since: float
    """When it came up or went down (seconds since the epoch)."""
    session: str = ""
    """What the platform calls it."""
    subscriptions: int = 0
    """How many it carries; those of a conduit belong to no shard."""
    why: str = ""
    """What is wrong with it."""


class Listening(Struct, frozen=True, kw_only=True):
    """How one process hears."""

    way: str
    why: str
    """Why it is this way, for the operator."""
    threads: tuple[Thread, ...] = ()

    def hears_by(self, way: str) -> bool:
        """Whether anything comes by that way now; by an empty one: by any."""
        return any(thread.up and way in ("", thread.way) for thread in self.threads)


class Gap(Struct, frozen=True, kw_only=True):
    """A time in which channels were not heard."""

    from_at: float
    to_at: float
    """Seconds since the epoch."""
    channels: tuple[str, ...]
    """Their ids."""
    why: str

    @property
    def seconds(self) -> float:
        """How long it was."""
        return self.to_at - self.from_at


class Attention:
    """What became of the connections of one process since it started: counts, for whoever watches it."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now, self._since, self._deaf = now, now(), 0.0
        self._lines: dict[str, str] = {}
        self.how: Listening | None = None
        self.made: Counter[str] = Counter()
        """Connections that came up, by way."""
        self.lost: Counter[str] = Counter()
        """Those that went down, by way; to be moved to another one by the platform is no loss."""
        self.gaps = 0
        self.channel_seconds = 0.0
        """Deaf seconds of all channels together."""

    @property
    def is_deaf(self) -> bool:
        """Whether no connection is up."""
        return not (self.how and self.how.hears_by(""))

    @property
    def deaf_for(self) -> float:
        """Seconds since a connection was up last; 0 while one is."""
        return self._now() - self._since if self.is_deaf else 0.0

    @property
    def deaf_seconds(self) -> float:
        """Seconds of this process without any connection, its start included."""
        return self._deaf + self.deaf_for

    def listening(self, how: Listening) -> None:
        """The connections are such now."""
        was, up = self._lines, {thread.name: thread.way for thread in how.threads if thread.up}
        self.made.update(way for name, way in up.items() if name not in was)
        self.lost.update(way for name, way in was.items() if name not in up)
        if self.is_deaf and up:
            self._deaf += self.deaf_for
        elif was and not up:
            self._since = self._now()
        self.how, self._lines = how, up

    def gap(self, gap: Gap) -> None:
        """Channels were deaf."""
        self.gaps += 1
        self.channel_seconds += max(0.0, gap.seconds) * len(gap.channels)
