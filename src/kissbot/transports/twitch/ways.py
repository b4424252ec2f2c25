"""By which way to listen, and why: what the logins allow decides, unless the settings do."""

from typing import Literal

from msgspec import Struct

from kissbot.chat.logins import Login
from kissbot.transports.twitch import conduits, sockets


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
