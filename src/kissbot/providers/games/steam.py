"""Steam: what its store says of a game, in the channel's language, and how many play it now; wants no key.

Sources: Steamworks documentation (reviews, players); the store's own pages (search, details), which are not
documented and therefore read leniently.
"""

import asyncio
import re
from collections.abc import Awaitable, Sequence
from math import log
from typing import Final, TypeVar

from aiohttp import ClientSession
from msgspec import Struct

from kissbot.knowledge.games.game import Game, Ids, Kind
from kissbot.knowledge.games.platforms import ordered
from kissbot.knowledge.games.summary import sentence
from kissbot.providers.http import Asker, Question, SourceTrouble
from kissbot.providers.pace import Pace

NAME: Final = "Steam"
LONGEST_QUERY: Final = 100
COUNTRY: Final = "US"
"""The store shows the most games there; prices are of no interest."""

FEWEST_REVIEWS: Final = 10
"""Of fewer no rating is made."""

_LANGUAGES: Final = {"en": "english", "fr": "french", "es": "spanish", "de": "german"}
_MOST_REVIEWS: Final = 9_000_000
_YEAR: Final = re.compile(r"(?:19|20)\d\d")
_MARKS: Final = re.compile(r"[®©™]")
_SYSTEMS: Final = {"windows": "PC", "mac": "Mac", "linux": "Linux"}

T = TypeVar("T")


class _Item(Struct):
    id: int
    name: str
    type: str = "app"
    metascore: str = ""
    """A number, or empty."""
    platforms: dict[str, bool] = {}


class _Search(Struct):
    items: list[_Item] = []


class _Genre(Struct):
    description: str


class _Score(Struct):
    score: int


class _Release(Struct, frozen=True):
    date: str = ""
    """As the language writes it: `12 May, 2016`."""


class _Data(Struct):
    name: str
    type: str = "game"
    short_description: str = ""
    platforms: dict[str, bool] = {}
    genres: list[_Genre] = []
    metacritic: _Score | None = None
    release_date: _Release = _Release()


class _Details(Struct):
    success: bool = False
    data: _Data | None = None


class _Reviews(Struct, frozen=True):
    total_positive: int = 0
    total_reviews: int = 0


class _ReviewPage(Struct):
    query_summary: _Reviews = _Reviews()


class _Count(Struct, frozen=True):
    player_count: int | None = None


class _Players(Struct):
    response: _Count = _Count()


class Steam:
    """Asks the store, and the API for who plays."""

    name: Final = NAME

    def __init__(self, http: ClientSession, url: str, api_url: str) -> None:
        self._url, self._api_url = url.rstrip("/"), api_url.rstrip("/")
        self._store = Asker(http, Pace(180, 300), at_once=4)
        self._api = Asker(http, Pace(10, 1))

    async def search(self, query: str, language: str) -> Sequence[Game]:
        """Games by their names; the store tells little of each, not even the year."""
        params = {"term": query[:LONGEST_QUERY], "cc": COUNTRY, "l": _LANGUAGES.get(language, "english")}
        found = await self._store.ask(Question(f"{self._url}/api/storesearch/", params), _Search)
        return [_hit(item) for item in found.items if item.type == "app"]

    async def complete(self, game: Game, language: str) -> Game | None:
        """Details, reviews and players of a game; what does not come is left out, unless nothing comes."""
        if (number := game.ids.steam) is None:
            return None
        details, reviews, players = await asyncio.gather(
            _attempted(self._details(number, language)),
            _attempted(self._reviews(number)),
            _attempted(self._players(number)),
        )
        if isinstance(details, SourceTrouble):
            raise details
        if details is None:
            return None
        return _game(
            number,
            details,
            language,
            reviews if isinstance(reviews, _Reviews) else _Reviews(),
            players if isinstance(players, int) else None,
        )

    async def _details(self, number: int, language: str) -> _Data | None:
        """None for what the store does not sell (any more)."""
        params = {"appids": str(number), "cc": COUNTRY, "l": _LANGUAGES.get(language, "english")}
        found = await self._store.ask(Question(f"{self._url}/api/appdetails", params), dict[str, _Details])
        details = found.get(str(number))
        return details.data if details and details.success else None

    async def _reviews(self, number: int) -> _Reviews:
        params = {"json": "1", "language": "all", "purchase_type": "all", "num_per_page": "0"}
        page = await self._store.ask(Question(f"{self._url}/appreviews/{number}", params), _ReviewPage)
        return page.query_summary

    async def _players(self, number: int) -> int | None:
        url = f"{self._api_url}/ISteamUserStats/GetNumberOfCurrentPlayers/v1/"
        return (await self._api.ask(Question(url, {"appid": str(number)}), _Players)).response.player_count


async def _attempted(work: Awaitable[T]) -> T | SourceTrouble:
    try:
        return await work
    except SourceTrouble as trouble:
        return trouble


def _hit(item: _Item) -> Game:
    return Game(
        name=_plain(item.name),
        platforms=_systems(item.platforms),
        critics=int(item.metascore) if item.metascore.isascii() and item.metascore.isdigit() else None,
        ids=Ids(steam=item.id),
        sources=(NAME,),
    )


def _game(number: int, data: _Data, language: str, reviews: _Reviews, players: int | None) -> Game:
    told, year = sentence(data.short_description), _YEAR.search(data.release_date.date)
    return Game(
        name=_plain(data.name),
        year=int(year[0]) if year else None,
        genres=tuple(genre.description for genre in data.genres),
        platforms=_systems(data.platforms),
        popularity=min(100, round(100 * log(1 + reviews.total_reviews) / log(1 + _MOST_REVIEWS))),
        summary={language: told} if told else {},
        critics=data.metacritic.score if data.metacritic else None,
        users=_rating(reviews),
        players=players,
        ids=Ids(steam=number),
        kind=_kind(data.type),
        sources=(NAME,),
    )


def _plain(name: str) -> str:
    return " ".join(_MARKS.sub("", name).split())


def _systems(platforms: dict[str, bool]) -> tuple[str, ...]:
    return ordered(_SYSTEMS[system] for system, runs in platforms.items() if runs and system in _SYSTEMS)


def _rating(reviews: _Reviews) -> float | None:
    if reviews.total_reviews < FEWEST_REVIEWS:
        return None
    return 5 * reviews.total_positive / reviews.total_reviews


def _kind(kind: str) -> Kind:
    return "dlc" if kind in ("dlc", "music") else "game"
