"""LibreTranslate: asked as it documents, and whatever it answers."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from structlog.testing import capture_logs

from kissbot.chat.errors import Unavailable
from kissbot.knowledge.answers.translation import NOBODY, Translation
from kissbot.providers.http import LARGEST
from kissbot.providers.libretranslate import LibreTranslate

from .encyclopaedia import Answer, hangs, says

KEY = "the-secret-key"
SECRET = "what a viewer wrote"


class Server:
    """Translates into capitals, as LibreTranslate documents; `fault` answers instead, when there is one."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.confidence = 90.0
        self.fault: Answer | None = None

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """`POST /translate`."""
        assert request.content_type == "application/json"
        asked = await request.json()
        self.asked.append(asked)
        if self.fault:
            return await self.fault(request)
        if asked.get("api_key") != KEY:
            return web.json_response({"error": "Invalid API key"}, status=403)
        told: dict[str, Any] = {"translatedText": asked["q"].upper()}
        if asked["source"] == "auto":
            told["detectedLanguage"] = {"confidence": self.confidence, "language": "en"}
        return web.json_response(told)


@asynccontextmanager
async def opened(key: str = KEY) -> AsyncIterator[tuple[LibreTranslate, Server]]:
    server, app = Server(), web.Application()
    app.router.add_post("/translate", server.answer)
    runner = web.AppRunner(app, shutdown_timeout=0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        async with aiohttp.ClientSession() as http:
            yield LibreTranslate(http, f"http://127.0.0.1:{runner.addresses[0][1]}/", key), server
    finally:
        await runner.cleanup()


async def test_a_text_is_sent_as_it_is_and_its_language_if_that_is_known() -> None:
    async with opened() as (libre, server):
        words = 'a "quote" \\ <b> 🎮 é'
        assert await libre.translate(words, None, "fr", 5) == Translation(words.upper(), "en", "fr")
        assert await libre.translate("hallo", "de", "fr", 5) == Translation("HALLO", "de", "fr")
        assert server.asked[0] == {
            "q": words,
            "source": "auto",
            "target": "fr",
            "format": "text",
            "api_key": KEY,
        }
        assert server.asked[1]["source"] == "de"


async def test_what_the_server_is_not_sure_of_is_not_known() -> None:
    async with opened() as (libre, server):
        server.confidence = 40
        assert (await libre.translate("hm", None, "fr", 5)).source == ""


async def test_without_a_key_none_is_sent() -> None:
    async with opened(key="") as (libre, server):
        with pytest.raises(Unavailable):
            await libre.translate("hello", None, "fr", 5)
        assert "api_key" not in server.asked[0]


FAULTS = {
    "500": says(status=500),
    "429": says(b'{"error": "Too many request limits violations"}', status=429),
    "400": says(b'{"error": "xx is not supported"}', status=400),
    "no json": says(b"<html>"),
    "another shape": says(b'{"translatedText": ["a"]}'),
    "an error": says(b'{"error": "no"}'),
    "endless": says(b" " * (LARGEST + 1)),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
async def test_a_fault_is_told_without_what_was_asked(fault: Answer) -> None:
    with capture_logs() as logs:
        async with opened() as (libre, server):
            server.fault = fault
            with pytest.raises(Unavailable) as told:
                await libre.translate(SECRET, None, "fr", 5)
    assert told.value.text == NOBODY
    assert SECRET not in str(logs)
    assert KEY not in str(logs)


async def test_what_hangs_is_not_waited_for(jump: Callable[[float], None]) -> None:
    async with opened() as (libre, server):
        server.fault = hangs
        asking = asyncio.ensure_future(libre.translate("hello", None, "fr", 2))
        while not server.asked:
            await asyncio.sleep(0)
        jump(2.1)
        with pytest.raises(Unavailable):
            await asking
