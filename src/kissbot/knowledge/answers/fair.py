"""Whose turn it is when models are asked more than they can do at once: one channel after the other."""

import asyncio
from collections import OrderedDict, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final, Literal

AT_ONCE: Final = 4
WAITING_PER_CHANNEL: Final = 10
WAITING: Final = 1000


class Crowded(Exception):
    """So many wait that it is of no use to wait, too: in this channel, or everywhere."""

    def __init__(self, where: Literal["channel", "everywhere"]) -> None:
        super().__init__(where)
        self.where = where


class Turns:
    """Gives turns to channels in rotation, so many at once. For one event loop."""

    def __init__(
        self, at_once: int = AT_ONCE, per_channel: int = WAITING_PER_CHANNEL, everywhere: int = WAITING
    ) -> None:
        self._free, self._per_channel, self._everywhere = at_once, per_channel, everywhere
        self._waiting: OrderedDict[str, deque[asyncio.Future[None]]] = OrderedDict()
        """By channel; whose channel has its turn next comes first."""
        self._count = 0

    @property
    def waiting(self) -> int:
        """How many wait."""
        return self._count

    @asynccontextmanager
    async def turn(self, channel_id: str) -> AsyncIterator[None]:
        """Wait until it is this channel's turn, and have it. Raises `Crowded` at once."""
        await self._wait(channel_id)
        try:
            yield
        finally:
            self._give_back()

    async def _wait(self, channel_id: str) -> None:
        line = self._waiting.get(channel_id, ())
        if len(line) >= self._per_channel:
            raise Crowded("channel")
        if self._count >= self._everywhere:
            raise Crowded("everywhere")
        place = self._queue(channel_id)
        try:
            await place
        except asyncio.CancelledError:
            self._leave(channel_id, place)
            raise

    def _queue(self, channel_id: str) -> asyncio.Future[None]:
        loop = asyncio.get_running_loop()
        place = loop.create_future()
        self._waiting.setdefault(channel_id, deque()).append(place)
        self._count += 1
        # Not at once: of questions that came together, the first channel's would all be the first.
        loop.call_soon(self._give)
        return place

    def _leave(self, channel_id: str, place: asyncio.Future[None]) -> None:
        """Somebody does not wait any longer, and may have been given a turn a moment ago."""
        if not place.cancelled():
            self._give_back()
        elif place in (line := self._waiting.get(channel_id, deque())):
            line.remove(place)
            self._count -= 1
            if not line:
                del self._waiting[channel_id]

    def _give_back(self) -> None:
        self._free += 1
        self._give()

    def _give(self) -> None:
        """Give the turns that are free, one to each channel that waits, and round again."""
        while self._free and self._waiting:
            channel_id, line = self._waiting.popitem(last=False)
            place = self._first(line)
            if line:
                self._waiting[channel_id] = line
            if place:
                self._free -= 1
                place.set_result(None)

    def _first(self, line: deque[asyncio.Future[None]]) -> asyncio.Future[None] | None:
        """Who is first of a channel and still waits."""
        while line:
            place = line.popleft()
            self._count -= 1
            if not place.cancelled():
                return place
        return None
