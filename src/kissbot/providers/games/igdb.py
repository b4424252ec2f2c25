"""IGDB: Twitch's own database of games, asked with the login of the bot's application.

Source: IGDB API documentation, v4.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from math import log
from typing import Final, Protocol

from aiohttp import ClientSession
from msgspec import Struct

from kissbot.chat.logins import Login
from kissbot.knowledge.games.game import Game, Ids, Kind
from kissbot.knowledge.games.platforms import short
from kissbot.knowledge.games.summary import sentence
from kissbot.providers.http import Asker, Question, SourceTrouble
from kissbot.providers.pace import Pace

NAME: Final = "IGDB"
HITS: Final = 20
LONGEST_QUERY: Final = 100
"""Characters."""

_FIELDS: Final = (
    "name,first_release_date,summary,rating,total_rating_count,game_type,version_parent,"
    "genres.name,platforms.name,alternative_names.name,alternative_names.comment,"
    "external_games.uid,external_games.external_game_source"
)
_STEAM: Final = 1
_ADDED, _ANEW = (1, 2, 5, 6, 7, 13, 14), (3, 10)
"""Values of `game_type`: what is added to a game (expansions, seasons …), and what is one sold anew."""

_MOST_RATINGS: Final = 6000
_NO_TEXT: Final = re.compile(r"[^\w '.,:!?&+\-]+|_")
_SHORTER: Final = {
    "Role-playing (RPG)": "RPG",
    "Real Time Strategy (RTS)": "RTS",
    "Turn-based strategy (TBS)": "Turn-based strategy",
    "Hack and slash/Beat 'em up": "Hack and slash",
    "Card & Board Game": "Cards",
    "Quiz/Trivia": "Quiz",
}


class Application(Protocol):
    """The application's login, always fresh enough to be used."""

    async def login(self) -> Login:
        """A login to ask with."""
        ...

    async def renewed(self, refused: Login) -> Login:
        """A login instead of one that was refused."""
        ...


class _Named(Struct):
    name: str = ""
    comment: str = ""


class _Elsewhere(Struct):
    """The same game in a store."""

    uid: str = ""
    external_game_source: int | None = None


class _Row(Struct):
    id: int
    name: str
    first_release_date: int | None = None
    """Seconds since the epoch."""
    summary: str = ""
    rating: float | None = None
    """Of users, 0-100."""
    total_rating_count: int = 0
    game_type: int | None = None
    version_parent: int | None = None
    genres: list[_Named | int] = []
    platforms: list[_Named | int] = []
    alternative_names: list[_Named | int] = []
    external_games: list[_Elsewhere | int] = []


class _Part(Struct):
    """What one of the queries of a multiquery found."""

    result: list[_Row] = []


class Igdb:
    """Asks IGDB; everything about a question goes into one request."""

    name: Final = NAME

    def __init__(self, http: ClientSession, application: Application, url: str) -> None:
        self._application, self._url = application, f"{url.rstrip('/')}/multiquery"
        self._asker = Asker(http, Pace(4, 1.05), at_once=8)

    async def search(self, query: str, language: str) -> Sequence[Game]:
        """Games by their names, also in other languages, and by their acronyms."""
        words = quoted(query)
        if words == '""':
            return ()
        named = f"where alternative_names.name ~ {words} | name ~ {words}; sort total_rating_count desc;"
        return await self._games(
            f'query games "found" {{ search {words}; fields {_FIELDS}; limit {HITS}; }};\n'
            f'query games "named" {{ fields {_FIELDS}; {named} limit {HITS}; }};'
        )

    async def complete(self, game: Game, language: str) -> Game | None:
        """A game by its id, when it was not IGDB that told of it."""
        if game.ids.igdb is None or NAME in game.sources:
            return None
        known = f"where id = {game.ids.igdb}; limit 1;"
        found = await self._games(f'query games "known" {{ fields {_FIELDS}; {known} }};')
        return found[0] if found else None

    async def _games(self, queries: str) -> Sequence[Game]:
        login = await self._application.login()
        try:
            parts = await self._asker.ask(self._question(login, queries), list[_Part])
        except SourceTrouble as trouble:
            if trouble.status != 401:
                raise
            newer = await self._application.renewed(login)
            parts = await self._asker.ask(self._question(newer, queries), list[_Part])
        return [_game(row) for row in {row.id: row for part in parts for row in part.result}.values()]

    def _question(self, login: Login, queries: str) -> Question:
        headers = {
            "Client-ID": login.client_id,
            "Authorization": f"Bearer {login.token}",
            "Content-Type": "text/plain",
        }
        return Question(self._url, body=queries, headers=headers)


def quoted(words: str) -> str:
    """Words of a viewer as a string of a query; what is no part of a name is left out, so nothing ends it."""
    return f'"{" ".join(_NO_TEXT.sub(" ", words).split())[:LONGEST_QUERY].strip()}"'


def _game(row: _Row) -> Game:
    return Game(
        name=row.name,
        year=datetime.fromtimestamp(row.first_release_date, UTC).year if row.first_release_date else None,
        genres=tuple(_SHORTER.get(genre.name, genre.name) for genre in _named(row.genres)),
        platforms=short(platform.name for platform in _named(row.platforms)),
        aliases=tuple(each.name for each in _named(row.alternative_names) if not _is_acronym(each)),
        acronyms=tuple(each.name for each in _named(row.alternative_names) if _is_acronym(each)),
        popularity=min(100, round(100 * log(1 + row.total_rating_count) / log(1 + _MOST_RATINGS))),
        summary={"en": told} if (told := sentence(row.summary)) else {},
        users=row.rating / 20 if row.rating is not None else None,
        ids=Ids(igdb=row.id, steam=_steam_id(row)),
        kind=_kind(row),
        sources=(NAME,),
    )


def _named(rows: Sequence[_Named | int]) -> Iterator[_Named]:
    return (row for row in rows if isinstance(row, _Named) and row.name)


def _is_acronym(name: _Named) -> bool:
    return "acronym" in name.comment.lower() or "abbreviation" in name.comment.lower()


def _steam_id(row: _Row) -> int | None:
    """The lowest: later ones are betas, soundtracks and the like."""
    uids = (
        each.uid
        for each in row.external_games
        if isinstance(each, _Elsewhere) and each.external_game_source == _STEAM
    )
    return min((int(uid) for uid in uids if uid.isascii() and uid.isdigit()), default=None)


def _kind(row: _Row) -> Kind:
    if row.game_type in _ADDED:
        return "dlc"
    return "edition" if row.version_parent or row.game_type in _ANEW else "game"
