"""The operator's own catalogue of games: the games, and the drawers of an index over their names.

A look-up reads a few drawers and a few games, whatever the catalogue's size; no process holds it in memory.
"""

import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import partial
from itertools import islice
from typing import Any, Final, NamedTuple, TypeVar

import msgspec
import sqlalchemy as sa

from kissbot.knowledge.games.game import Game
from kissbot.knowledge.games.index import Found, Index, checksum, drawer_of
from kissbot.knowledge.games.shelf import Shelf, Titled, names
from kissbot.storage.engine import Database
from kissbot.storage.tables import catalogue_drawers, catalogue_games, pages

BATCH: Final = 2_000
"""Rows of one statement."""

T = TypeVar("T")


class _Query(NamedTuple):
    """Rows by their numbers, of which there are few: for a file, and for a server."""

    in_file: str
    on_server: sa.Select[Any]


_GAMES: Final = catalogue_games.c
_SIZE: Final = _Query("SELECT max(place) FROM catalogue_games", sa.select(sa.func.max(_GAMES.place)))
_FOUND: Final = _Query(
    "SELECT found FROM catalogue_drawers WHERE number IN (SELECT value FROM json_each(?))",
    sa.select(catalogue_drawers.c.found).where(
        catalogue_drawers.c.number.in_(sa.bindparam("numbers", expanding=True))
    ),
)
_AT_PLACES: Final = _GAMES.place.in_(sa.bindparam("numbers", expanding=True))
_NAMED: Final = _Query(
    "SELECT place, names FROM catalogue_games WHERE place IN (SELECT value FROM json_each(?))",
    sa.select(_GAMES.place, _GAMES.names).where(_AT_PLACES),
)
_KEPT: Final = _Query(
    "SELECT place, names, game FROM catalogue_games WHERE place IN (SELECT value FROM json_each(?))",
    sa.select(_GAMES.place, _GAMES.names, _GAMES.game).where(_AT_PLACES),
)
_Rows = Callable[[_Query, Collection[int]], Sequence[Any]]

_json = msgspec.json.Encoder().encode
_game = msgspec.json.Decoder(Game).decode
_packed = msgspec.msgpack.Encoder().encode
_drawer = msgspec.msgpack.Decoder(dict[int, tuple[int, list[int]]]).decode


class SqlCatalogue:
    """A catalogue in two tables. Every method raises `StorageTrouble`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def replace(self, games: Sequence[Game], index: Index) -> None:
        """Have these games and no others, at once or not at all, and forget what was looked up before."""
        records = (
            {"place": place, "names": "\n".join(names(game)), "game": _json(game)}
            for place, game in enumerate(games)
        )
        drawers = ({"number": number, "found": _content(found)} for number, found in index.drawers())
        async with self._database.writing(durable=True) as connection:
            await connection.execute(sa.delete(pages))
            for table, rows in ((catalogue_games, records), (catalogue_drawers, drawers)):
                await connection.execute(sa.delete(table))
                for batch in _batches(rows):
                    await connection.execute(sa.insert(table), batch)

    async def ask(self, question: Callable[[Shelf], T]) -> T:
        """What is made of the shelf as it is at this moment; runs in another thread where that is a file."""
        if reader := self._database.reader:
            return await reader.read(partial(_ask_file, question))
        async with self._database.reading() as connection:
            return await connection.run_sync(lambda sync: question(_RowShelf(partial(_on_server, sync))))


class _RowShelf:
    """Games in rows."""

    def __init__(self, rows: _Rows) -> None:
        self._rows = rows
        ((last,),) = rows(_SIZE, ())
        self._size = 0 if last is None else int(last) + 1

    def __len__(self) -> int:
        """How many games there are."""
        return self._size

    def having(self, traits: Sequence[str]) -> Sequence[Found]:
        """For each trait, how many games have it and the places of the best known, these first."""
        checks = [checksum(trait) for trait in traits]
        found: dict[int, Found] = {}
        for (content,) in self._rows(_FOUND, {drawer_of(check) for check in checks}):
            found |= _drawer(content)
        return [found.get(check, (0, ())) for check in checks]

    def names(self, places: Collection[int]) -> Sequence[tuple[int, Sequence[str]]]:
        """The places, and the names there, marked."""
        named = dict(self._rows(_NAMED, places))
        return [(place, named[place].split("\n")) for place in places]

    def games(self, places: Collection[int]) -> Sequence[Titled]:
        """The games at these places."""
        kept = {
            place: Titled(_game(game), tuple(names.split("\n")))
            for place, names, game in self._rows(_KEPT, places)
        }
        return [kept[place] for place in places]


def _ask_file(question: Callable[[Shelf], T], connection: sqlite3.Connection) -> T:
    connection.execute("BEGIN")
    found = question(_RowShelf(partial(_in_file, connection)))
    connection.execute("COMMIT")
    return found


def _in_file(connection: sqlite3.Connection, query: _Query, numbers: Collection[int]) -> Sequence[Any]:
    asked = [_json(list(numbers)).decode()] * query.in_file.count("?")
    return connection.execute(query.in_file, asked).fetchall()


def _on_server(connection: sa.Connection, query: _Query, numbers: Collection[int]) -> Sequence[Any]:
    return connection.execute(query.on_server, {"numbers": list(numbers)}).all()


def _content(found: dict[int, Found]) -> bytes:
    return _packed({check: (count, list(places)) for check, (count, places) in found.items()})


def _batches(rows: Iterable[T]) -> Iterator[Sequence[T]]:
    rest = iter(rows)
    while batch := list(islice(rest, BATCH)):
        yield batch
