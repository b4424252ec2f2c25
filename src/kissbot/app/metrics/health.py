"""Is the bot well enough to do what it is there for? The truth, with reasons."""

import asyncio
from collections.abc import AsyncIterator
from typing import Final

from kissbot.app.metrics.watched import Watched
from kissbot.storage.trouble import StorageTrouble

PATIENCE: Final = 2.0
"""Seconds for the database to take a sign of life."""


async def troubles(bot: Watched | None) -> dict[str, str]:
    """What is wrong, in sentences, by what it is about; empty when the bot is ready."""
    if bot is None:
        return {"start": "the bot is starting"}
    return {about: why async for about, why in _troubles(bot)}


async def _troubles(bot: Watched) -> AsyncIterator[tuple[str, str]]:
    if bot.listener.channels:
        if bot.attention.is_deaf:
            yield "hearing", f"no connection to Twitch has been up for {bot.attention.deaf_for:.0f} s"
        elif not bot.listener.ready.is_set():
            yield "hearing", "not every channel is heard yet"
    if why := await _not_written(bot):
        yield "database", why


async def _not_written(bot: Watched) -> str:
    """Why nothing can be written now; empty when it can."""
    try:
        async with asyncio.timeout(PATIENCE):
            await bot.state.flush()
    except StorageTrouble as trouble:
        return str(trouble)
    except TimeoutError:
        return f"the database has not answered for {PATIENCE:g} s"
    return ""
