"""Who is told what a listener hears, and how it fares."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from kissbot.chat.happenings import Happening
from kissbot.chat.hearing import Gap, Listening
from kissbot.chat.messages import Channel, ChatMessage, Rank


class Reports(Protocol):
    """Takes what others may want to know of the listener; every method returns at once."""

    def socket(self, connected: bool) -> None:
        """The connection was made or lost."""
        ...

    def listening(self, how: Listening) -> None:
        """By which way it hears, and over which connections."""
        ...

    def heard(self, channel_id: str) -> None:
        """A line was said in a channel."""
        ...

    def wanted(self, channel_id: str, kind: str) -> None:
        """Such events are wanted."""
        ...

    def unwanted(self, channel_id: str, kind: str) -> None:
        """They are not any more."""
        ...

    def subscribed(self, channel_id: str, kind: str, subscription_id: str, way: str) -> None:
        """Twitch will tell of such events."""
        ...

    def refused(self, channel_id: str, kind: str, why: str, way: str) -> None:
        """Twitch will not."""
        ...

    def revoked(self, channel_id: str, kind: str, why: str, way: str) -> None:
        """Twitch will not any more."""
        ...

    def gap(self, gap: Gap) -> None:
        """Channels were deaf."""
        ...


def _nothing(*values: object) -> None:
    """What becomes of it is nobody's concern."""


@dataclass(frozen=True)
class Ears:
    """Who is told what was heard; each returns at once."""

    heard: Callable[[ChatMessage], None]
    joined: Callable[[Channel], None]
    """Called when a channel is heard for the first time."""
    happened: Callable[[Happening], None] = _nothing
    standing: Callable[[Channel, Rank], None] = _nothing
    """What the bot is in a channel, whenever its own lines show something new."""
