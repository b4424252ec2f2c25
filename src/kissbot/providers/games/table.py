"""A catalogue of games as a file: one row a game, columns apart by tabs, a header, gzip or not.

`gid`, `name`, `year`, `kind` and `pop` must be there; `steam_appid`, `rawg_id`, `metacritic`, `platforms` and
`genres` (joined by `|`) may be; other columns are nobody's problem.
"""

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, get_args

from kissbot.knowledge.games.game import Game, Ids, Kind
from kissbot.knowledge.games.platforms import short
from kissbot.providers.reading import BadFile, lines

COLUMNS: Final = ("gid", "name", "year", "kind", "pop")
"""Those that must be there."""

_KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
_MOST: Final = 2**53
"""Beyond it, numbers are no ids."""

_LONGEST: Final = 500
"""Letters of a name; a longer one is no name."""


def read_table(path: Path) -> Iterator[Game]:
    """The games of a file, one after the other. Raises `BadFile`."""
    rows = csv.reader(lines(path), delimiter="\t", quoting=csv.QUOTE_NONE)
    header = next(rows, [])
    if missing := [column for column in COLUMNS if column not in header]:
        raise BadFile(f"{path} is no catalogue of games: it has no column {', '.join(missing)}.")
    try:
        for row in rows:
            yield _game(dict(zip(header, row, strict=True)))
    except (ValueError, csv.Error) as error:
        raise BadFile(f"{path}, line {rows.line_num}: this is no game ({error}).") from None


def _game(row: Mapping[str, str]) -> Game:
    name = row["name"].strip()
    if not 0 < len(name) <= _LONGEST:
        raise ValueError(f"a name of {len(name)} letters")
    return Game(
        name=name,
        year=_number(row["year"]),
        genres=_several(row.get("genres")),
        platforms=short(_several(row.get("platforms"))),
        popularity=round(min(max(float(row["pop"] or 0), 0), 100)),
        critics=_number(row.get("metacritic")),
        ids=Ids(
            steam=_number(row.get("steam_appid")),
            rawg=_number(row.get("rawg_id")),
            catalogue=_number(row["gid"]),
        ),
        kind=_kind(row["kind"]),
    )


def _kind(written: str) -> Kind:
    if kind := next((kind for kind in _KINDS if kind == written), None):
        return kind
    raise ValueError(f"{written!r} is no kind: it is one of {', '.join(_KINDS)}")


def _number(written: str | None) -> int | None:
    if not written:
        return None
    number = int(written)
    if not 0 <= number < _MOST:
        raise ValueError(f"{written} is no number of a game")
    return number


def _several(written: str | None) -> tuple[str, ...]:
    return tuple(filter(None, (written or "").split("|")))
