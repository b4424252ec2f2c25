"""What happens in a channel besides chat: streams, raids, subscriptions, gifts, cheers, follows.

Frozen values that cross the bus, like those of `messages`.
"""

from datetime import datetime

from msgspec import Struct

from kissbot.chat.messages import Channel, Viewer


class Happening(Struct, frozen=True, kw_only=True):
    """Something that is reacted to once, however often the platform tells it."""

    channel: Channel
    id: str
    """Of this telling; the platform may tell the same under another id, too."""
    at: datetime
    """When it happened, or was told (aware, UTC)."""

    @property
    def subject(self) -> str:
        """What tells it from others of its kind in the same channel and minute."""
        return ""


class StreamOnline(Happening, frozen=True, kw_only=True):
    """A stream began, or was found to be running."""

    stream_id: str

    @property
    def subject(self) -> str:
        """The stream."""
        return self.stream_id


class StreamOffline(Happening, frozen=True, kw_only=True):
    """A stream ended."""

    stream_id: str = ""
    """Empty where the platform does not tell."""

    @property
    def subject(self) -> str:
        """The stream, if it is known."""
        return self.stream_id


class Raided(Happening, frozen=True, kw_only=True):
    """Another broadcaster brought their viewers along."""

    raider: Viewer
    viewers: int

    @property
    def subject(self) -> str:
        """The raider."""
        return self.raider.id


class Subscribed(Happening, frozen=True, kw_only=True):
    """Somebody subscribed, for the first time or again. What was given to them is `Gifted`."""

    viewer: Viewer
    tier: int
    """1 to 3; 1 for Prime, too."""
    months: int = 1
    """In all."""

    @property
    def subject(self) -> str:
        """The viewer."""
        return self.viewer.id


class Gifted(Happening, frozen=True, kw_only=True):
    """Somebody gave subscriptions away: one gift, or a whole gift bomb."""

    giver: Viewer | None
    """None: nobody knows."""
    tier: int
    count: int = 1
    receiver: str = ""
    """The name, when there is one only."""
    gift_id: str = ""
    """What the platform calls the bomb."""

    @property
    def subject(self) -> str:
        """The bomb, else who gave to whom."""
        return self.gift_id or f"{self.giver.id if self.giver else ''}>{self.receiver}"


class Cheered(Happening, frozen=True, kw_only=True):
    """Somebody cheered with bits."""

    viewer: Viewer
    bits: int
    message_id: str
    """The chat line that did it."""

    @property
    def subject(self) -> str:
        """The line."""
        return self.message_id


class Followed(Happening, frozen=True, kw_only=True):
    """Somebody follows the channel from now on."""

    viewer: Viewer

    @property
    def subject(self) -> str:
        """The viewer."""
        return self.viewer.id
