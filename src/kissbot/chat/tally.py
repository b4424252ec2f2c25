"""Counts of what the bot did since it started."""

from collections import Counter
from enum import StrEnum

from msgspec import Struct, field


class Outcome(StrEnum):
    """How a command ended."""

    ANSWERED = "answered"
    SILENT = "silent"
    REFUSED = "refused"
    """The handler could not answer the request as it stands, and said why."""
    UNAVAILABLE = "unavailable"
    """A service that was needed does not work, or the deadline passed; the viewer was told."""
    BROKEN = "broken"
    """A bug: logged with the message id; the viewer got a polite line."""
    COOLING = "cooling"
    """Asked again too soon."""
    FORBIDDEN = "forbidden"
    """The viewer's rank is too low."""
    SWITCHED_OFF = "switched_off"
    REPEATED = "repeated"
    """The platform delivered the same message again."""
    KNOWN_BOT = "known_bot"
    FOREIGN = "foreign"
    """Typed in another channel of a shared chat."""
    OWN = "own"
    """The bot's own line, come back."""
    OVERFLOW = "overflow"
    """More commands at once than one channel may have waiting."""


class Tally(Struct):
    """Totals; a command counts once, under its first name and its outcome."""

    started_at: float
    """Seconds since the epoch."""
    lines: int = 0
    outcomes: Counter[Outcome] = field(default_factory=Counter)
    commands: Counter[str] = field(default_factory=Counter)
    sent: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    """Outgoing lines that did not arrive, by the platform's reason."""

    @property
    def answered(self) -> int:
        """Commands that got an answer of any kind."""
        return sum(
            self.outcomes[outcome]
            for outcome in (Outcome.ANSWERED, Outcome.REFUSED, Outcome.UNAVAILABLE, Outcome.BROKEN)
        )
