"""What the bot says of its own accord when something happens in a channel."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final

import structlog

from kissbot.chat.commands import Reply
from kissbot.chat.ports import Bus
from kissbot.chat.tasks import Tasks
from kissbot.chat.voice import Voice

DEADLINE: Final = 30.0
"""Seconds that a reaction may take."""

log = structlog.get_logger(__name__)


class Reactions:
    """Runs the features' handlers of events, and says what they return."""

    def __init__(self, bus: Bus, voice: Voice, tasks: Tasks) -> None:
        self._bus, self._voice, self._tasks = bus, voice, tasks

    def add(self, kind: type, handler: Callable[[Any], Awaitable[Reply]], feature: str) -> None:
        """Have `handler` called with every value of `kind`."""

        def receive(event: Any) -> None:
            self._tasks.start(self._react(event, handler, feature), f"{feature} {kind.__name__}")

        self._bus.subscribe(kind, receive)

    async def _react(self, event: Any, handler: Callable[[Any], Awaitable[Reply]], feature: str) -> None:
        async with asyncio.timeout(DEADLINE):
            reply = await handler(event)
        self._voice.announce(event.channel, reply, f"{feature}:{type(event).__name__}:{event.channel.id}")
