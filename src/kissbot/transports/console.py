"""A chat room in the terminal: the shortest transport there is."""

import asyncio
import getpass
import sys
from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime
from itertools import count
from threading import Thread

import structlog

from kissbot.chat.commands import Invocation, Reply
from kissbot.chat.happenings import StreamOnline
from kissbot.chat.messages import Channel, ChatMessage, Outgoing, Rank, Receipt, Viewer
from kissbot.chat.ports import Bus
from kissbot.chat.texts import text
from kissbot.features.games import Stream
from kissbot.features.live import Show
from kissbot.features.shoutout import Streamer

log = structlog.get_logger(__name__)

ROOM = Channel("console", "console")


class Console:
    """Hears the lines of a source, and prints what the bot says to standard output."""

    def __init__(self, bus: Bus, source: Iterable[str]) -> None:
        self._bus, self._source = bus, source
        name = getpass.getuser().lower()
        self._viewer = Viewer(name, name, name, Rank.BROADCASTER)
        self._ids = count(1)
        bus.subscribe(Outgoing, self._say)

    async def run(self) -> None:
        """Hear every line until the input ends."""
        async for line in _lines(self._source):
            message = ChatMessage(
                str(next(self._ids)), ROOM, self._viewer, line.rstrip("\n"), datetime.now(UTC)
            )
            self._bus.publish(message, ROOM.id)

    async def now(self, channel: Channel) -> Stream | None:
        """Nobody streams in a terminal."""
        return None

    async def on(self, online: StreamOnline) -> Show:
        """The same."""
        return Show()

    async def last(self, channel: Channel) -> Show:
        """The same."""
        return Show()

    async def find(self, login: str) -> Streamer | None:
        """Nobody is known in a terminal."""
        return None

    async def recommend(self, streamer: Streamer, here: Channel) -> None:
        """Nobody is recommended either."""

    @property
    def wanted(self) -> bool:
        """Nobody elsewhere wants news of a terminal."""
        return False

    def post(self, news: str) -> None:
        """Nobody gets any."""

    async def explain(self, asked: Invocation) -> Reply:
        """Nothing stands between the keyboard and the bot."""
        return text("🖥️ Here I answer everything; only a platform can make me silent.")

    async def forget(self, viewer: Viewer) -> int:
        """Nothing is kept."""
        return 0

    def _say(self, outgoing: Outgoing) -> None:
        sys.stdout.write(f"{outgoing.text}\n")
        sys.stdout.flush()
        self._bus.publish(Receipt(outgoing.id, ROOM, f"out:{next(self._ids)}"), ROOM.id)


async def _lines(source: Iterable[str]) -> AsyncIterator[str]:
    """The source, line by line. A thread reads it: a pipe, a file and a terminal all block."""
    loop, waiting = asyncio.get_running_loop(), asyncio.Queue[str]()

    def read() -> None:
        try:
            for line in source:
                loop.call_soon_threadsafe(waiting.put_nowait, line)
        except OSError as error:
            log.error("console_gone", error=str(error))
        finally:
            loop.call_soon_threadsafe(waiting.put_nowait, "")

    Thread(target=read, name="console", daemon=True).start()
    while True:
        if sys.stdin.isatty():
            sys.stdout.write("> ")
            sys.stdout.flush()
        if not (line := await waiting.get()):
            return
        yield line
