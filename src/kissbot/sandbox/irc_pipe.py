"""One IRC connection, over a WebSocket or a plain socket: lines are queued, and written by a task."""

import asyncio
from collections.abc import AsyncIterator
from time import perf_counter
from typing import Final, Protocol

from aiohttp import WSMsgType, web

from kissbot.sandbox.link import Clock
from kissbot.sandbox.world import Line

LONGEST: Final = 8_192
"""Bytes of a client's line; whoever sends more in one is cut off."""
_PIECE: Final = 4_096


class Wire(Protocol):
    """What carries the bytes."""

    async def read(self) -> bytes:
        """What comes; empty at the end."""
        ...

    async def write(self, data: bytes) -> None:
        """Send whole lines, in whatever pieces. Raises `ConnectionError`."""
        ...

    async def close(self) -> None:
        """Say good-bye."""
        ...

    def abort(self) -> None:
        """Break it without a word."""
        ...


class Frames:
    """A WebSocket: a frame holds as many lines as there are."""

    def __init__(self, request: web.Request, ws: web.WebSocketResponse) -> None:
        self._transport, self._ws = request.transport, ws

    async def read(self) -> bytes:
        """The next frame."""
        frame = await self._ws.receive()
        if frame.type is WSMsgType.TEXT:
            return f"{frame.data}\n".encode()
        return bytes(frame.data) if frame.type is WSMsgType.BINARY else b""

    async def write(self, data: bytes) -> None:
        """One frame."""
        await self._ws.send_frame(data, WSMsgType.TEXT)

    async def close(self) -> None:
        """With a close frame."""
        await self._ws.close()

    def abort(self) -> None:
        """Without one."""
        if self._transport:
            self._transport.abort()


class Stream:
    """A plain socket: what is sent arrives in pieces that end in the middle of a line, or of a letter."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def read(self) -> bytes:
        """Whatever there is."""
        try:
            return await self._reader.read(_PIECE)
        except ConnectionError:
            return b""

    async def write(self, data: bytes) -> None:
        """Two pieces."""
        cut = len(data) * 2 // 3
        for piece in (data[:cut], data[cut:]):
            self._writer.write(piece)
            await self._writer.drain()
            await asyncio.sleep(0)

    async def close(self) -> None:
        """Close the socket."""
        self._writer.close()

    def abort(self) -> None:
        """Break it."""
        self._writer.transport.abort()


class Pipe:
    """A connection, with what is still to be written to it."""

    def __init__(self, wire: Wire, clock: Clock) -> None:
        self.open = True
        self.silent_until = 0.0
        self._wire, self._clock = wire, clock
        self._queue: list[tuple[str, Line | None]] = []
        self._wake, self._idle = asyncio.Event(), asyncio.Event()
        self._idle.set()

    def send(self, text: str, line: Line | None = None) -> None:
        """Queue a line; in a silence, or when the connection is gone, it is lost."""
        if self.open and not (self.silent_until and self._clock.time() < self.silent_until):
            self._queue.append((text, line))
            self._idle.clear()
            self._wake.set()

    async def drained(self) -> None:
        """Wait until everything queued has been written."""
        await self._idle.wait()

    async def lines(self) -> AsyncIterator[str]:
        """What the client says, until it is gone."""
        rest = b""
        while self.open and (data := await self._wire.read()):
            *whole, rest = (rest + data).split(b"\n")
            for raw in whole:
                if line := raw.rstrip(b"\r").decode(errors="replace"):
                    yield line
            if len(rest) > LONGEST:
                return

    async def write(self) -> None:
        """Write what is queued, as long as the connection is open."""
        while self.open:
            self._wake.clear()
            await self._write_queued()
            self._idle.set()
            if self.open:
                await self._wake.wait()

    async def _write_queued(self) -> None:
        while self._queue and self.open:
            queued, self._queue = self._queue, []
            for _, line in queued:
                if line is not None and line.written_at is None:
                    line.written_at = perf_counter()
            try:
                await self._wire.write("".join(f"{text}\r\n" for text, _ in queued).encode())
            except ConnectionError:
                self.ended()

    def ended(self) -> None:
        """Write no more."""
        self.open = False
        self._queue.clear()
        self._idle.set()
        self._wake.set()

    async def close(self) -> None:
        """Say good-bye, after what is queued."""
        if self.open:
            await self._idle.wait()
        self.ended()
        await self._wire.close()

    def abort(self) -> None:
        """Break the connection without a word."""
        self.ended()
        self._wire.abort()
