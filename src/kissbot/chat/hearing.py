"""How the bot hears: by which way, over which connections, and when it was deaf."""

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
