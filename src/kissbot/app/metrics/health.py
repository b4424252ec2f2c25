"""Is the bot well enough to do what it is there for? The truth, with reasons."""

import asyncio
from collections.abc import AsyncIterator
from typing import Final

from kissbot.app.metrics.watched import Watched
from kissbot.storage.trouble import StorageTrouble

PATIENCE: Final = 2.0
"""Seconds for the database to take a sign of life."""


class Health:
    """Examines a bot, once there is one."""

    def __init__(self) -> None:
        self.bot: Watched | None = None
        self._writing: asyncio.Task[None] | None = None

    async def troubles(self) -> dict[str, str]:
        """What is wrong, in sentences, by what it is about; empty when the bot is ready."""
        if self.bot is None:
            return {"start": "the bot is starting"}
        return {about: why async for about, why in self._troubles(self.bot)}

    async def _troubles(self, bot: Watched) -> AsyncIterator[tuple[str, str]]:
        if bot.listener.channels:
            if bot.attention.is_deaf:
                yield "hearing", f"no connection to Twitch has been up for {bot.attention.deaf_for:.0f} s"
            elif not bot.listener.ready.is_set():
                yield "hearing", "not every channel is heard yet"
        if why := await self._not_written(bot):
            yield "database", why

    async def _not_written(self, bot: Watched) -> str:
        """Why nothing can be written now; empty when it can. A write that hangs is left to itself."""
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(bot.state.flush(), name="readiness")
            self._writing.add_done_callback(_heard)
        done, _ = await asyncio.wait({self._writing}, timeout=PATIENCE)
        if not done:
            return f"the database has not answered for {PATIENCE:g} s"
        error = None if self._writing.cancelled() else self._writing.exception()
        if isinstance(error, StorageTrouble):
            return str(error)
        if error:
            raise error
        return ""


def _heard(task: asyncio.Task[None]) -> None:
    """What went wrong is told to whoever asks next, or to nobody."""
    if not task.cancelled():
        task.exception()
