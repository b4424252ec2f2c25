"""A chat room in the terminal: the shortest transport there is."""

import asyncio
import getpass
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from itertools import count
from threading import Thread

from kissbot.chat.messages import Channel, ChatMessage, Outgoing, Rank, Receipt, Viewer
from kissbot.chat.ports import Bus
from kissbot.features.games import Stream

ROOM = Channel("console", "console")


class Console:
    """Reads lines from standard input, and prints what the bot says to standard output."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        name = getpass.getuser().lower()
        self._viewer = Viewer(name, name, name, Rank.BROADCASTER)
        self._ids = count(1)
        bus.subscribe(Outgoing, self._say)

    async def run(self) -> None:
        """Hear every line until the input ends."""
        async for line in _lines():
            message = ChatMessage(
                str(next(self._ids)), ROOM, self._viewer, line.rstrip("\n"), datetime.now(UTC)
            )
            self._bus.publish(message, ROOM.id)

    def _say(self, outgoing: Outgoing) -> None:
        sys.stdout.write(f"{outgoing.text}\n")
        sys.stdout.flush()
        self._bus.publish(Receipt(outgoing.id, ROOM, f"out:{next(self._ids)}"), ROOM.id)


class ConsoleStreams:
    """Nobody streams in a terminal."""

    async def now(self, channel: Channel) -> Stream | None:
        """Always offline."""
        return None


async def _lines() -> AsyncIterator[str]:
    """Standard input, line by line. A thread reads it: a pipe, a file and a terminal all block."""
    loop, waiting = asyncio.get_running_loop(), asyncio.Queue[str]()

    def read() -> None:
        for line in sys.stdin:
            loop.call_soon_threadsafe(waiting.put_nowait, line)
        loop.call_soon_threadsafe(waiting.put_nowait, "")

    Thread(target=read, name="stdin", daemon=True).start()
    while True:
        if sys.stdin.isatty():
            sys.stdout.write("> ")
            sys.stdout.flush()
        if not (line := await waiting.get()):
            return
        yield line
