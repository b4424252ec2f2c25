"""Models to ask: scripted ones, and a real one."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from kissbot.testing.models import ModelServer


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
async def server() -> AsyncIterator[ModelServer]:
    async with ModelServer() as running:
        yield running
