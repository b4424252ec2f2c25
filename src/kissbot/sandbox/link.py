"""One EventSub connection: its queue of frames, the task that writes them, and its end."""

import asyncio
from collections import deque
from collections.abc import Callable
from time import perf_counter
from typing import Final, Protocol

from aiohttp import WSMsgType, web

from kissbot.sandbox.sessions import Session
from kissbot.sandbox.world import Line

REASONS: Final = {
    4000: "internal server error",
    4001: "client sent inbound traffic",
    4002: "client failed ping-pong",
    4003: "connection unused",
    4004: "reconnect grace time expired",
    4005: "network timeout",
    4006: "network error",
    4007: "invalid reconnect",
}
AT_ONCE: Final = 64
"""How many frames are written before others get their turn."""


class Clock(Protocol):
    """The time of day."""

    def time(self) -> float:
        """Seconds since the epoch."""
        ...


class Link:
    """One WebSocket: frames are queued, and written in order by a task of its own."""

    def __init__(
        self, request: web.Request, ws: web.WebSocketResponse, session: Session, clock: Clock
    ) -> None:
        self.session = session
        self.url = f"ws://{request.host}{request.path}"
        self.opened_at = clock.time()
        self.silent_until = 0.0
        self.open = True
        self._alarm: asyncio.TimerHandle | None = None
        self._ws = ws
        self._transport = request.transport
        self._clock = clock
        self._queue: deque[tuple[bytes, Line | None]] = deque()
        self._wake = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()

    def send(self, frame: bytes, line: Line | None = None) -> None:
        """Queue a frame; in a silence, or when the socket is gone, it is lost."""
        if self.open and not (self.silent_until and self._clock.time() < self.silent_until):
            self._queue.append((frame, line))
            self._idle.clear()
            self._wake.set()

    async def drained(self) -> None:
        """Wait until everything queued has been written."""
        await self._idle.wait()

    async def write(self, seconds: float, still_here: Callable[[], bytes]) -> None:
        """Write what is queued, and a keep-alive whenever nothing came for that long."""
        while self.open:
            await self._write_queued()
            self._idle.set()
            self._wake.clear()
            try:
                async with asyncio.timeout(seconds):
                    await self._wake.wait()
            except TimeoutError:
                self.send(still_here())

    async def _write_queued(self) -> None:
        written = 0
        while self._queue and self.open:
            frame, line = self._queue.popleft()
            if line is not None and line.written_at is None:
                line.written_at = perf_counter()
            try:
                await self._ws.send_frame(frame, WSMsgType.TEXT)
            except ConnectionError:
                self.ended()
            written += 1
            if written % AT_ONCE == 0:
                await asyncio.sleep(0)

    def ended(self) -> None:
        """Write no more; whoever waits for the queue need not."""
        self.open = False
        self._queue.clear()
        self._idle.set()
        self._wake.set()
        if self._alarm:
            self._alarm.cancel()

    def after(self, seconds: float, act: Callable[[], None]) -> None:
        """Do something when the link is still open by then; replaces what was to be done before."""
        if self._alarm:
            self._alarm.cancel()
        self._alarm = asyncio.get_running_loop().call_later(seconds, act)

    async def close(self, code: int) -> None:
        """Say good-bye with a close code."""
        self.ended()
        await self._ws.close(code=code, message=REASONS.get(code, "").encode())

    def abort(self) -> None:
        """Break the connection without a word."""
        self.ended()
        if self._transport:
            self._transport.abort()

    async def until_gone(self) -> bool:
        """Wait until the socket is gone; True when that is because the client sent something."""
        message = await self._ws.receive()
        return message.type in (WSMsgType.TEXT, WSMsgType.BINARY)
