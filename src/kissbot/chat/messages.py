"""What travels between the roles: what was heard, what is to be said, and what became of it.

Only these frozen, named values cross the bus, so every field must survive a trip through msgspec.
"""

from datetime import datetime
from enum import IntEnum

from msgspec import Struct


class Rank(IntEnum):
    """What a person may do in a channel; taken from message badges, lowest first."""

    EVERYONE = 0
    SUBSCRIBER = 1
    VIP = 2
    MODERATOR = 3
    BROADCASTER = 4
    OWNER = 5


class Priority(IntEnum):
    """Which outgoing line goes first when the account's limits make lines wait."""

    MODERATOR_ANSWER = 0
    ANSWER = 1
    ANNOUNCEMENT = 2
    BROADCAST = 3


class Channel(Struct, frozen=True):
    """A place where people chat: the broadcaster's user id and login (lower case)."""

    id: str
    login: str


class Viewer(Struct, frozen=True):
    """Somebody who chats; `name` is how the platform displays them."""

    id: str
    login: str
    name: str
    rank: Rank = Rank.EVERYONE


class ChatMessage(Struct, frozen=True):
    """One chat line, whatever brought it here."""

    id: str
    channel: Channel
    viewer: Viewer
    text: str
    sent_at: datetime
    """When the platform says that it was sent (aware, UTC)."""
    reply_to: str | None = None
    """The message this one answers."""
    source: str | None = None
    """In a shared chat: the id of the other channel in which this line was typed."""
    bits: int = 0
    """What was cheered with it."""


class Joined(Struct, frozen=True):
    """The bot began to hear a channel, for the first time since it started."""

    channel: Channel


class LoginLost(Struct, frozen=True):
    """A broadcaster's login is of no use any more, until they log in again."""

    channel: Channel
    link: str = ""
    """Where they do that, for half an hour; empty when Twitch gave none."""


class Outgoing(Struct, frozen=True):
    """One line to be said. `id` is derived from what it answers, so a repeat can be recognised."""

    id: str
    channel: Channel
    text: str
    reply_to: str | None = None
    priority: Priority = Priority.ANSWER
    expires_at: float = float("inf")
    """Seconds since the epoch after which it is better left unsaid."""


class Receipt(Struct, frozen=True):
    """What became of an `Outgoing`: the platform's message id, or the reason why it was not sent."""

    outgoing_id: str
    channel: Channel
    message_id: str = ""
    drop_reason: str = ""
