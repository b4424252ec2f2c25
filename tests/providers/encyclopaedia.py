"""Wikipedia on a loopback server: a few pages in two languages, as its API documents them, and faults."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from aiohttp import web

from kissbot.chat.ports import Clock
from kissbot.chat.tasks import Tasks
from kissbot.providers.remembering import Pages
from kissbot.providers.wikipedia import Wikipedia

CONTACT = "me@example.org"

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


def page(title: str, extract: str = "", number: int = 1, **more: Any) -> dict[str, Any]:
    """A page as a query tells it."""
    return {"pageid": number, "ns": 0, "title": title, "extract": extract} | more


def hits(*pages: dict[str, Any]) -> dict[str, Any]:
    """A search as it is answered: pages by number, their order in `index`."""
    told = {str(each["pageid"]): each | {"index": index} for index, each in enumerate(pages, 1)}
    return {"batchcomplete": "", "continue": {"gsroffset": 5}, "query": {"pages": told}}


NOTHING: dict[str, Any] = {"batchcomplete": ""}
HADES = page("Hades", "Hades (; Greek: ᾍδης) is the god of\nthe dead ( ). He is king.", 13)
ZEUS = page("Zeus", "Zeus is the sky god.", 14, langlinks=[{"lang": "fr", "*": "Zeus (dieu)"}])
MERCURY = page("Mercury", "Mercury most commonly refers to:", 15, pageprops={"disambiguation": ""})
PLANET = page("Mercury (planet)", "Mercury is the first planet from the Sun.", 16)


class Library:
    """Answers searches by their words, and titles by name; `fault` answers instead, when there is one."""

    def __init__(self) -> None:
        self.searches: dict[tuple[str, str], dict[str, Any]] = {
            ("en", "hades"): hits(HADES, PLANET),
            ("fr", "hades"): hits(page("Hadès", "Hadès est le dieu des morts.", 21)),
            ("en", "zeus"): hits(ZEUS),
            ("en", "mercury"): hits(MERCURY, PLANET),
            ("en", "only mercury"): hits(MERCURY),
            ("en", "planet"): hits(PLANET),
        }
        self.titles = {("fr", "Zeus (dieu)"): hits(page("Zeus", "Zeus est le dieu du ciel.", 22))}
        self.fault: Answer | None = None
        self.url = ""
        self.asked: list[web.Request] = []
        self.open = self.most_open = 0

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """One request."""
        self.asked.append(request)
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        try:
            return await (self.fault or self._told)(request)
        finally:
            self.open -= 1

    async def _told(self, request: web.Request) -> web.StreamResponse:
        language, query = request.match_info["language"], request.query
        assert (query["action"], query["format"]) == ("query", "json")
        if "titles" in query:
            missing = {"query": {"pages": {"-1": {"ns": 0, "title": query["titles"], "missing": ""}}}}
            return web.json_response(self.titles.get((language, query["titles"]), missing))
        return web.json_response(self.searches.get((language, query["gsrsearch"].lower()), NOTHING))


def says(content: bytes = b"", status: int = 200, **headers: str) -> Answer:
    """The same to whatever is asked."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}

    async def answer(request: web.Request) -> web.StreamResponse:
        return web.Response(status=status, body=content, headers=named)

    return answer


async def hangs(request: web.Request) -> web.StreamResponse:
    """Never answers."""
    await asyncio.sleep(60)
    return web.Response()


@asynccontextmanager
async def opened(
    pages: Pages, clock: Clock, contact: str = CONTACT
) -> AsyncIterator[tuple[Wikipedia, Library]]:
    """A library, and what asks it."""
    library, app = Library(), web.Application()
    app.router.add_get("/{language}/w/api.php", library.answer)
    runner = web.AppRunner(app, shutdown_timeout=0)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    library.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        async with aiohttp.ClientSession() as http, Tasks() as tasks:
            url = f"{library.url}/{{language}}"
            yield Wikipedia(http, pages, clock, tasks, url=url, contact=contact), library
    finally:
        await runner.cleanup()
