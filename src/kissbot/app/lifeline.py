"""What a process tells whoever looks after it, systemd or `kissbot up`: by sd_notify's datagrams."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Final

from kissbot.chat.tally import Tally

ADDRESS: Final = "NOTIFY_SOCKET"
"""The environment variable that names the datagram socket; a name that begins with @ is abstract."""

PATIENCE: Final = "WATCHDOG_USEC"
"""The environment variable with the microseconds after which a process that said nothing counts as hung."""

BEAT_EVERY: Final = 1.0


class Lifeline:
    """Says how this process is. Nobody may be there to listen: then nothing is said, and nothing fails."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        address = environment.get(ADDRESS, "")
        self._address = f"\0{address[1:]}" if address.startswith("@") else address
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) if address else None
        if self._socket:
            self._socket.setblocking(False)
        patience = environment.get(PATIENCE, "")
        self.seconds = min(BEAT_EVERY, int(patience) / 2e6) if patience.isdecimal() else BEAT_EVERY
        """Between two beats."""

    @property
    def is_wanted(self) -> bool:
        """Whether anybody listens."""
        return self._socket is not None

    def say(self, *facts: str) -> None:
        """Say facts, each `NAME=value`. What nobody takes at once is lost; the next beat says it again."""
        if self._socket:
            with suppress(OSError):
                self._socket.sendto("\n".join(facts).encode(), self._address)

    def close(self) -> None:
        """Say nothing more."""
        if self._socket:
            self._socket.close()
            self._socket = None


@asynccontextmanager
async def lifeline(tally: Tally, line: Lifeline | None = None) -> AsyncIterator[Callable[[], None]]:
    """Beat from the event loop, so that a blocked one is silent. Yields what to call when all is ready."""
    line = line or Lifeline()
    beating = asyncio.create_task(_beat(line, tally), name="heartbeat") if line.is_wanted else None
    try:
        yield lambda: line.say("READY=1", *_figures(tally))
    finally:
        line.say("STOPPING=1")
        if beating:
            beating.cancel()
        line.close()


async def _beat(line: Lifeline, tally: Tally) -> None:
    while True:
        line.say("WATCHDOG=1", *_figures(tally))
        await asyncio.sleep(line.seconds)


def _figures(tally: Tally) -> tuple[str, ...]:
    """STATUS is what `systemctl status` shows; names with X_ are ours."""
    return (
        f"STATUS={tally.lines:,} lines heard, {tally.answered:,} commands answered",
        f"X_LINES={tally.lines}",
        f"X_ANSWERED={tally.answered}",
        f"X_TASKS={len(asyncio.all_tasks())}",
    )
