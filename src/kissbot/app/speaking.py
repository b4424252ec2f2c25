"""How the bot speaks: by which way, within which limits, and what its other processes know of that."""

import time
from contextlib import AsyncExitStack
from typing import Final

from kissbot.app.listening import Listens, Reach
from kissbot.chat.logins import APP, channel_slot
from kissbot.chat.ports import Bus
from kissbot.chat.tasks import Tasks
from kissbot.chat.voice import Sayings
from kissbot.transports.twitch.helix import Helix
from kissbot.transports.twitch.irc.mouth import IrcMouth
from kissbot.transports.twitch.irc.session import IrcListener
from kissbot.transports.twitch.scopes import WRITE
from kissbot.transports.twitch.speaking.census import keep_asking
from kissbot.transports.twitch.speaking.ledger import FreeSlots, SharedSlots
from kissbot.transports.twitch.speaking.limiter import Limits
from kissbot.transports.twitch.speaking.mouth import HelixMouth, Mouth
from kissbot.transports.twitch.speaking.outbox import Outbox
from kissbot.transports.twitch.speaking.queue import Queue
from kissbot.transports.twitch.speaking.standing import Standing
from kissbot.transports.twitch.tokens import Tokens

GRACE: Final = 1.0
"""Seconds that sends under way get to end when the bot stops."""

UNLIMITED: Final = 100_000
"""Lines of a channel that may wait where there are no limits: as many as come."""


async def speak(
    stack: AsyncExitStack, reach: Reach, bus: Bus, standing: Standing, listener: Listens
) -> tuple[Outbox, Sayings | None]:
    """Say what the bus brings; also returns what knows the lines of all processes, where limits need it."""
    (await stack.enter_async_context(Tasks())).start(keep_asking(reach.helix, standing), "where it moderates")
    mouth = _mouth(reach, standing, listener)
    if reach.settings.twitch.limits == "none":
        queue = Queue(UNLIMITED, in_turn=False)
        outbox = Outbox(mouth, FreeSlots(time), standing, bus, time, queue=queue, grace=GRACE)
        return await stack.enter_async_context(outbox), None
    slots = SharedSlots(reach.store.ledgers, reach.login.user_id, time, Limits())
    return await stack.enter_async_context(Outbox(mouth, slots, standing, bus, time, grace=GRACE)), slots


def _mouth(reach: Reach, standing: Standing, listener: Listens) -> Mouth:
    """Through the API; over IRC only for a login that allows nothing else."""
    if isinstance(listener, IrcListener) and WRITE not in reach.login.scopes:
        return IrcMouth(listener)
    twitch, app = reach.settings.twitch, None
    if twitch.client_secret:
        urls = twitch.urls
        app = Helix(reach.http, reach.tokens.of(APP), url=urls.helix, subscriptions_url=urls.subscriptions)
    return HelixMouth(reach.helix, app, lambda channel_id: _lets_in(reach.tokens, channel_id), standing, time)


def _lets_in(tokens: Tokens, channel_id: str) -> bool:
    """Whether a broadcaster allowed the bot to speak there as what it is."""
    login = tokens.known(channel_slot(channel_id))
    return login is not None and not login.retired and "channel:bot" in login.scopes
