"""Look-ups that are under way: who wants the same at the same time shares one."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from kissbot.chat.tasks import Tasks

T = TypeVar("T")


class Flights(Generic[T]):
    """One look-up at a time for each key. It goes on when whoever wanted it has gone."""

    def __init__(self, tasks: Tasks, name: str) -> None:
        self._tasks, self._name = tasks, name
        self._under_way: dict[str, asyncio.Future[T]] = {}

    async def join(self, key: str, work: Callable[[], Awaitable[T]]) -> T:
        """What comes of the look-up for a key. Raises what `work` raises."""
        return await asyncio.shield(self.start(key, work))

    def start(self, key: str, work: Callable[[], Awaitable[T]]) -> asyncio.Future[T]:
        """The look-up for a key: one that is under way already, else a new one."""
        if key not in self._under_way:
            self._under_way[key] = asyncio.get_running_loop().create_future()
            self._tasks.start(self._fly(key, work), self._name)
        return self._under_way[key]

    async def _fly(self, key: str, work: Callable[[], Awaitable[T]]) -> None:
        future = self._under_way[key]
        try:
            future.set_result(await work())
        except Exception as error:
            future.set_exception(error)
            future.exception()  # perhaps nobody waits for it
        finally:
            del self._under_way[key]
            future.cancel()  # does nothing, unless this was cancelled itself
