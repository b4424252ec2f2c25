"""By which way the bot listens, and what it shares with its other processes for that."""

import os
import secrets
import socket
from typing import Final

import aiohttp

from kissbot.app.settings import Settings
from kissbot.app.store import Store
from kissbot.chat.logins import APP, Login
from kissbot.transports.twitch.hearing.conduits import WAY
from kissbot.transports.twitch.hearing.shards import Shared
from kissbot.transports.twitch.hearing.ways import Hub, Ways, choose
from kissbot.transports.twitch.helix import Helix
from kissbot.transports.twitch.tokens import Tokens

_HERE: Final = socket.gethostname()


async def ways_to_listen(
    settings: Settings, login: Login, http: aiohttp.ClientSession, tokens: Tokens, store: Store
) -> Ways:
    """What the settings want and the bot's login allows. Raises `StorageTrouble`."""
    twitch = settings.twitch
    choice = choose(twitch.conduit, has_secret=bool(twitch.client_secret), login=login)
    hub = None
    if choice.way == WAY:
        urls = twitch.urls
        app = Helix(http, tokens.of(APP), url=urls.helix, subscriptions_url=urls.subscriptions)
        hub = Hub(app, Shared(store.leases, twitch.shards, _name(), is_gone), store.state.desired)
    away_since = await store.state.away_since(lambda one: is_gone(f"{one.host}/{one.pid}/"))
    return Ways(hub, choice.why, twitch.subscriptions_per_second, away_since)


def _name() -> str:
    """Of this process among all that share the database."""
    return f"{_HERE}/{os.getpid()}/{secrets.token_hex(4)}"


def is_gone(name: str) -> bool:
    """Whether the process of that name certainly runs no more: it was on this machine, and is not."""
    host, _, rest = name.rpartition("/")[0].rpartition("/")
    if host != _HERE or not rest.isdecimal():
        return False
    if int(rest) == os.getpid():  # it was another one, before the machine or container started again
        return True
    try:
        os.kill(int(rest), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False
