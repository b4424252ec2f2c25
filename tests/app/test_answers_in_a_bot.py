"""The whole bot, in a process of its own, with an encyclopaedia and a translator that speak as they do."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from kissbot.app.child import bot_in
from kissbot.sandbox.twitch import Sandbox

CHANNELS = [{"name": "ada", "language": "fr", "translated": ["vera"]}]


async def article(request: web.Request) -> web.Response:
    """Of whatever is searched for."""
    page = {"pageid": 1, "title": request.query["gsrsearch"].title(), "index": 1, "extract": "Un dieu. " * 90}
    return web.json_response({"query": {"pages": {"1": page}}})


async def translated(request: web.Request) -> web.Response:
    """Into capitals."""
    told = {"translatedText": f"Il dit : {(await request.json())['q']}"}
    return web.json_response(told | {"detectedLanguage": {"language": "en", "confidence": 95}})


@asynccontextmanager
async def outside() -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_get("/{language}/w/api.php", article)
    app.router.add_post("/translate", translated)
    runner = web.AppRunner(app, shutdown_timeout=0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def answer(twitch: Sandbox, text: str) -> str:
    said = twitch.say("ada", user="vera", text=text)
    async with asyncio.timeout(20):
        while True:
            for sent in twitch.sent:
                if sent.reply_to == said:
                    return sent.text
            await asyncio.sleep(0.01)


async def test_a_bot_looks_up_and_translates() -> None:
    async with Sandbox(("ada",)) as twitch, outside() as url:
        more = {"wikipedia": {"url": f"{url}/{{language}}"}, "translate": {"url": url}}
        async with bot_in(twitch, CHANNELS, more) as bot:
            told = await answer(twitch, "!wiki hades")
            assert told.startswith("📚 Hades: Un dieu. ")
            assert told.endswith(f" … {url}/fr/wiki/Hades")
            assert await answer(twitch, "!trad good day") == "🌍 [EN→FR] Il dit : good day"
            assert await answer(twitch, "!listdevs") == "🌍 Traduits : vera"
            assert "Traceback" not in bot.log
