"""Patience with the network: what fails because of it is tried again, for as long as it takes."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog

from kissbot.chat.backoff import Backoff
from kissbot.transports.twitch.helix import is_passing

T = TypeVar("T")

log = structlog.get_logger(__name__)


async def persist(attempt: Callable[[], Awaitable[T]], backoff: Backoff) -> T:
    """What `attempt` returns in the end. Raises what no waiting would mend."""
    while True:
        try:
            return await attempt()
        except Exception as error:
            if not is_passing(error):
                raise
            wait = backoff.next()
            log.warning(
                "twitch_trouble", error=str(error) or type(error).__name__, again_in_seconds=round(wait, 1)
            )
        await asyncio.sleep(wait)
