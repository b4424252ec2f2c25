"""What the bot says of its own accord when something happens in a channel: once, however often it is told."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final

import structlog
from structlog.contextvars import bind_contextvars

from kissbot.chat.commands import Reply
from kissbot.chat.happenings import Happening
from kissbot.chat.ports import Bus, Notes
from kissbot.chat.tasks import Tasks
from kissbot.chat.voice import Voice

DEADLINE: Final = 30.0
"""Seconds that a reaction may take."""

TOLD_AGAIN: Final = 600.0
"""Seconds in which the platform may deliver the very same telling again."""

SAME: Final = 60.0
"""Seconds in which the same thing in the same channel is the same happening, under whatever id."""

log = structlog.get_logger(__name__)


class Reactions:
    """Runs the features' handlers of events, and says what they return."""

    def __init__(self, bus: Bus, voice: Voice, tasks: Tasks, notes: Notes) -> None:
        self._bus, self._voice, self._tasks, self._notes = bus, voice, tasks, notes

    def add(self, kind: type, handler: Callable[[Any], Awaitable[Reply]], feature: str) -> None:
        """Have `handler` called with every value of `kind`."""

        def receive(event: Any) -> None:
            self._tasks.start(self._react(event, handler, feature), f"{feature} {kind.__name__}")

        self._bus.subscribe(kind, receive)

    async def _react(self, event: Any, handler: Callable[[Any], Awaitable[Reply]], feature: str) -> None:
        bind_contextvars(channel=event.channel.login)
        about = f"{feature}.{handler.__name__}:{type(event).__name__}:{event.channel.id}"
        if isinstance(event, Happening):
            if not await self._is_news(event, f"{feature}.{handler.__name__}"):
                return
            about = f"{about}:{event.id}"
        async with asyncio.timeout(DEADLINE):
            reply = await handler(event)
        self._voice.announce(event.channel, reply, about)

    async def _is_news(self, event: Happening, whose: str) -> bool:
        """Whether this reaction, in whichever process, has not had the same thing before."""
        what = f"{type(event).__name__}:{event.channel.id}:{event.subject}"
        if await self._notes.claim(f"told:{whose}:{event.id}", TOLD_AGAIN):
            return False
        return await self._notes.claim(f"happened:{whose}:{what}", SAME) == 0
