"""Gathers questions for a moment, so that many of them cost one call."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final, Generic, TypeVar

from kissbot.chat.tasks import Tasks

T = TypeVar("T")

GATHERS: Final = 0.3
"""Seconds from the first question to the call."""


class Questions(Generic[T]):
    """Asks for many keys at once. `ask` gives what was found, by key; its errors are everybody's."""

    def __init__(self, ask: Callable[[Sequence[str]], Awaitable[Mapping[str, T]]], tasks: Tasks) -> None:
        self._ask, self._tasks = ask, tasks
        self._waiting: dict[str, asyncio.Future[T | None]] = {}

    async def ask(self, key: str) -> T | None:
        """What there is for a key. Raises what the call raises."""
        if not self._waiting:
            self._tasks.start(self._settle(), "questions")
        if key not in self._waiting:
            self._waiting[key] = asyncio.get_running_loop().create_future()
        return await asyncio.shield(self._waiting[key])

    async def _settle(self) -> None:
        await asyncio.sleep(GATHERS)
        asked, self._waiting = self._waiting, {}
        try:
            found = await self._ask(list(asked))
        except Exception as error:
            for future in asked.values():
                future.set_exception(error)
                future.exception()  # perhaps nobody waits any more
        else:
            for key, future in asked.items():
                future.set_result(found.get(key))
