"""The API as the sandbox's bot may use it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp

from kissbot.sandbox.twitch import Sandbox
from kissbot.transports.twitch.helix import Helix
from kissbot.transports.twitch.oauth import validate


@asynccontextmanager
async def logged_in(twitch: Sandbox) -> AsyncIterator[tuple[aiohttp.ClientSession, Helix]]:
    """A connection pool, and a client with the bot's own login."""
    login = twitch.credentials
    async with aiohttp.ClientSession() as http:
        good = await validate(http, twitch.urls.oauth, login.client_id, login.token)
        yield http, Helix(http, good, url=twitch.urls.helix, subscriptions_url=twitch.urls.subscriptions)
