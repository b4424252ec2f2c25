"""The other end of a child's lifeline: a datagram socket, and what was said last."""

import asyncio
import os
import socket
import time
from collections import deque
from pathlib import Path


class Ear(asyncio.DatagramProtocol):
    """Hears the datagrams of one child. Close it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.ready = asyncio.Event()
        self.beat_at = time.monotonic()
        """When it said anything last."""
        self.has_beaten = False
        self.facts: dict[str, str] = {}
        self._transport: asyncio.BaseTransport | None = None

    async def open(self) -> None:
        """Listen at the path, which only this user can reach. Raises OSError."""
        self.path.unlink(missing_ok=True)
        here = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        here.bind(os.fspath(self.path))
        self._transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: self, sock=here
        )

    def close(self) -> None:
        """Listen no more."""
        if self._transport:
            self._transport.close()
        self.path.unlink(missing_ok=True)

    def datagram_received(self, data: bytes, addr: object) -> None:
        """A child said something."""
        self.beat_at, self.has_beaten = time.monotonic(), True
        pairs = (line.partition("=") for line in data.decode(errors="replace").splitlines())
        self.facts |= {name: value for name, _, value in pairs}
        if self.facts.get("READY") == "1":
            self.ready.set()

    def number(self, name: str) -> int:
        """A figure that was told; 0 when it was not."""
        value = self.facts.get(name, "")
        return int(value) if value.isdecimal() else 0


class LastLines(deque[bytes]):
    """The end of what was printed, for whoever asks why a child fell."""

    def __init__(self) -> None:
        super().__init__(maxlen=5)

    def take(self, data: bytes) -> None:
        """Some output; it may begin or end within a line."""
        lines = data.splitlines()
        self.extend(line[:500] for line in lines if line.strip())

    def __str__(self) -> str:
        return self[-1].decode(errors="replace").strip() if self else ""
