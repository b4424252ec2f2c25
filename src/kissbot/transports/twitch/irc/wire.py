"""What carries IRC: a WebSocket or a plain socket, with or without TLS."""

import asyncio
import ssl
from typing import Final, Protocol

import aiohttp
from yarl import URL

CLOSING: Final = aiohttp.ClientWSTimeout(ws_close=1.0)
"""How long a peer gets to answer our close frame; a dead one never does."""

_PORTS: Final = {"ircs": 6697, "irc": 6667}
_PIECE: Final = 65_536


class Wire(Protocol):
    """An open connection."""

    async def read(self) -> bytes:
        """What comes next, in pieces of any size; empty at the end."""
        ...

    async def write(self, data: bytes) -> None:
        """Send something. Raises `OSError` and `aiohttp.ClientError`."""
        ...

    async def close(self) -> None:
        """End it; whoever reads gets the end."""
        ...


async def open_wire(http: aiohttp.ClientSession, url: str, tls: ssl.SSLContext | None = None) -> Wire:
    """Connect to `wss://`, `ws://`, `ircs://` or `irc://`. Raises `aiohttp.ClientError` and `OSError`."""
    address = URL(url)
    port = _PORTS.get(address.scheme)
    if port is None:
        return SocketWire(await http.ws_connect(address, timeout=CLOSING, decode_text=False))
    context = (tls or ssl.create_default_context()) if address.scheme == "ircs" else None
    reader, writer = await asyncio.open_connection(
        address.host, address.explicit_port or port, ssl=context, limit=_PIECE
    )
    return StreamWire(reader, writer)


class SocketWire:
    """IRC in the frames of a WebSocket."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse[bool]) -> None:
        self._socket = socket

    async def read(self) -> bytes:
        """The next frame that has something in it."""
        while (frame := await self._socket.receive()).type in (
            aiohttp.WSMsgType.TEXT,
            aiohttp.WSMsgType.BINARY,
        ):
            if frame.data:
                data: bytes = frame.data
                return data
        return b""

    async def write(self, data: bytes) -> None:
        """Send a frame."""
        await self._socket.send_frame(data, aiohttp.WSMsgType.TEXT)

    async def close(self) -> None:
        """Say good-bye."""
        await self._socket.close()


class StreamWire:
    """IRC on a socket of its own."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def read(self) -> bytes:
        """What has come so far."""
        try:
            return await self._reader.read(_PIECE)
        except OSError:
            return b""

    async def write(self, data: bytes) -> None:
        """Send it."""
        self._writer.write(data)
        await self._writer.drain()

    async def close(self) -> None:
        """Close the socket; what a dead peer does not take any more is thrown away."""
        self._writer.close()
        try:
            async with asyncio.timeout(1):
                await self._writer.wait_closed()
        except (OSError, TimeoutError):
            self._writer.transport.abort()
