"""The page's live view: Server-Sent Events of chat, streams and the bot's connection."""

import asyncio
from collections.abc import Iterable
from typing import Any, Final

from aiohttp import web

from kissbot.sandbox.payloads import encode
from kissbot.sandbox.world import Line

BEHIND: Final = 2_000
"""How many events a reader may be behind before it has to start again."""
BREATH: Final = 15.0
"""Seconds between signs of life on a quiet stream."""


def shown(line: Line) -> dict[str, Any]:
    """A chat line as the page wants it."""
    about = {
        "id": line.id,
        "channel": line.channel.owner.login,
        "user": line.person.login,
        "name": line.person.name,
        "rank": line.rank,
        "text": line.text,
        "reply_to": line.reply.parent_message_id if line.reply else None,
        "at": line.at,
        "bot": line.bot,
    }
    return about if line.latency_ms is None else {**about, "latency_ms": line.latency_ms}


def event(kind: str, data: object) -> bytes:
    """One event on the wire."""
    return b"event: %b\ndata: %b\n\n" % (kind.encode(), encode(data))


class Reader:
    """Somebody who watches one channel, or all."""

    def __init__(self, channel: str) -> None:
        self.channel = channel
        self.events: asyncio.Queue[bytes] = asyncio.Queue(BEHIND)
        self.gone = False

    def wants(self, channel: str) -> bool:
        """Whether an event of that channel (of none: of all) is for this reader."""
        return channel in ("", self.channel) or not self.channel

    def offer(self, event: bytes) -> None:
        """Queue an event; who is too far behind is sent away, and starts again with the latest lines."""
        if self.events.full():
            self.gone = True
        else:
            self.events.put_nowait(event)

    def leave(self) -> None:
        """Stop watching."""
        self.gone = True
        self.offer(b"")


class Feed:
    """Those who watch."""

    def __init__(self) -> None:
        self._readers: set[Reader] = set()
        self._link: dict[str, bool] = {"connected": False, "unplugged": False}

    def chat(self, line: Line) -> None:
        """A line was said."""
        if self._readers:
            self._tell("chat", line.channel.owner.login, shown(line))

    def stream(self, state: dict[str, Any]) -> None:
        """A channel went live or offline, or changed its title or category."""
        self._tell("stream", state["channel"], state)

    def link(self, connected: bool, unplugged: bool) -> None:
        """The bot's connection; only changes are told."""
        state = {"connected": connected, "unplugged": unplugged}
        if state != self._link:
            self._link = state
            self._tell("link", "", state)

    def _tell(self, kind: str, channel: str, data: object) -> None:
        encoded = event(kind, data)
        for reader in self._readers:
            if reader.wants(channel):
                reader.offer(encoded)

    def close(self) -> None:
        """Send everybody away."""
        for reader in self._readers:
            reader.leave()

    async def serve(self, request: web.Request, channel: str, latest: Iterable[Line]) -> web.StreamResponse:
        """Tell a reader the latest lines, the state of the connection, then all that happens."""
        response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
        )
        await response.prepare(request)
        reader = Reader(channel)
        for line in latest:
            if reader.wants(line.channel.owner.login):
                reader.offer(event("chat", shown(line)))
        reader.offer(event("link", self._link))
        self._readers.add(reader)
        try:
            await self._write(response, reader)
        except ConnectionError:
            pass
        finally:
            self._readers.discard(reader)
        return response

    async def _write(self, response: web.StreamResponse, reader: Reader) -> None:
        while not reader.gone:
            await response.write(await _next(reader))


async def _next(reader: Reader) -> bytes:
    try:
        async with asyncio.timeout(BREATH):
            return await reader.events.get()
    except TimeoutError:
        return b": still here\n\n"
