"""Makes one record of what several sources know about the same game."""

from collections.abc import Iterable, Sequence
from typing import Final, TypeVar

from msgspec import Struct
from msgspec.structs import asdict, replace

from kissbot.knowledge.games.game import Game, Ids
from kissbot.knowledge.games.names import arabic, glued, normal
from kissbot.knowledge.games.platforms import ordered

IDENTITY: Final = ("IGDB", "Steam", "RAWG")
"""Whose word counts first about what a game is; every other source comes after these."""

USERS: Final = ("RAWG", "IGDB", "Steam")
"""Whose users are believed first: those of RAWG give 0 to 5, the others' ratings are converted."""

SHOWN: Final = ("IGDB", "RAWG", "Steam")
"""In which order they are named."""

_SHOWN_PARTS: Final = ("year", "genres", "platforms", "summary", "critics", "users")

NEAR: Final = 3
"""Years by which sources may differ about one game: early access, and releases elsewhere."""

T = TypeVar("T")


class _Group(Struct):
    """Records of one game, the most credible first."""

    records: list[Game]
    names: set[str]

    @property
    def year(self) -> int | None:
        return next((record.year for record in self.records if record.year), None)


def merged(records: Iterable[Game]) -> tuple[Game, ...]:
    """One record for each game."""
    return tuple(one(group) for group in grouped(records))


def grouped(records: Iterable[Game]) -> list[list[Game]]:
    """The records of each game, the most credible first."""
    groups: list[_Group] = []
    for record in sorted(records, key=_credibility):
        group = _group_of(record, groups)
        if group is None:
            group = _Group([], set())
            groups.append(group)
        group.records.append(record)
        group.names.add(_name(record))
    return [group.records for group in groups]


def joined(game: Game, more: Iterable[Game]) -> Game:
    """The same game with what these records tell of it; records of other games add nothing."""
    return next(one(group) for group in grouped((game, *more)) if game in group)


def one(records: Sequence[Game]) -> Game:
    """One record of several: the first word counts.

    A source that is at hand fills gaps. It is named when it did, or when it confirms what one other says.
    """
    whole = _whole(records)
    asked = [record for record in records if _credibility(record) < len(IDENTITY)]
    if not asked or len(asked) == len(records):
        return whole
    told = _whole(asked)
    whole = replace(whole, platforms=told.platforms or whole.platforms)
    adds_nothing = len(told.sources) > 1 and all(
        getattr(told, part) == getattr(whole, part) for part in _SHOWN_PARTS
    )
    return replace(whole, sources=told.sources) if adds_nothing else whole


def _whole(records: Sequence[Game]) -> Game:
    if len(records) == 1:
        return records[0]
    first = records[0]
    believed = sorted(records, key=lambda record: _place(next(iter(record.sources), ""), USERS))
    told = dict.fromkeys(source for record in records for source in record.sources)
    return Game(
        name=first.name,
        year=_first(record.year for record in records),
        genres=_first(record.genres or None for record in records) or (),
        platforms=ordered(name for record in records for name in record.platforms),
        aliases=_all(record.aliases for record in records),
        acronyms=_all(record.acronyms for record in records),
        popularity=max(record.popularity for record in records),
        summary=_summaries(records),
        critics=_first(record.critics for record in records),
        users=_first(record.users for record in believed),
        players=_first(record.players for record in records),
        ids=Ids(*(_first(ids) for ids in zip(*(asdict(each.ids).values() for each in records), strict=True))),
        kind=first.kind,
        sources=tuple(sorted(told, key=lambda source: _place(source, SHOWN))),
    )


def identity(game: Game) -> str:
    """By what a game is known again: `igdb:113112`, or its name and year where it has no id."""
    for source, number in asdict(game.ids).items():
        if number is not None:
            return f"{source}:{number}"
    return f"name:{_name(game)}:{game.year or ''}"


def _credibility(record: Game) -> int:
    return min((_place(source, IDENTITY) for source in record.sources), default=len(IDENTITY))


def _place(source: str, order: Sequence[str]) -> int:
    return order.index(source) if source in order else len(order)


def _group_of(record: Game, groups: Sequence[_Group]) -> _Group | None:
    """The records that the same game has already; None when it is a new one."""
    for group in groups:
        if any(_shares_id(record.ids, other.ids) for other in group.records):
            return group
    name = _name(record)
    alike = [group for group in groups if name in group.names and _may_be_one(record, group)]
    if record.year is None or len(alike) < 2:
        return alike[0] if len(alike) == 1 else None
    return min(alike, key=lambda group: abs((group.year or 0) - (record.year or 0)))


def _may_be_one(record: Game, group: _Group) -> bool:
    if any(set(record.sources) & set(other.sources) for other in group.records):
        return False  # a source tells of each game once
    if any(_disagree(record.ids, other.ids) or record.kind != other.kind for other in group.records):
        return False
    return record.year is None or group.year is None or abs(record.year - group.year) <= NEAR


def _shares_id(one: Ids, other: Ids) -> bool:
    return any(a is not None and a == b for a, b in _pairs(one, other)) and not _disagree(one, other)


def _disagree(one: Ids, other: Ids) -> bool:
    return any(None not in (a, b) and a != b for a, b in _pairs(one, other))


def _pairs(one: Ids, other: Ids) -> Iterable[tuple[int | None, int | None]]:
    return zip(asdict(one).values(), asdict(other).values(), strict=True)


def _name(game: Game) -> str:
    return glued(arabic(normal(game.name)))


def _first(values: Iterable[T | None]) -> T | None:
    return next((value for value in values if value is not None), None)


def _all(lists: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for names in lists for name in names))


def _summaries(records: Sequence[Game]) -> dict[str, str]:
    """By language; whoever is believed first is written last."""
    return {language: words for record in reversed(records) for language, words in record.summary.items()}
