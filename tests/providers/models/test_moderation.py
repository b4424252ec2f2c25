"""A moderation endpoint is believed, and its silence is no yes."""

from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web

from kissbot.providers.models.moderation import Moderation

BAD = "bad words"


@pytest.fixture
async def endpoint() -> AsyncIterator[str]:
    """Finds one text harmful, wants a key, and has none of that at another path."""

    async def moderations(request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != "Bearer the-key":
            return web.json_response({"error": {"message": "no key"}}, status=401)
        asked = (await request.json())["input"]
        return web.json_response({"id": "modr-1", "results": [{"flagged": asked == BAD, "categories": {}}]})

    app = web.Application()
    app.router.add_post("/v1/moderations", moderations)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
    await runner.cleanup()


@pytest.mark.parametrize(
    ("words", "key", "expected"), [("hello", "the-key", True), (BAD, "the-key", False), (BAD, "", None)]
)
async def test_it_says_what_it_says(endpoint: str, words: str, key: str, expected: bool | None) -> None:
    async with aiohttp.ClientSession() as http:
        assert await Moderation(http, endpoint, key).is_harmless(words) is expected


async def test_a_dead_one_says_nothing() -> None:
    async with aiohttp.ClientSession() as http:
        assert await Moderation(http, "http://127.0.0.1:9/v1").is_harmless("hello") is None
