"""A folder as an operator has it: a configuration, a database, and the commands that are run there."""

import asyncio
import os
import re
import signal
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from kissbot.sandbox.twitch import Sandbox

PATIENCE = 20.0


@dataclass(frozen=True)
class Done:
    """A command that has ended."""

    status: int
    out: str
    err: str


@dataclass
class Home:
    """Where one bot lives. No token is in its configuration."""

    folder: Path
    twitch: Sandbox

    def configure(self, channels: Sequence[Any], **more: Any) -> None:
        """Write config.yaml."""
        login = self.twitch.credentials
        content = {
            "bot": {"name": self.twitch.bot},
            "twitch": {
                "client_id": login.client_id,
                "client_secret": login.client_secret,
                "channels": channels,
                "limits": "usual" if self.twitch.enforce_limits else "none",
                "urls": msgspec.to_builtins(self.twitch.urls),
            },
            **more,
        }
        config = self.folder / "config.yaml"
        config.touch(mode=0o600)
        config.write_bytes(msgspec.json.encode(content))

    async def runs(self, *words: str, within: float = PATIENCE) -> Done:
        """Run a command to its end."""
        process = await self._started(*words, out=asyncio.subprocess.PIPE)
        async with asyncio.timeout(within):
            out, err = await process.communicate()
        assert process.returncode is not None
        return Done(process.returncode, out.decode(), err.decode())

    async def logs_in(self, user: str, *words: str) -> Done:
        """Run `kissbot login`, and approve it on the page that it names."""
        process = await self._started("login", *words, out=asyncio.subprocess.PIPE)
        assert process.stdout
        assert process.stderr
        said = ""
        async with asyncio.timeout(PATIENCE):
            while not (found := re.search(r"device-code=(\w+)", said)):
                line = await process.stdout.readline()
                if not line:
                    raise AssertionError(said + (await process.stderr.read()).decode())
                said += line.decode()
            self.twitch.activate(found[1], user)
            out, err = await process.communicate()
        assert process.returncode is not None
        return Done(process.returncode, said + out.decode(), err.decode())

    @asynccontextmanager
    async def bot(self, *, channels: int | None = None) -> AsyncIterator[asyncio.subprocess.Process]:
        """The running bot, once it hears so many channels; ended on leaving."""
        with (self.folder / "log.txt").open("ab") as log:
            process = await self._started("-v", "run", out=log)
        try:
            if channels is not None:
                await self.hears(channels)
            yield process
        finally:
            if process.returncode is None:
                process.send_signal(signal.SIGTERM)
                await process.wait()

    async def hears(self, channels: int) -> None:
        """Wait until the bot hears so many channels: what a conduit still knows of may have no socket yet."""
        async with asyncio.timeout(PATIENCE):
            while self.twitch.audible != channels:
                await asyncio.sleep(0.01)

    async def answers(
        self,
        text: str,
        channel: str = "ada",
        rank: Any = "everyone",
        user: str = "vera",
        patience: float = PATIENCE,
    ) -> str:
        """Say a line; what the bot replied to it, "" for silence."""
        said = self.twitch.say(channel, user=user, rank=rank, text=text)
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            for sent in self.twitch.sent:
                if sent.reply_to == said:
                    return sent.text
            await asyncio.sleep(0.01)
        return ""

    @property
    def log(self) -> str:
        """Everything that the bot logged."""
        return (self.folder / "log.txt").read_text(errors="replace")

    async def _started(self, *words: str, out: Any) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "kissbot", *words),
            stdout=out,
            stderr=out,
            stdin=asyncio.subprocess.DEVNULL,
            cwd=self.folder,
            env={key: value for key, value in os.environ.items() if not key.startswith("KISSBOT_")},
        )
