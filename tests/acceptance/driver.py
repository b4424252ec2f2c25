"""Drives a running `kissbot demo` by its control API."""

import asyncio
import os
import signal
import time
from dataclasses import dataclass
from typing import Any

import aiohttp

PATIENCE = 10.0
SHORT = 0.5
"""Seconds in which nothing is to be said."""


@dataclass
class Demo:
    """A running `kissbot demo`, and its controls."""

    url: str
    http: aiohttp.ClientSession
    process: asyncio.subprocess.Process

    async def post(self, path: str, **body: Any) -> dict[str, Any]:
        async with self.http.post(f"{self.url}/control/{path}", json=body) as answer:
            assert answer.status == 200, await answer.text()
            found: dict[str, Any] = await answer.json()
            return found

    async def get(self, path: str, **query: str) -> Any:
        async with self.http.get(f"{self.url}/control/{path}", params=query) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()

    async def ask(
        self,
        text: str,
        channel: str = "ada",
        user: str = "vera",
        rank: str = "everyone",
        patience: float = PATIENCE,
    ) -> str:
        """Say a line, and return what the bot replied to it ("" for silence)."""
        said = await self.post("say", channel=channel, user=user, rank=rank, text=text)
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            for sent in await self.get("sent", channel=channel):
                if sent["reply_to"] == said["message_id"]:
                    return str(sent["text"])
            await asyncio.sleep(0.01)
        return ""

    async def stop(self) -> float:
        """Press Ctrl-C; seconds until it has ended."""
        before = time.perf_counter()
        os.killpg(self.process.pid, signal.SIGINT)
        await self.process.wait()
        return time.perf_counter() - before
