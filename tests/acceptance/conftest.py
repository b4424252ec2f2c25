"""The real bot in a process of its own, against the real sandbox, driven as a person would."""

import asyncio
import re
import sys
from collections.abc import AsyncIterator

import aiohttp
import pytest

from kissbot.app.child import BotProcess, bot_in
from kissbot.sandbox.twitch import Sandbox

from .driver import Demo

CHANNELS = [{"name": "ada", "language": "en"}, {"name": "chloe", "language": "fr"}]


@pytest.fixture
async def demo() -> AsyncIterator[Demo]:
    """`kissbot demo` as a person starts it."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "kissbot", "demo", "--port", "0", "--no-browser"),
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stdout
    line = (await process.stdout.readline()).decode()
    found = re.search(r"http://\S+", line)
    assert found, line
    async with aiohttp.ClientSession() as http:
        running = Demo(found[0], http, process)
        yield running
        if process.returncode is None:
            await running.stop()


@pytest.fixture
async def twitch() -> AsyncIterator[Sandbox]:
    """A sandbox that drops nothing for being too fast."""
    async with Sandbox(("ada", "chloe"), enforce_limits=False) as sandbox:
        yield sandbox


@pytest.fixture
async def bot(twitch: Sandbox) -> AsyncIterator[BotProcess]:
    """The bot, hearing both channels."""
    async with bot_in(twitch, CHANNELS) as process:
        yield process
