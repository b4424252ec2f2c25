"""RAWG: a database of games with ratings of its users and of Metacritic; wants a key.

Source: RAWG API documentation. Its terms ask that RAWG is named wherever its data are shown.
"""

import re
from collections.abc import Sequence
from math import log
from typing import Final

from aiohttp import ClientSession
from msgspec import Struct

from kissbot.knowledge.games.game import Game, Ids
from kissbot.knowledge.games.platforms import short
from kissbot.knowledge.games.summary import sentence
from kissbot.providers.http import Asker, Question
from kissbot.providers.pace import Pace

NAME: Final = "RAWG"
HITS: Final = 15
LONGEST_QUERY: Final = 100
_MOST_ADDED: Final = 25_000
_YEAR: Final = re.compile(r"\s*\((?:19|20)\d\d\)$")


class _Named(Struct):
    name: str


class _Platform(Struct):
    platform: _Named


class _Row(Struct):
    id: int
    name: str
    released: str | None = None
    """`2016-05-12`."""
    metacritic: int | None = None
    rating: float = 0
    ratings_count: int = 0
    added: int = 0
    platforms: list[_Platform] | None = None
    genres: list[_Named] | None = None
    alternative_names: list[str] = []
    description_raw: str = ""
    """In details only, as is `description`, the same in HTML."""
    description: str = ""


class _Page(Struct):
    results: list[_Row]


class Rawg:
    """Asks RAWG."""

    name: Final = NAME

    def __init__(self, http: ClientSession, key: str, url: str) -> None:
        self._key, self._url = key, f"{url.rstrip('/')}/games"
        self._asker = Asker(http, Pace(5, 1), at_once=4)

    async def search(self, query: str, language: str) -> Sequence[Game]:
        """Games by their names."""
        params = {"search": query[:LONGEST_QUERY], "page_size": str(HITS), "key": self._key}
        page = await self._asker.ask(Question(self._url, params), _Page)
        return [_game(row) for row in page.results]

    async def complete(self, game: Game, language: str) -> Game | None:
        """A summary, where no other source has one: a month has few questions."""
        if game.ids.rawg is None or game.summary:
            return None
        question = Question(f"{self._url}/{game.ids.rawg}", {"key": self._key})
        return _game(await self._asker.ask(question, _Row))


def _game(row: _Row) -> Game:
    told = sentence(row.description_raw or row.description)
    return Game(
        name=_YEAR.sub("", row.name),
        year=int(row.released[:4]) if row.released and row.released[:4].isdigit() else None,
        genres=tuple(genre.name for genre in row.genres or ()),
        platforms=short(each.platform.name for each in row.platforms or ()),
        aliases=tuple(row.alternative_names),
        popularity=min(100, round(100 * log(1 + row.added) / log(1 + _MOST_ADDED))),
        summary={"en": told} if told else {},
        critics=row.metacritic,
        users=row.rating if row.ratings_count else None,
        ids=Ids(rawg=row.id),
        sources=(NAME,),
    )
