"""A sandbox with two channels and a client that acts as its bot."""

from collections.abc import AsyncIterator

import pytest

from kissbot.sandbox.twitch import Sandbox

from .client import Client, Watch, open_client
from .hub import Hub


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
async def twitch(watch: Watch) -> AsyncIterator[Sandbox]:
    async with Sandbox(("ada", "bob"), clock=watch) as sandbox:
        yield sandbox


@pytest.fixture
async def client(twitch: Sandbox) -> AsyncIterator[Client]:
    async with open_client(twitch) as one:
        yield one


@pytest.fixture
async def hub(client: Client) -> Hub:
    """With two shards."""
    return await Hub.of(client)
