"""Asks Twitch where the bot's account moderates, so that it need not find out line by line."""

import asyncio
from typing import Final

import aiohttp
import structlog

from kissbot.transports.twitch.helix import Helix, HelixError
from kissbot.transports.twitch.payloads import ModeratedPage
from kissbot.transports.twitch.scopes import MODERATED
from kissbot.transports.twitch.speaking.standing import Standing

EVERY: Final = 600.0
"""Seconds between two questions."""

log = structlog.get_logger(__name__)


async def keep_asking(helix: Helix, standing: Standing) -> None:
    """Ask now and then, until cancelled; a login that does not allow it changes nothing."""
    while True:
        if MODERATED in helix.login.scopes:
            try:
                standing.told(await moderated(helix))
            except (HelixError, aiohttp.ClientError, TimeoutError) as error:
                log.warning("census_failed", why=str(error) or type(error).__name__)
        await asyncio.sleep(EVERY)


async def moderated(helix: Helix) -> frozenset[str]:
    """The ids of the channels that the account moderates."""
    found: set[str] = set()
    query = [("user_id", helix.login.user_id), ("first", "100")]
    after: list[tuple[str, str]] = []
    while True:
        page = await helix.call("GET", "/moderation/channels", ModeratedPage, query + after)
        found.update(row.broadcaster_id for row in page.data)
        if not page.data or not page.pagination.cursor:
            return frozenset(found)
        after = [("after", page.pagination.cursor)]
