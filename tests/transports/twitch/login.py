"""The API as the sandbox's bot may use it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp

from kissbot.chat.logins import BOT, Login
from kissbot.sandbox.twitch import Sandbox
from kissbot.transports.twitch.helix import FixedLogin, Helix
from kissbot.transports.twitch.oauth import OAuth

LOGIN = Login(
    slot=BOT,
    client_id="client",
    user_id="30",
    login="kissbot",
    token="secret-token",
    refresh_token="secret-refresh",
)
"""A login for servers that believe everything."""


@asynccontextmanager
async def logged_in(twitch: Sandbox) -> AsyncIterator[tuple[aiohttp.ClientSession, Helix]]:
    """A connection pool, and a client with the bot's own login."""
    login = twitch.credentials
    async with aiohttp.ClientSession() as http:
        source = FixedLogin(await OAuth(http, twitch.urls.oauth, login.client_id).validate(login.token))
        urls = twitch.urls
        yield http, Helix(http, source, url=urls.helix, subscriptions_url=urls.subscriptions)
