"""Which sources of games are asked, and the library that is made of them."""

import time
from collections.abc import Iterator

import aiohttp

from kissbot.app.settings import Asking, Settings, Urls
from kissbot.app.store import Store
from kissbot.chat.tasks import Tasks
from kissbot.chat.timings import Timings
from kissbot.features.games import Insight
from kissbot.knowledge.games.domain import Confirmed
from kissbot.knowledge.games.library import GameLibrary
from kissbot.providers.games.cache import Cache
from kissbot.providers.games.igdb import Application, Igdb
from kissbot.providers.games.imported import Imported
from kissbot.providers.games.library import Library
from kissbot.providers.games.offline import Offline
from kissbot.providers.games.rawg import Rawg
from kissbot.providers.games.source import Source
from kissbot.providers.games.steam import Steam
from kissbot.storage.pages import MemoryPages


def library_on_the_web(
    settings: Settings,
    http: aiohttp.ClientSession,
    application: Application,
    store: Store,
    tasks: Tasks,
    timings: Timings,
    confirmed: Confirmed | None = None,
) -> dict[type, object]:
    """What features ask of games, with every source that the settings allow; and the cache, to be watched."""
    cache = Cache(store.pages, time)
    library = Library(
        tuple(_sources(settings, http, application)),
        (Offline(), Imported(store.catalogue)),
        cache,
        tasks,
        deadline=settings.games.deadline,
        timings=timings,
        confirmed=confirmed,
    )
    return {GameLibrary: library, Insight: library, Cache: cache}


def library_at_hand(tasks: Tasks, timings: Timings, confirmed: Confirmed | None = None) -> dict[type, object]:
    """The same without any network: from the shipped catalogue alone."""
    library = Library(
        (), (Offline(at_once=True),), Cache(MemoryPages(), time), tasks, timings=timings, confirmed=confirmed
    )
    return {GameLibrary: library, Insight: library}


def unasked(settings: Settings) -> dict[str, str]:
    """Why a source is not asked, by its name; empty for one that is."""
    games, twitch = settings.games, settings.twitch
    at_twitch = twitch.urls.oauth == Urls().oauth
    has_login = bool(twitch.client_id and twitch.client_secret)
    return {
        "IGDB": _why_not(games.igdb.ask, at_twitch or _is_moved(games.igdb), _LOGIN if not has_login else ""),
        "RAWG": _why_not(games.rawg.ask, True, "" if games.rawg.key else _KEY),
        "Steam": _why_not(games.steam.ask, at_twitch or _is_moved(games.steam), ""),
    }


_LOGIN = "wants twitch.client_id and twitch.client_secret"
_KEY = "wants games.rawg.key"


def _is_moved(source: object) -> bool:
    """Whether it has an address of its own, so that it is meant even where Twitch is not the real one."""
    return getattr(source, "url", "") != getattr(type(source)(), "url", "")


def _why_not(ask: Asking, is_outside: bool, lacks: str) -> str:
    if ask == "off":
        return "off"
    if lacks:
        return lacks
    return "" if ask == "on" or is_outside else "not asked from a sandbox"


def _sources(settings: Settings, http: aiohttp.ClientSession, application: Application) -> Iterator[Source]:
    games, why_not = settings.games, unasked(settings)
    if not why_not["IGDB"]:
        yield Igdb(http, application, games.igdb.url)
    if not why_not["RAWG"]:
        yield Rawg(http, games.rawg.key, games.rawg.url)
    if not why_not["Steam"]:
        yield Steam(http, games.steam.url, games.steam.api_url)
