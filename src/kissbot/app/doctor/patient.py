"""What is examined, and what examines it."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import aiohttp
from msgspec import Struct

from kissbot.app.report import Finding
from kissbot.app.settings import Settings
from kissbot.chat.logins import Login
from kissbot.chat.ports import Clock
from kissbot.storage.engine import Database
from kissbot.transports.twitch.oauth import OAuth


class Patient(Struct, frozen=True):
    """What is examined."""

    settings: Settings
    config: Path | None
    clock: Clock
    database: Database | None
    """None: there is none yet, or it does not open."""
    login: Login | None
    """The bot's, if it can be used now."""
    http: aiohttp.ClientSession
    oauth: OAuth


Check = Callable[[Patient], Awaitable[list[Finding]]]
