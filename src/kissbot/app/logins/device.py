"""Logging in with a code on another device, as the command line and the bot itself offer it."""

import asyncio
import time
from contextlib import suppress
from random import SystemRandom

import aiohttp
from msgspec.structs import replace

from kissbot.chat.backoff import Backoff
from kissbot.chat.logins import BOT, Login, channel_slot
from kissbot.transports.twitch.oauth import BadLogin, DeviceCode, OAuth
from kissbot.transports.twitch.patience import persist


async def granted(oauth: OAuth, device: DeviceCode, slot: str, until: float) -> Login:
    """Ask Twitch until somebody has logged in; trouble on the way is sat out. Raises `BadLogin`."""
    while (left := until - time.time()) > 0:
        await asyncio.sleep(min(device.interval, left))
        with suppress(aiohttp.ClientError, TimeoutError):
            found = await oauth.poll(device, slot)
            if isinstance(found, Login):
                return await _named(oauth, found)
            device = found
    raise BadLogin("nobody logged in within the time; nothing was stored. Start again for a new code.")


async def _named(oauth: OAuth, login: Login) -> Login:
    """The code is used up, so whose login it is must be found out however long that takes."""
    return await persist(lambda: oauth.named(login), Backoff(SystemRandom()))


async def in_its_slot(oauth: OAuth, login: Login, name: str) -> Login:
    """The login, when it is that of `name`. Raises `BadLogin` for any other, which is ended at once.

    A login in the wrong slot would act in the wrong name.
    """
    if login.login == name:
        return login if login.slot == BOT else replace(login, slot=channel_slot(login.user_id))
    with suppress(aiohttp.ClientError, TimeoutError):
        await oauth.revoke(login.token)
    slot = "the bot," if login.slot == BOT else "the channel"
    raise BadLogin(
        f"You logged in as {login.login}, but this is the login of {slot} {name}; nothing was stored. "
        "Log out at twitch.tv (or use a private window), and start again."
    )
