"""Who changed what, and the port that remembers it."""

from typing import Literal, Protocol

from msgspec import Struct


class Actor(Struct, frozen=True):
    """Who does something, and from where."""

    origin: Literal["chat", "cli", "bot"]
    id: str = ""
    """The platform's user id; empty for the operator and the bot."""
    name: str = ""


OPERATOR = Actor("cli", name="operator")


class Record(Struct, frozen=True):
    """One change. It never holds a secret."""

    at: float
    """Seconds since the epoch."""
    by: Actor
    channel: str
    """The login; empty for what is no channel's matter."""
    what: str
    before: str
    after: str


class Audit(Protocol):
    """Remembers who changed what."""

    async def note(
        self, by: Actor, what: str, *, channel: str = "", before: str = "", after: str = ""
    ) -> None:
        """Write a change down, now."""
        ...

    async def latest(self, channel: str = "", limit: int = 50) -> list[Record]:
        """The latest changes, newest first: of one channel, or of all there is."""
        ...
