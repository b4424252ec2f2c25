"""Which game a viewer means: weighs the evidence for every name that comes near, and doubts itself."""

import re
from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Sequence
from functools import lru_cache
from math import exp, inf, log
from operator import mul
from typing import Final

from msgspec import Struct
from msgspec.structs import astuple, replace

from kissbot.knowledge.games import weights
from kissbot.knowledge.games.evidence import Evidence, doubt, evidence
from kissbot.knowledge.games.game import Candidate, Found, Game, Lookup, NothingClose, Several
from kissbot.knowledge.games.index import certain, closest, likely, wanted
from kissbot.knowledge.games.names import EDITIONS, STOP_WORDS, Name, marked, read, split_year
from kissbot.knowledge.games.shelf import MemoryShelf, Shelf, Titled, names

SURE: Final = 0.8
"""From this confidence on, the first candidate is the answer."""

LEAD: Final = 0.06
"""How far the first candidate must be ahead of the second to be the answer."""

WORTH_ASKING: Final = 0.6
SHOWN: Final = 3

ALL: Final = 100_000
"""Who knows so many games knows about all that are asked for."""

LONGEST: Final = 150
"""What goes on after so many characters is no title."""

_RIVAL: Final = 0.15
"""Share of the first one's confidence that makes another a rival."""

_WORTH_NAMING: Final = 0.03
_NEAR: Final = 0.02
"""Share of the first one's confidence from which another may be named beside it."""

_MISNUMBERED: Final = 0.2
"""What is left of the confidence in a game that was called by a number which it has not."""

_EDITION: Final = re.compile(rf"\b(?:{'|'.join(EDITIONS)}|remaster)\b ?")
_EVIDENCE: Final = astuple(weights.EVIDENCE)
_DOUBT: Final = astuple(weights.DOUBT)


class Reading(Struct, frozen=True, gc=False):
    """One way to understand what was typed."""

    name: Name
    year: int | None = None
    no_edition: bool = False
    """The words that tell an edition were left out."""
    ninth: Name | None = None
    """It was a ten, and is the letter X if there is this ninth."""


class Ranking:
    """Ranks games that it holds in memory; a look-up is pure."""

    def __init__(self, games: Iterable[Game]) -> None:
        self._shelf = MemoryShelf(games)

    def lookup(self, query: str) -> Lookup:
        """The game, a choice of games, or none."""
        return decide(self.candidates(query))

    def candidates(self, query: str) -> tuple[Candidate, ...]:
        """Every game that may be meant, the most probable first."""
        return candidates(self._shelf, query)

    def shortlist(self, query: str) -> Sequence[Titled]:
        """The games that come near."""
        return shortlist(self._shelf, query)


def candidates(shelf: Shelf, query: str) -> tuple[Candidate, ...]:
    """Every game on a shelf that may be meant, the most probable first."""
    return weigh(query, shortlist(shelf, query), len(shelf))


def shortlist(shelf: Shelf, query: str) -> Sequence[Titled]:
    """The games on a shelf that come near."""
    places = (place for reading in readings(query) for place in _near(shelf, reading))
    return shelf.games(dict.fromkeys(places))


def _near(shelf: Shelf, reading: Reading) -> Iterator[int]:
    for asked in filter(None, (reading.name, reading.ninth)):
        want = wanted(asked)
        places, exactly = certain(want, shelf.having(want.exact + want.whole))
        yield from places
        if not exactly:
            pool = likely(shelf.having(want.partly), len(shelf))
            yield from closest(asked, shelf.names(pool))


def rank(query: str, games: Iterable[Game]) -> tuple[Candidate, ...]:
    """Which of a few games is meant that a source found among all, the most probable first."""
    return weigh(query, [Titled(game, names(game)) for game in games])


@lru_cache(maxsize=16)
def readings(query: str) -> tuple[Reading, ...]:
    """What was typed as it stands, as a name and a year, without the edition that it asks for, and so on."""
    return tuple(_readings(query[:LONGEST]))


def _readings(query: str) -> Iterator[Reading]:
    text = marked(query)
    asked = read(text)
    if STOP_WORDS.issuperset(asked.words):
        return
    yield Reading(asked)
    name, year = split_year(query)
    if year:
        yield Reading(read(marked(name)), year)
    if not EDITIONS.isdisjoint(asked.words) and not EDITIONS.issuperset(asked.words):
        yield Reading(read(_EDITION.sub("", text).strip(" |")), no_edition=True)
    if text.endswith(" 10"):
        yield Reading(read(f"{text[:-2]}x"), ninth=read(f"{text[:-2]}9"))


def weigh(query: str, games: Sequence[Titled], known: int = ALL) -> tuple[Candidate, ...]:
    """How probable each game is, the most probable first, when they were found among so many known ones."""
    ways = sensible(query, games)
    if not ways:
        return ()
    found = [max(_scores(ways, titled), default=(-inf, False)) for titled in games]
    odds = [exp(score) for score, _ in found]
    total = exp(sum(map(mul, _DOUBT, astuple(doubt(ways[0].name, known))))) + sum(odds)
    ranked = together([(chance / total, titled) for chance, titled in zip(odds, games, strict=True)])
    misnumbered = {titled.game for (_, wrong), titled in zip(found, games, strict=True) if wrong}
    return _confident(ranked, misnumbered)


def _confident(ranked: Sequence[tuple[float, Titled]], misnumbered: Container[Game]) -> tuple[Candidate, ...]:
    """Chances as confidence: what the first one leaves, the others share."""
    if not ranked or not ranked[0][0]:
        return ()
    first = calibrated(ranked[0][0])
    others = sum(chance for chance, _ in ranked[1:]) or 1
    scale = min(first / ranked[0][0], (1 - first) / others)
    shares = (first, *(chance * scale for chance, _ in ranked[1:]))
    found = (
        Candidate(titled.game, share * (_MISNUMBERED if titled.game in misnumbered else 1))
        for share, (_, titled) in zip(shares, ranked, strict=True)
    )
    return tuple(sorted(found, key=lambda each: -each.confidence))


def calibrated(chance: float) -> float:
    """How often the first candidate is right that the weights give this chance."""
    chance = min(max(chance, 1e-9), 1 - 1e-9)
    return 1 / (1 + exp(-weights.OFFSET - weights.SLOPE * log(chance / (1 - chance))))


def sensible(query: str, games: Iterable[Titled]) -> list[Reading]:
    """The readings that hold. Final Fantasy X is the tenth, as there is a ninth; Mega Man X is not."""
    ways = list(readings(query))
    if any(way.ninth for way in ways):
        known = {read(titled.names[0]).glued for titled in games}
        ways = [way for way in ways if not way.ninth or way.ninth.glued in known]
    return ways


def _scores(ways: Iterable[Reading], titled: Titled) -> Iterator[tuple[float, bool]]:
    """The weight of each evidence for a game, and whether it is called by a number that it has not."""
    for way in ways:
        for each in all_evidence(way, titled):
            yield sum(map(mul, _EVIDENCE, astuple(each))), bool(each.extra_number)


def all_evidence(asked: Reading, titled: Titled) -> Iterator[Evidence]:
    """The evidence that each name of a game gives."""
    game, fame = titled.game, titled.game.popularity / 100
    if asked.name.raw in game.acronyms:
        yield Evidence(known_acronym=1, fame=fame)
    if asked.year not in (None, game.year):
        return
    plain = asked.year is None and not asked.no_edition and game.kind == "game"
    for name in titled.names:
        for found in evidence(asked.name, read(name), fame):
            yield found if plain else _qualified(found, asked, game)


def _qualified(found: Evidence, asked: Reading, game: Game) -> Evidence:
    return replace(
        found,
        year=float(asked.year is not None),
        no_edition=float(asked.no_edition),
        category=float(game.kind == "category" and not found.same),
        addition=float(game.kind in ("dlc", "edition")),
    )


def together(chances: list[tuple[float, Titled]]) -> list[tuple[float, Titled]]:
    """Of games of one name the most probable has the chances of all; the others come after it."""
    chances.sort(key=lambda each: (-each[0], -each[1].game.popularity, each[1].game.name))
    by_name: dict[str, float] = defaultdict(float)
    for chance, titled in chances:
        by_name[titled.names[0]] += chance
    found = [(by_name.pop(titled.names[0], chance), titled) for chance, titled in chances]
    return sorted(found, key=lambda each: -each[0])


def decide(candidates: tuple[Candidate, ...]) -> Lookup:
    """Claim a game only when it is probable and ahead; else ask."""
    if not candidates or candidates[0].confidence < _WORTH_NAMING:
        return NothingClose()
    first = candidates[0]
    named = tuple(each for each in candidates[:SHOWN] if each.confidence >= _NEAR * first.confidence)
    if first.confidence >= SURE and all(first.confidence - other.confidence >= LEAD for other in named[1:]):
        return Found(first.game, first.confidence, others=candidates[1:SHOWN])
    rivals = tuple(other for other in named if other.confidence >= _RIVAL * first.confidence)
    if len(rivals) > 1 and sum(each.confidence for each in candidates) >= WORTH_ASKING:
        return Several(rivals)
    return NothingClose(tuple(each.game for each in named))
