"""A server that answers as the test says, one request after the other, and remembers what it was asked."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import NamedTuple

import msgspec
from aiohttp import web

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Asked(NamedTuple):
    """A request as it came."""

    method: str
    path: str
    query: list[tuple[str, str]]
    headers: dict[str, str]
    body: bytes
    connection: int
    """The client's port: the same for requests that share a connection."""


class Server:
    """Where it is, and what it was asked so far."""

    def __init__(self, answers: tuple[Answer, ...]) -> None:
        self.asked: list[Asked] = []
        self.url = ""
        self._answers = answers

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Give the next answer; the last one is given again and again."""
        assert request.transport
        self.asked.append(
            Asked(
                request.method,
                request.path,
                list(request.query.items()),
                dict(request.headers),
                await request.read(),
                request.transport.get_extra_info("peername")[1],
            )
        )
        return await self._answers[min(len(self.asked), len(self._answers)) - 1](request)


@asynccontextmanager
async def serving(*answers: Answer, port: int = 0) -> AsyncIterator[Server]:
    """A server on loopback, with these answers."""
    server = Server(answers)
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", server.serve)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port).start()
        server.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield server
    finally:
        await runner.cleanup()


def says(status: int, body: object = None, **headers: str) -> Answer:
    """An answer in JSON; a text or bytes are sent as they are."""
    raw = body if isinstance(body, bytes) else msgspec.json.encode(body)
    named = {name.replace("_", "-"): value for name, value in headers.items()}

    async def answer(request: web.Request) -> web.StreamResponse:
        return web.Response(status=status, body=raw, headers=named)

    return answer


async def breaks(request: web.Request) -> web.StreamResponse:
    """The connection breaks before a word of the answer."""
    assert request.transport
    request.transport.abort()
    return web.Response()


async def breaks_in_mid_answer(request: web.Request) -> web.StreamResponse:
    """The connection breaks when half of the answer is there."""
    response = web.StreamResponse(headers={"Content-Length": "100"})
    await response.prepare(request)
    await response.write(b'{"data":[')
    assert request.transport
    request.transport.abort()
    return response
