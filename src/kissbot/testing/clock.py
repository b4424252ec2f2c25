"""A clock that stands still until it is pushed; deadlines and sleeps of the event loop follow it."""

import asyncio
from typing import Final

START: Final = 1_800_000_000.0
TURNS: Final = 50
"""How often the loop may turn for everything that is due to have happened."""


class ManualClock:
    """The time of day, in seconds since the epoch."""

    def __init__(self, now: float = START) -> None:
        self._began, self._passed = now, 0.0

    def time(self) -> float:
        """What time it is."""
        return self._began + self._passed

    def rule(self, loop: asyncio.AbstractEventLoop) -> None:
        """Make the loop's timers follow this clock. Not for tests that use real sockets."""
        # Counted from zero: a float of today's date is too coarse for a timer to be due at its very moment.
        loop.time = lambda: self._passed  # type: ignore[method-assign]

    async def push(self, seconds: float) -> None:
        """Let time pass, and everything that was waiting for it happen."""
        self._passed += seconds
        await settle()


async def settle() -> None:
    """Let everything happen that waits for nothing but its turn."""
    for _ in range(TURNS):
        await asyncio.sleep(0)
