"""What is known of the way of a message, and the links of that chain, for whoever asks why."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Final

from msgspec import Struct

from kissbot.chat.channels import ChannelSettings
from kissbot.chat.commands import Command
from kissbot.chat.hearing import Gap
from kissbot.chat.logins import Login
from kissbot.chat.messages import Viewer
from kissbot.chat.texts import Text
from kissbot.chat.trail import Step

LOG_IN: Final = "kissbot login --bot"


class Link(Struct, frozen=True):
    """One link of the chain."""

    name: str
    ok: bool | None
    """None: it cannot be told, or nothing has happened yet."""
    says: Text
    remedy: Text | str | None = None
    """What mends it; a command line is no sentence."""


class Subscribed(Struct, frozen=True):
    """What became of the wish to hear a channel."""

    status: str
    """`enabled`, `refused` or `revoked`."""
    why: str = ""
    """What Twitch said of the latter two."""
    way: str = ""
    """By which the lines come: `conduit`, `websocket`, `irc`; empty when that is not known."""


class Thought(Struct, frozen=True):
    """How many questions a channel may still put to models, of how many; and when it may again."""

    left: int
    limit: int
    again_at: float = 0


class Line(Struct, frozen=True, kw_only=True):
    """A line to be examined as if it were typed now."""

    text: str
    viewer: Viewer
    """Who types it; a login that is empty is nobody in particular."""
    command: Command | None = None
    """What it asks for here."""
    seconds_left: float = 0
    """Of the cooldown; of whoever asked last, when the viewer's id is not known."""


class Evidence(Struct, frozen=True, kw_only=True):
    """What is known of a channel and the bot."""

    now: float
    channel: str
    """Its login."""
    settings: ChannelSettings
    running: bool = True
    """Whether the bot shows signs of life."""
    login: Login | None = None
    """The bot's."""
    seeded: bool = False
    """Whether the configuration has a token, which the bot takes over when it starts."""
    missing: Mapping[str, str] = {}
    """Scopes without which nothing works, and what for."""
    disabled: Mapping[str, Collection[str]] = {}
    """Features that are off for lack of scopes."""
    wanted: bool = True
    """Whether the bot is to be in the channel."""
    parted: bool = False
    """Whether somebody has sent it away."""
    found: bool = True
    """Whether the channel was found on Twitch."""
    subscription: Subscribed | None = None
    connected: bool = False
    """Whether anything comes by the way of that subscription."""
    gap: Gap | None = None
    """When the channel was deaf lately."""
    thought: Thought | None = None
    """What is left of the budget of models; None where there is none, or no model."""
    heard_at: float | None = None
    """When the latest line of the channel came."""
    steps: tuple[Step, ...] = ()
    """The latest of the channel, newest first."""
    examined: Line | str = ""
    """A line, or the id of a message; empty: whatever got silence lately."""

    @property
    def bot(self) -> str:
        """The login of the bot's account."""
        return self.login.login if self.login else "the bot"


def spell(seconds: float) -> str:
    """A time in short: `41 s`, `3 min`, `5 h`, `2 d`."""
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{int(seconds // size)} {unit}"
    return f"{max(0, int(seconds))} s"


def o_clock(at: float) -> str:
    """A time of day: `07:12:41 UTC`."""
    return f"{datetime.fromtimestamp(at, UTC):%H:%M:%S} UTC"
