"""The bot as a process of its own, against an embedded Twitch: for the demo, replays and measurements."""

import asyncio
import os
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, get_origin

import msgspec
import psutil

from kissbot.app.configuration import PREFIX
from kissbot.chat.tally import Tally
from kissbot.sandbox.twitch import Sandbox

READY_WITHIN: Final = 20.0
STOPPED_WITHIN: Final = 5.0


class Stopped(Exception):
    """The bot's process ended although nobody asked it to."""


class BotProcess:
    """A running bot."""

    def __init__(self, process: asyncio.subprocess.Process, folder: Path) -> None:
        self._process, self.folder = process, folder
        self._usage = psutil.Process(process.pid)

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def cpu_seconds(self) -> float:
        """User and system time so far."""
        times = self._usage.cpu_times()
        return times.user + times.system

    @property
    def rss_bytes(self) -> int:
        """Resident memory now."""
        return self._usage.memory_info().rss

    async def ended(self) -> None:
        """Wait for the process to end. Raises `Stopped`."""
        status = await self._process.wait()
        raise Stopped(f"The bot ended by itself with status {status}.\n{self.log[-2000:]}")

    async def stop(self) -> Tally:
        """Ask it to end, and return what it counted. Raises `Stopped` when it was gone before."""
        if self._process.returncode is None:
            self._process.send_signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(self._process.wait(), STOPPED_WITHIN)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
        summary = self.folder / "summary.json"
        if not summary.exists():
            await self.ended()
        return msgspec.json.decode(summary.read_bytes(), type=Tally, dec_hook=_counter)

    @property
    def status(self) -> int | None:
        """With what it ended; None while it runs."""
        return self._process.returncode

    @property
    def log(self) -> str:
        """What it logged."""
        return (self.folder / "log.txt").read_text(errors="replace")


@asynccontextmanager
async def bot_in(
    twitch: Sandbox,
    choices: Sequence[Mapping[str, Any]],
    more: Mapping[str, Mapping[str, Any]] | None = None,
    within: float = READY_WITHIN,
    environment: Mapping[str, str] | None = None,
) -> AsyncIterator[BotProcess]:
    """Start a bot in the sandbox and wait until it hears every channel; stop it on leaving.

    `choices` are the entries of `twitch.channels` of its configuration, `more` is what else stands in its
    sections; `environment` is added to its own. Raises `Stopped`.
    """
    with TemporaryDirectory(prefix="kissbot-") as name:
        folder = Path(name)
        config = folder / "config.yaml"
        config.touch(mode=0o600)
        config.write_bytes(msgspec.json.encode(_configuration(twitch, choices, more or {})))  # JSON is YAML
        with (folder / "log.txt").open("wb") as log:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "kissbot", "run", "--attached"),
                *("--config", str(config), "--summary", str(folder / "summary.json")),
                stdout=log,
                stderr=log,
                stdin=asyncio.subprocess.PIPE,  # held open for as long as this process lives
                env={key: value for key, value in os.environ.items() if not key.startswith(PREFIX)}
                | dict(environment or {}),
            )
        bot = BotProcess(process, folder)
        try:
            await _ready(twitch, bot, len(choices), within)
            yield bot
        finally:
            if process.returncode is None:
                await bot.stop()


def _configuration(
    twitch: Sandbox, choices: Sequence[Mapping[str, Any]], more: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
    login = twitch.credentials
    content: dict[str, dict[str, Any]] = {
        "bot": {"name": twitch.bot},
        "twitch": {
            "client_id": login.client_id,
            "client_secret": login.client_secret,
            "token": login.token,
            "refresh_token": login.refresh_token,
            "channels": choices,
            "limits": "usual" if twitch.enforce_limits else "none",
            "urls": msgspec.to_builtins(twitch.urls),
        },
        "storage": {"backups": ""},
    }
    return content | {name: {**content.get(name, {}), **section} for name, section in more.items()}


async def _ready(twitch: Sandbox, bot: BotProcess, channels: int, within: float) -> None:
    async def subscribed() -> None:
        while len(twitch.state()["subscriptions"].get("channel.chat.message", ())) < channels:
            await asyncio.sleep(0.01)

    waits = [asyncio.ensure_future(work) for work in (subscribed(), bot.ended())]
    done, pending = await asyncio.wait(waits, timeout=within, return_when=asyncio.FIRST_COMPLETED)
    for wait in pending:
        wait.cancel()
    if not done:
        raise Stopped(f"The bot did not hear every channel within {within:.0f} s.\n{bot.log[-2000:]}")
    done.pop().result()


def _counter(kind: type, value: dict[str, int]) -> object:
    """msgspec hands over the dictionaries that are to be counters."""
    return Counter(value) if get_origin(kind) is Counter else value
