"""IGDB, RAWG and Steam on one loopback server: they know a few games, and fail as the test says."""

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import aiohttp
from aiohttp import web
from msgspec.structs import replace

from kissbot.chat.logins import APP, Login
from kissbot.chat.tasks import Tasks
from kissbot.providers.games.cache import Cache
from kissbot.providers.games.igdb import Igdb
from kissbot.providers.games.library import Confirmed, Library
from kissbot.providers.games.rawg import Rawg
from kissbot.providers.games.source import Local, Source
from kissbot.providers.games.steam import Steam
from kissbot.providers.remembering import Pages
from kissbot.storage.pages import MemoryPages
from kissbot.testing.clock import ManualClock

KEY = "the-secret-key"
TOKEN = "the-app-token"

HADES_AT_IGDB = {
    "id": 113112,
    "name": "Hades",
    "first_release_date": 1600300800,
    "summary": "Defy the god of the dead as you hack and slash out of the Underworld. It is hard.",
    "rating": 92.0,
    "total_rating_count": 1500,
    "genres": [{"id": 12, "name": "Role-playing (RPG)"}, {"id": 25, "name": "Hack and slash/Beat 'em up"}],
    "platforms": [{"id": 130, "name": "Nintendo Switch"}, {"id": 6, "name": "PC (Microsoft Windows)"}],
    "alternative_names": [{"id": 1, "name": "ハデス", "comment": "Japanese title"}],
    "external_games": [
        {"id": 9, "uid": "B08", "external_game_source": 20},
        {"id": 8, "uid": "1145360", "external_game_source": 1},
    ],
    "game_type": 0,
}
HADES_AT_RAWG = {
    "id": 274755,
    "name": "Hades",
    "released": "2020-09-17",
    "metacritic": 93,
    "rating": 4.42,
    "ratings_count": 2000,
    "added": 9000,
    "platforms": [{"platform": {"id": 4, "name": "PC"}}, {"platform": {"id": 18, "name": "PlayStation 4"}}],
    "genres": [{"id": 4, "name": "Action"}],
}
HADES_AT_STEAM = {
    "type": "app",
    "name": "Hades",
    "id": 1145360,
    "metascore": "93",
    "platforms": {"windows": True, "mac": True, "linux": False},
}
WORDS = {
    "english": "Battle out of hell in this rogue-like dungeon crawler, again and again.",
    "french": "Échappez aux enfers dans ce rogue-like, encore et encore et encore.",
}


async def says_500(request: web.Request) -> web.StreamResponse:
    return web.Response(status=500, text="<h1>oops</h1>")


async def hangs(request: web.Request) -> web.StreamResponse:
    await asyncio.sleep(60)
    return web.Response()


async def babbles(request: web.Request) -> web.StreamResponse:
    return web.Response(text='{"count": 1, "results": [{"id"', content_type="application/json")


async def says_html(request: web.Request) -> web.StreamResponse:
    return web.Response(text="<html>Please wait</html>", content_type="text/html")


async def breaks(request: web.Request) -> web.StreamResponse:
    assert request.transport
    request.transport.abort()
    return web.Response()


async def floods(request: web.Request) -> web.StreamResponse:
    return web.Response(body=b"[" + b"1," * 1_500_000)


def limits(seconds: str) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def limited(request: web.Request) -> web.StreamResponse:
        return web.Response(status=429, headers={"Retry-After": seconds})

    return limited


Fault = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Stores:
    """What the server knows, was asked, and how it fails: `faults` by `igdb`, `rawg`, `steam`."""

    def __init__(self) -> None:
        self.igdb: list[dict[str, Any]] = [HADES_AT_IGDB]
        self.rawg: list[dict[str, Any]] = [HADES_AT_RAWG]
        self.steam: list[dict[str, Any]] = [HADES_AT_STEAM]
        self.faults: dict[str, Fault] = {}
        self.asked: Counter[str] = Counter()
        """Requests by path."""
        self.queries: list[str] = []
        """What IGDB was asked."""
        self.terms: list[str] = []
        """What RAWG and Steam were asked."""
        self.good_token = TOKEN
        self.url = ""

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_post("/v4/multiquery", self._as("igdb", self._multiquery))
        app.router.add_get("/api/games", self._as("rawg", self._games))
        app.router.add_get("/api/games/{id}", self._as("rawg", self._game))
        app.router.add_get("/api/storesearch/", self._as("steam", self._storesearch))
        app.router.add_get("/api/appdetails", self._as("steam", self._appdetails))
        app.router.add_get("/appreviews/{id}", self._as("steam", self._appreviews))
        players = "/ISteamUserStats/GetNumberOfCurrentPlayers/v1/"
        app.router.add_get(players, self._as("steam", self._players))
        return app

    def _as(self, source: str, answer: Fault) -> Fault:
        async def answered(request: web.Request) -> web.StreamResponse:
            self.asked[request.path] += 1
            if source == "igdb":
                self.queries.append(await request.text())
            elif term := request.query.get("search", request.query.get("term", "")):
                self.terms.append(term)
            return await self.faults.get(source, answer)(request)

        return answered

    async def _multiquery(self, request: web.Request) -> web.StreamResponse:
        if not request.headers.get("Authorization", "").startswith(f"Bearer {self.good_token}"):
            return web.json_response({"message": "Authorization Failure. Have you tried:"}, status=401)
        parts = []
        for label, query in re.findall(r'query games "(\w+)" \{(.*?)\};(?=\n|$)', await request.text()):
            parts.append({"name": label, "result": [row for row in self.igdb if _matches(row, query)]})
        return web.json_response(parts)

    async def _games(self, request: web.Request) -> web.StreamResponse:
        if request.query.get("key") != KEY:
            return web.json_response({"error": "The API key is not found"}, status=401)
        found = [row for row in self.rawg if request.query["search"].lower() in row["name"].lower()]
        return web.json_response({"count": len(found), "next": None, "previous": None, "results": found})

    async def _game(self, request: web.Request) -> web.StreamResponse:
        for row in self.rawg:
            if str(row["id"]) == request.match_info["id"]:
                return web.json_response(row | {"description_raw": "A god of the dead is defied by his son."})
        return web.json_response({"detail": "Not found."}, status=404)

    async def _storesearch(self, request: web.Request) -> web.StreamResponse:
        found = [row for row in self.steam if request.query["term"].lower() in row["name"].lower()]
        return web.json_response({"total": len(found), "items": found})

    async def _appdetails(self, request: web.Request) -> web.StreamResponse:
        number = request.query["appids"]
        for row in self.steam:
            if str(row["id"]) == number:
                return web.json_response({number: {"success": True, "data": _details(row, request)}})
        return web.json_response({number: {"success": False}})

    async def _appreviews(self, request: web.Request) -> web.StreamResponse:
        summary = {"num_reviews": 0, "total_positive": 98, "total_negative": 2, "total_reviews": 100}
        return web.json_response({"success": 1, "query_summary": summary, "reviews": [], "cursor": "*"})

    async def _players(self, request: web.Request) -> web.StreamResponse:
        return web.json_response({"response": {"player_count": 4321, "result": 1}})


class Application:
    """The application's login, renewed when it was refused."""

    def __init__(self, token: str = TOKEN) -> None:
        self._login = Login(slot=APP, client_id="the-client-id", token=token)
        self.renewals = 0

    async def login(self) -> Login:
        return self._login

    async def renewed(self, refused: Login) -> Login:
        self.renewals += 1
        self._login = replace(self._login, token=TOKEN)
        return self._login


@asynccontextmanager
async def opened() -> AsyncIterator[tuple[Stores, aiohttp.ClientSession]]:
    """The server, and a client for it."""
    stores = Stores()
    runner = web.AppRunner(stores.app(), shutdown_timeout=0.05)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        stores.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        async with aiohttp.ClientSession() as http:
            yield stores, http
    finally:
        await runner.cleanup()


def all_of(stores: Stores, http: aiohttp.ClientSession) -> tuple[Source, ...]:
    """Every source there is."""
    return (
        Igdb(http, Application(), f"{stores.url}/v4"),
        Rawg(http, KEY, f"{stores.url}/api"),
        Steam(http, stores.url, stores.url),
    )


@asynccontextmanager
async def library(
    local: tuple[Local, ...] = (),
    *,
    pages: Pages | None = None,
    clock: ManualClock | None = None,
    deadline: float = 2.0,
    confirmed: Confirmed | None = None,
) -> AsyncIterator[tuple[Library, Stores]]:
    """A library with every source, and the server that they ask."""
    async with AsyncExitStack() as stack:
        stores, http = await stack.enter_async_context(opened())
        tasks = await stack.enter_async_context(Tasks())
        cache = Cache(pages or MemoryPages(), clock or ManualClock())
        sources = all_of(stores, http)
        yield Library(sources, local, cache, tasks, deadline=deadline, confirmed=confirmed), stores


def _matches(row: dict[str, Any], query: str) -> bool:
    if known := re.search(r"where id = (\d+);", query):
        return known[1] == str(row["id"])
    words = re.search(r'"([^"]*)"', query)
    assert words, query
    names = [row["name"], *(each["name"] for each in row.get("alternative_names", ()))]
    if "search " in query:
        return any(words[1].lower() in name.lower() for name in names)
    return any(words[1].lower() == name.lower() for name in names)


def _details(row: dict[str, Any], request: web.Request) -> dict[str, Any]:
    language = request.query["l"]
    date = "17 sept. 2020" if language == "french" else "Sep 17, 2020"
    return {
        "type": "game",
        "name": row["name"],
        "steam_appid": row["id"],
        "short_description": WORDS.get(language, WORDS["english"]),
        "platforms": row["platforms"],
        "genres": [{"id": "1", "description": "Action"}],
        "metacritic": {"score": 93, "url": "https://example.org"},
        "release_date": {"coming_soon": False, "date": date},
    }
