"""A program of another library, in a process of its own: it is told what to do, and tells what it hears."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import msgspec

from kissbot.sandbox.twitch import Sandbox

PATIENCE = 20.0
"""Seconds: a busy machine starts Node slowly."""
SCOPES = ("chat:edit", "chat:read", "user:bot", "user:read:chat", "user:write:chat")


class Program:
    """It is told lines of JSON, `{"say": …}`, and tells `{"ready": …}`, `{"heard": …}`, `{"failed": …}`."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._told: list[dict[str, Any]] = []

    async def next(self, what: str) -> Any:
        """The next thing of a kind that it tells; whatever else it tells is kept for later."""
        async with asyncio.timeout(PATIENCE):
            while not any(what in told for told in self._told):
                self._told.append(await self._line())
        found = next(told for told in self._told if what in told)
        self._told.remove(found)
        return found[what]

    async def do(self, **order: Any) -> None:
        """Tell it to do something."""
        assert self._process.stdin
        self._process.stdin.write(json.dumps(order).encode() + b"\n")
        await self._process.stdin.drain()

    async def _line(self) -> dict[str, Any]:
        assert self._process.stdout
        line = await self._process.stdout.readline()
        assert line, f"the program has ended: {await self._complaint()}"
        told: dict[str, Any] = json.loads(line)
        assert "failed" not in told, told["failed"]
        return told

    async def _complaint(self) -> str:
        assert self._process.stderr
        return (await self._process.stderr.read()).decode()


@asynccontextmanager
async def running(twitch: Sandbox, channel: str, *words: str, **environment: str) -> AsyncIterator[Program]:
    """Start a program as the sandbox's bot in a channel, and wait until it hears; it ends with its input."""
    process = await asyncio.create_subprocess_exec(
        *words,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=environment or None,
    )
    program = Program(process)
    try:
        await program.do(**_login(twitch, channel))
        await program.next("ready")
        yield program
    finally:
        await _end(process)


def _login(twitch: Sandbox, channel: str) -> dict[str, Any]:
    login = twitch.log_in(twitch.bot, SCOPES)
    return {
        **msgspec.to_builtins(login),
        "scopes": SCOPES,
        "urls": msgspec.to_builtins(twitch.urls),
        "bot": twitch.id_of(twitch.bot),
        "channel": channel,
        "channel_id": twitch.id_of(channel),
    }


async def _end(process: asyncio.subprocess.Process) -> None:
    """A program has half a second to end by itself: not every one does."""
    assert process.stdin
    process.stdin.close()
    try:
        await asyncio.wait_for(process.wait(), 0.5)
    except TimeoutError:
        process.kill()
    await process.communicate()


async def until(true: Callable[[], bool]) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(PATIENCE):
        while not true():
            await asyncio.sleep(0.001)


async def move(twitch: Sandbox) -> None:
    """Ask the client to move to a new socket, and wait until it is on that alone."""
    twitch.fault("reconnect")
    await until(lambda: [socket["status"] for socket in twitch.state()["sockets"]] == ["connected"])
