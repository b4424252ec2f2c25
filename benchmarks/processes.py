"""A client as a process of its own: told where the sandbox is, and watched from outside."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import msgspec
from msgspec import Struct

from kissbot.app.child import BotProcess
from kissbot.app.configuration import PREFIX
from kissbot.app.settings import Bot, Settings, Storage, Twitch, Urls
from kissbot.sandbox.twitch import Sandbox

CHECKOUT: Final = Path(__file__).parents[1]
CORES: Final = sorted(os.sched_getaffinity(0)) if sys.platform == "linux" else []
SANDBOX, CLIENT = 0, -1
"""Which of the cores are whose."""

ENVIRONMENT: Final = {
    key: value
    for key, value in os.environ.items()
    if not key.startswith(PREFIX) and key != "PYTHONDONTWRITEBYTECODE"
}
"""Of every client: as people run it, so nothing is compiled twice."""

PATIENCE: Final = 60.0
LOOKS_EVERY: Final = 0.002


class Client(Struct, frozen=True):
    """A program that listens to chat and answers `!ping`."""

    name: str
    command: tuple[str, ...]
    """What Python is told; the path of a configuration in KissBot's format follows."""
    prepare: Callable[[Path], Awaitable[None]] | None = None
    """What is done in its folder before it starts."""


KISSBOT: Final = Client("KissBot", ("-m", "kissbot", "run", "--config"))
SLOW_KISSBOT: Final = Client("KissBot", ("-m", "benchmarks.clients.slow_kissbot", "run", "--config"))
BARE: Final = Client("bare loop", ("-m", "benchmarks.clients.bare", "aiohttp"))
BARE_RAW: Final = Client("bare loop, raw POST", ("-m", "benchmarks.clients.bare", "raw"))
TWITCHIO: Final = Client("TwitchIO, asyncio", ("-m", "benchmarks.clients.twitchio_bot", "asyncio"))
TWITCHIO_UVLOOP: Final = Client("TwitchIO, uvloop", ("-m", "benchmarks.clients.twitchio_bot", "uvloop"))


@asynccontextmanager
async def running(client: Client, twitch: Sandbox) -> AsyncIterator[BotProcess]:
    """Start a client and wait until it hears every channel; end it on leaving."""
    async with home(client) as folder, running_in(folder, client, twitch) as bot:
        yield bot


@asynccontextmanager
async def home(client: Client) -> AsyncIterator[Path]:
    """A folder for a client, as it is to find it."""
    with TemporaryDirectory(prefix="kissbot-") as name:
        if client.prepare:
            await client.prepare(Path(name))
        yield Path(name)


@asynccontextmanager
async def running_in(folder: Path, client: Client, twitch: Sandbox) -> AsyncIterator[BotProcess]:
    """The same in a folder that is there."""
    config = folder / "config.yaml"
    config.touch(mode=0o600)
    config.write_bytes(msgspec.json.encode(_settings(twitch)))  # JSON is YAML
    process = await _start(client, config, folder / "log.txt")
    bot = BotProcess(process, folder)
    try:
        await until(lambda: _subscriptions(twitch) == len(twitch.channels), bot)
        yield bot
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def until(fulfilled: Callable[[], bool], bot: BotProcess) -> None:
    """Wait for something that the client brings about. Raises `Stopped`, and `TimeoutError` with its log."""
    ended = asyncio.ensure_future(bot.ended())
    try:
        async with asyncio.timeout(PATIENCE):
            while not fulfilled():
                await asyncio.wait([ended], timeout=LOOKS_EVERY)
                if ended.done():
                    ended.result()
    except TimeoutError:
        raise TimeoutError(f"The client did not do its part within {PATIENCE:.0f} s.\n{bot.log}") from None
    finally:
        ended.cancel()


def keep_on_core(core: int, pid: int = 0) -> None:
    """Where that can be said, keep a process (0: this one) on a core of its own.

    On a core that it shares with the sandbox, a client wakes for every other line instead of every batch;
    left to the scheduler, a client's figure would be a matter of luck.
    """
    if sys.platform == "linux":
        os.sched_setaffinity(pid, {CORES[core]})


async def _start(client: Client, config: Path, log: Path) -> asyncio.subprocess.Process:
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, *client.command, str(config)),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=CHECKOUT,
            env=ENVIRONMENT,
        )
    keep_on_core(CLIENT, process.pid)
    return process


def _settings(twitch: Sandbox) -> Settings:
    login = twitch.credentials
    return Settings(
        bot=Bot(name=twitch.bot),
        twitch=Twitch(
            client_id=login.client_id,
            client_secret=login.client_secret,
            token=login.token,
            refresh_token=login.refresh_token,
            channels=list(twitch.channels),
            limits="usual" if twitch.enforce_limits else "none",
            urls=msgspec.convert(twitch.urls, Urls, from_attributes=True),
        ),
        storage=Storage(backups=""),
    )


def _subscriptions(twitch: Sandbox) -> int:
    return len(twitch.state()["subscriptions"].get("channel.chat.message", ()))
