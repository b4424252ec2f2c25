"""How long a bot is deaf: looks again and again at how many channels would reach it now."""

import asyncio
import time
from types import TracebackType
from typing import Final, Self

from msgspec import Struct

from kissbot.chat.tasks import Tasks
from kissbot.sandbox.twitch import Sandbox

LOOKS_EVERY: Final = 0.01
"""Seconds."""

ATTACHING: Final = "PATCH /helix/eventsub/conduits/shards"

FEW: Final = 10
"""So many channels may have lost their subscriptions without the connection being at fault."""


class Deaf(Struct):
    """Times in which nothing of many channels reached the bot. In seconds."""

    times: int = 0
    p50: float = 0
    p99: float = 0
    longest: float = 0
    refused: int = 0
    """Further times, in which Twitch would not attach a shard and told to come again later."""
    refused_longest: float = 0


class Watch:
    """Looks while it is entered. What a silent socket swallows is not seen: Twitch does not see it either."""

    def __init__(self, twitch: Sandbox) -> None:
        self._twitch, self._tasks = twitch, Tasks()
        self._deaf: list[float] = []
        self._refused: list[float] = []

    async def __aenter__(self) -> Self:
        self._tasks.start(self._look(), "look for deafness")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._tasks.__aexit__(kind, error, trace)

    @property
    def found(self) -> Deaf:
        """What was seen."""
        found = Deaf(refused=len(self._refused), refused_longest=round(max(self._refused, default=0), 3))
        if ordered := sorted(self._deaf):
            at = [ordered[min(len(ordered) - 1, len(ordered) * percent // 100)] for percent in (50, 99)]
            found.p50, found.p99, found.longest = (round(seconds, 3) for seconds in (*at, ordered[-1]))
            found.times = len(ordered)
        return found

    async def _look(self) -> None:
        all_of_them, since, refused = len(self._twitch.channels), 0.0, 0
        while True:
            await asyncio.sleep(LOOKS_EVERY)
            is_deaf = self._twitch.audible < all_of_them - FEW
            if is_deaf and not since:
                since, refused = time.perf_counter(), self._twitch.refused(ATTACHING)
            elif since and not is_deaf:
                was_refused = self._twitch.refused(ATTACHING) > refused
                (self._refused if was_refused else self._deaf).append(time.perf_counter() - since)
                since = 0.0
