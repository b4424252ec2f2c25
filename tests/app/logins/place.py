"""A folder with a configuration for the sandbox, and the command line in it."""

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from kissbot.app.configuration import anchored, load
from kissbot.app.settings import Settings
from kissbot.app.store import Store, open_store
from kissbot.chat.logins import Login
from kissbot.sandbox.tokens import BOT_SCOPES
from kissbot.sandbox.twitch import Sandbox
from kissbot.transports.twitch.oauth import OAuth

PATIENCE = 20.0


class Ended(NamedTuple):
    """How a command ended."""

    code: int | None
    out: str
    err: str


@dataclass
class Place:
    """Where one bot lives."""

    folder: Path
    twitch: Sandbox

    def configure(self, **changes: Any) -> None:
        """Write config.yaml."""
        known = self.twitch.credentials
        twitch = {
            "client_id": known.client_id,
            "client_secret": known.client_secret,
            "channels": list(self.twitch.channels),
            "urls": msgspec.to_builtins(self.twitch.urls),
        }
        content = {"bot": {"name": "kissbot"}, "twitch": twitch | changes}
        self.config.write_bytes(msgspec.json.encode(content))

    @property
    def config(self) -> Path:
        """The configuration."""
        return self.folder / "config.yaml"

    @property
    def settings(self) -> Settings:
        """What the command line reads from it."""
        return anchored(load(self.config, {}), self.folder)

    @asynccontextmanager
    async def store(self) -> AsyncIterator[Store]:
        """What is kept there."""
        async with open_store(self.settings) as store:
            yield store

    async def keep(self, oauth: OAuth, user: str, slot: str) -> Login:
        """Put a login into the database, without asking anybody."""
        given = self.twitch.log_in(user, BOT_SCOPES)
        login = msgspec.structs.replace(
            await oauth.validate(given.token, slot), refresh_token=given.refresh_token
        )
        async with self.store() as store:
            return await store.logins.put(login)

    async def starts(
        self, *words: str, command: tuple[str, ...] = ("-m", "kissbot")
    ) -> asyncio.subprocess.Process:
        """Start a command."""
        return await asyncio.create_subprocess_exec(
            *(sys.executable, *command, *words),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            cwd=self.folder,
            env={key: value for key, value in os.environ.items() if not key.startswith("KISSBOT_")},
        )

    async def runs(self, *words: str) -> Ended:
        """Run a command to its end."""
        return await ended(await self.starts(*words))

    async def logs_in(self, *words: str, user: str = "kissbot", allow: bool = True) -> Ended:
        """Run `kissbot login`, and answer it on the page that it names."""
        process = await self.starts("login", *words)
        said, code = await shown_code(process)
        self.twitch.activate(code, user, allow)
        rest = await ended(process)
        return Ended(rest.code, said + rest.out, rest.err)

    def everything(self) -> bytes:
        """All that is in the folder, but the configuration and the key."""
        secret = {"config.yaml", ".kissbot.key"}
        files = [path for path in self.folder.rglob("*") if path.is_file() and path.name not in secret]
        return b"".join(path.read_bytes() for path in files)


async def ended(process: asyncio.subprocess.Process) -> Ended:
    """Wait for a command."""
    out, err = await asyncio.wait_for(process.communicate(), PATIENCE)
    return Ended(process.returncode, out.decode(), err.decode())


async def shown_code(process: asyncio.subprocess.Process) -> tuple[str, str]:
    """What `kissbot login` says, up to its code and the scopes; and the code."""
    assert process.stdout
    said = ""
    async with asyncio.timeout(PATIENCE):
        while "user:write:chat" not in said and "channel:bot" not in said:
            line = (await process.stdout.readline()).decode()
            if not line:
                raise AssertionError(f"{said} {await ended(process)}")
            said += line
    found = re.search(r"device-code=(\w+)", said)
    assert found
    return said, found[1]
