"""How the bot speaks: by which way, within which limits, and what its other processes know of that."""

import time
from contextlib import AsyncExitStack
from typing import Final

import aiohttp

from kissbot.app.settings import Settings
from kissbot.app.store import Store
from kissbot.chat.logins import APP, channel_slot
from kissbot.chat.ports import Bus
from kissbot.chat.voice import Sayings
from kissbot.transports.twitch.helix import Helix
from kissbot.transports.twitch.ledger import FreeSlots, SharedSlots
from kissbot.transports.twitch.limiter import Limits
from kissbot.transports.twitch.mouth import HelixMouth
from kissbot.transports.twitch.oauth import BadLogin
from kissbot.transports.twitch.outbox import Outbox
from kissbot.transports.twitch.queue import Queue
from kissbot.transports.twitch.standing import Standing
from kissbot.transports.twitch.tokens import Tokens

GRACE: Final = 1.0
"""Seconds that sends under way get to end when the bot stops."""

UNLIMITED: Final = 100_000
"""Lines of a channel that may wait where there are no limits: as many as come."""


async def speak(
    stack: AsyncExitStack,
    settings: Settings,
    store: Store,
    bus: Bus,
    http: aiohttp.ClientSession,
    tokens: Tokens,
    helix: Helix,
) -> tuple[Standing, Sayings | None]:
    """Say what the bus brings; what the account is in each channel, and what all its processes say."""
    me, urls = helix.login.user_id, settings.twitch.urls
    standing = Standing(me, store.standings)
    await standing.load()
    app = None
    if settings.twitch.client_secret:
        app = Helix(http, tokens.of(APP), url=urls.helix, subscriptions_url=urls.subscriptions)
    mouth = HelixMouth(helix, app, lambda channel_id: _lets_in(tokens, channel_id), standing, time)
    if settings.twitch.limits == "none":
        free = Outbox(mouth, FreeSlots(time), standing, bus, time, queue=Queue(UNLIMITED), grace=GRACE)
        await stack.enter_async_context(free)
        return standing, None
    slots = SharedSlots(store.ledgers, me, time, Limits())
    await stack.enter_async_context(Outbox(mouth, slots, standing, bus, time, grace=GRACE))
    return standing, slots


def _lets_in(tokens: Tokens, channel_id: str) -> bool:
    """Whether a broadcaster allowed the bot to speak there as what it is."""
    try:
        login = tokens.latest(channel_slot(channel_id))
    except BadLogin:
        return False
    return not login.retired and "channel:bot" in login.scopes
