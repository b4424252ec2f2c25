"""An index over titles: which few of a hundred thousand share the telling traits of what was typed.

A trait is a short string: a whole name, an acronym, a name that lacks a letter, a word, three letters of it.
`traits` tells those of a game, `Wanted` those to look for; what lies between may be this index or a database.
"""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from math import log
from typing import Final
from zlib import crc32

from msgspec import Struct
from rapidfuzz import fuzz

from kissbot.knowledge.games.initials import LONGEST, acronyms
from kissbot.knowledge.games.names import EDITIONS, FILLERS, STOP_WORDS, Name, core, marked, read, spread

DRAWERS: Final = 256
MOST: Final = 300
"""So many games of a trait are looked at, the best known first; the others must be found by a rarer one."""

_GENERAL: Final = STOP_WORDS | FILLERS | EDITIONS
_WORDS: Final = 9
_TOO_SHORT: Final = 3
_SHORT: Final = 12
_BUDGET: Final = 1500
"""After so many looked at, no further trait is read."""

_NEAR: Final = 0.5
"""Share of the most traits that makes a game worth a look."""

_FAME: Final = 2.0
_OF_EACH: Final = 12
_POOL: Final = 100
_CLOSEST, _SURELY, _LESS = 12, 3, 20
"""So many of the pool are compared in earnest: by spelling, if about as alike as the first; by traits."""

Found = tuple[int, Sequence[int]]
"""How many games have a trait, and the best known of them."""


class Wanted(Struct, frozen=True):
    """The traits to look for: the telling ones first, the others when no game is called exactly so."""

    exact: tuple[str, ...]
    whole: tuple[str, ...]
    partly: tuple[str, ...]


def traits(name: str, popularity: int, *, shortened: bool = True) -> set[str]:
    """The traits of a title, and of its acronyms if it is ever shortened."""
    text = marked(name)
    title = read(text)
    found = {f"={title.raw}", f"={title.glued}", f"={title.core}", *(f":{part}" for part in title.cores)}
    if shortened:
        found.update(f"~{acronym}" for acronym in _acronyms(name, text, title, popularity))
    found.update(f" {word}" for word in title.words if word not in STOP_WORDS)
    found.update(_lacking(title.core))
    found.update(_lacking(title.raw))
    found.update(_triples(title.raw))
    return found


def wanted(asked: Name) -> Wanted:
    """The traits that the game has which is meant."""
    exact = dict.fromkeys((f"={asked.raw}", f"={asked.glued}"))
    whole = [f"={asked.core}", f":{asked.core}", *(f"={part}" for part in asked.cores)]
    whole.extend(f"={each}" for each in _ends(asked.words))
    if len(asked.raw) <= LONGEST:
        whole.extend((f"~{asked.raw}", f"~{asked.glued}"))
        if asked.raw.endswith("1"):
            whole.append(f"~{asked.raw[:-1]}")
    words = [word for word in asked.words if word not in STOP_WORDS]
    short = (f"~{word}" for word in words if 2 <= len(word) <= 5 and len(words) > 1)
    slips = (*_lacking(asked.core), *_lacking(asked.raw))
    partly = (*(f" {word}" for word in words), *short, *slips, *_triples(asked.raw))
    return Wanted(tuple(exact), tuple(dict.fromkeys(whole)), tuple(dict.fromkeys(partly)))


def _acronyms(name: str, text: str, title: Name, popularity: int) -> set[str]:
    """Of the title as it is compared, as it is written, and of the words within its words."""
    written = tuple(tuple(part.split(" ")) for part in text.split("|"))
    humps = spread(name)
    spellings = {title.parts, written, read(marked(humps)).parts if humps != name else written}
    return set[str]().union(*(acronyms(parts, popularity) for parts in spellings))


def _ends(words: Sequence[str]) -> Iterator[str]:
    """What names a game may be but the beginning or the end of what was typed."""
    for count in range(1, min(len(words), _WORDS)):
        for some in (words[:count], words[count:]):
            if not _GENERAL.issuperset(some) and len(found := core(some)) > _TOO_SHORT:
                yield found


def _lacking(core: str) -> Iterator[str]:
    """A short name, and it without each of its letters: two that are one slip apart have one in common."""
    if 3 <= len(core) <= _SHORT:
        yield f"-{core}"
        yield from (f"-{core[:at]}{core[at + 1 :]}" for at in range(len(core)))


def _triples(core: str) -> Iterator[str]:
    framed = f"^{core}$"
    yield from (framed[at : at + 3] for at in range(len(framed) - 2))


def certain(want: Wanted, found: Sequence[Found]) -> tuple[list[int], bool]:
    """The places of the games that have a telling trait, and whether one is called exactly what was typed."""
    places = dict.fromkeys(place for _, places in found for place in places[:_OF_EACH])
    return list(places), any(count for count, _ in found[: len(want.exact)])


def likely(found: Sequence[Found], games: int) -> list[int]:
    """The places that have the most of these traits, rare ones counting more."""
    weights: dict[int, float] = {}
    looked_at = 0
    for count, places in sorted(found, key=lambda each: each[0]):
        if looked_at > _BUDGET:
            break
        looked_at += len(places)
        rarity = log((games + 1) / max(count, 1))
        for place in places:
            weights[place] = weights.get(place, 0) + rarity
    near = max(weights.values(), default=0) * _NEAR
    fame = _FAME / max(games, 1)
    ranked = sorted([(place * fame - weight, place) for place, weight in weights.items() if weight >= near])
    return [place for _, place in ranked[:_POOL]]


def closest(asked: Name, pool: Iterable[tuple[int, Sequence[str]]]) -> list[int]:
    """Of places, the likeliest first, and the names there: those that are spelled like what was typed."""
    by_likeness = [(max(_likeness(asked.raw, name) for name in names), place) for place, names in pool]
    first = [place for _, place in by_likeness[:_SURELY]]
    by_likeness.sort(reverse=True)
    least = by_likeness[0][0] - _LESS if by_likeness else 0
    return [*(place for likeness, place in by_likeness[:_CLOSEST] if likeness >= least), *first]


def _likeness(typed: str, name: str) -> float:
    return fuzz.ratio(typed, name.replace("|", "").replace(" ", ""))


def checksum(trait: str) -> int:
    """What a trait is found by: 32 bits."""
    return crc32(trait.encode())


def drawer_of(check: int) -> int:
    """The number of the piece of an index that tells what is found by a checksum: 16 bits."""
    return check % DRAWERS << 8 | check >> 24


class Index:
    """Traits → the places of games, in memory: sorted checksums of traits, and beside each a place."""

    def __init__(self) -> None:
        self._open = [array("Q") for _ in range(DRAWERS)]
        self._drawers: list[tuple[array[int], array[int]]] = []
        self._games = 0

    def __len__(self) -> int:
        """How many games there are."""
        return self._games

    def add(self, found: Iterable[str]) -> None:
        """The traits of the next game; the best known come first."""
        for trait in found:
            check = checksum(trait)
            self._open[check % DRAWERS].append(check << 32 | self._games)
        self._games += 1

    def close(self) -> None:
        """Sort; to be called once after the last game."""
        while self._open:
            drawer = sorted(self._open.pop())
            checks, places = (entry >> 32 for entry in drawer), (entry & 0xFFFFFFFF for entry in drawer)
            self._drawers.append((array("I", checks), array("I", places)))
        self._drawers.reverse()

    def drawers(self) -> Iterator[tuple[int, dict[int, Found]]]:
        """The whole index in small pieces: for each number, what is found by its checksums."""
        for first, (checks, _) in enumerate(self._drawers):
            for second, group in groupby(dict.fromkeys(checks), lambda check: check >> 24):
                yield first << 8 | second, {check: self._having(check) for check in group}

    def having(self, traits: Sequence[str]) -> list[Found]:
        """For each trait, how many games have it and the places of the best known, these first."""
        return [self._having(checksum(trait)) for trait in traits]

    def _having(self, check: int) -> Found:
        checks, places = self._drawers[check % DRAWERS]
        start = bisect_left(checks, check)
        end = bisect_right(checks, check, start)
        return end - start, places[start : min(end, start + MOST)]
