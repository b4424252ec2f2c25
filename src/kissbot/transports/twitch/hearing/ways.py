"""By which way to listen, and why: what the logins allow decides, unless the settings do."""

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from typing import Literal

from msgspec import Struct

from kissbot.chat.logins import Login
from kissbot.transports.twitch.hearing import conduits, sockets
from kissbot.transports.twitch.hearing.shards import Shared
from kissbot.transports.twitch.helix import Helix


@dataclass(frozen=True)
class Hub:
    """What it takes to hear through a conduit."""

    app: Helix
    """The API with the application's login."""
    shared: Shared
    of_others: Callable[[], Awaitable[Collection[tuple[str, str]]]]
    """The channels' ids and kinds of events that any process wants."""


@dataclass(frozen=True)
class Ways:
    """How to listen."""

    hub: Hub | None = None
    """None: without a conduit."""
    why: str = ""
    """The reason, for the operator."""
    per_second: float = 2
    """How fast subscriptions are mended."""
    away_since: float = 0
    """Since when (epoch seconds) nobody listened, if somebody did before."""


class Choice(Struct, frozen=True):
    """A way, and the reason for whoever looks."""

    way: str
    why: str


def choose(wish: Literal["auto", "on", "off"], *, has_secret: bool, login: Login) -> Choice:
    """A conduit, where there is a secret to get the application's login with and the bot's allows it."""
    if wish == "on":
        return Choice(conduits.WAY, "twitch.conduit is on")
    if wish == "off":
        return Choice(sockets.WAY, "twitch.conduit is off")
    if not has_secret:
        return Choice(sockets.WAY, "a conduit needs twitch.client_secret, which is empty")
    if "user:bot" not in login.scopes:
        return Choice(
            sockets.WAY,
            "a conduit needs the scope user:bot, which the bot's login lacks: kissbot login --bot",
        )
    return Choice(conduits.WAY, "there is a client secret, and the bot's login allows user:bot")
