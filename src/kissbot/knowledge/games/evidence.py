"""What speaks for a title being meant, and what against: a handful of numbers, most of them from 0 to 1."""

from collections.abc import Iterable, Sequence
from typing import Final

from msgspec import Struct
from rapidfuzz import fuzz, process

from kissbot.knowledge.games.initials import LONGEST, stands_for
from kissbot.knowledge.games.names import STOP_WORDS, Name
from kissbot.knowledge.games.slips import slips

EDITIONS: Final = frozenset(
    "edition deluxe gold complete definitive enhanced anniversary remastered remake hd collection ultimate"
    " special directors cut bundle pack dlc classic classics legacy premium extended trilogy demo beta"
    " playtest soundtrack vr mobile prologue".split()
)
"""Words that tell an edition from the game itself."""

_FILLERS: Final = frozenset("game video videogame online edition free play live pc multiplayer".split())
"""Words that are said of every game."""

_SIMILAR: Final = 60


class Evidence(Struct, frozen=True):
    """How a title agrees with what was typed. The weight of each kind of evidence has the same shape."""

    same: float = 0
    core: float = 0
    """The same but for stop words."""
    slips: float = 0
    """What the slips cost that make the one of the other, up to a limit."""
    slip_rate: float = 0
    """The same per letter."""
    head: float = 0
    """How near to the first part of the title."""
    tail: float = 0
    """How near to another part of the title."""
    within: float = 0
    """How near to some stretch of the title."""
    longer: float = 0
    """How near the title is to a part of what was typed."""
    similar: float = 0
    """Share of what was typed that are words of the title with slips."""
    initials: float = 0
    """Share of what was typed that are initials of words of the title."""
    unexplained: float = 0
    """Share of what was typed that the title does not have."""
    strange: float = 0
    """How much of it that is, in letters."""
    covered: float = 0
    """Share of the title that was typed."""
    acronym: float = 0
    known_acronym: float = 0
    extra_number: float = 0
    missing_number: float = 0
    first: float = 0
    """Called the first, of a title without a number."""
    edition: float = 0
    """An edition that was not asked for."""
    fame: float = 0
    fame_of_acronym: float = 0
    fame_of_part: float = 0
    year: float = 0
    other_year: float = 0
    addition: float = 0
    """Something added to a game, or a game sold anew."""


class Doubt(Struct, frozen=True):
    """What speaks for no game being meant at all."""

    always: float = 1
    words: float = 0
    letters: float = 0


def doubt(asked: Name) -> Doubt:
    """How much what was typed looks like chatter."""
    return Doubt(1, min(len(asked.words), 8) / 8, min(len(asked.core), 20) / 20)


def evidence(asked: Name, title: Name, fame: float) -> Evidence:
    """Compare what was typed with a title; `fame` is 0-1."""
    if asked.raw == title.raw or asked.glued == title.glued:
        return Evidence(same=1, covered=1, fame=fame)
    cost = slips(asked.core, title.core)
    shares = _shares(asked.words, title)
    acronym = _acronym(asked, title) if cost > 1 else 0
    part = 1 - min(cost, 2.5) / 2.5
    extra, missing = asked.numbers - title.numbers, title.numbers - asked.numbers
    return Evidence(
        core=float(cost == 0),
        slips=cost,
        slip_rate=min(cost / len(asked.core), 1) if asked.core else 1,
        head=max((near(asked.core, core) for core in title.cores[:1]), default=0),
        tail=max((near(asked.core, core) for core in title.cores[1:]), default=0),
        within=_within(asked.core, title.core),
        longer=max((near(core, title.core) for core in asked.cores), default=0),
        similar=shares.similar,
        initials=shares.initials,
        unexplained=shares.unexplained,
        strange=min(shares.strange / 8, 2),
        covered=shares.covered,
        acronym=acronym,
        extra_number=float(bool(extra - {"1"})) if not acronym else 0,
        missing_number=float(bool(missing)) if not acronym else 0,
        first=float(extra == {"1"} and not title.numbers),
        edition=float(not EDITIONS.isdisjoint(set(title.words) - set(asked.words))),
        fame=fame,
        fame_of_acronym=fame * max(acronym, shares.initials),
        fame_of_part=fame * (1 - shares.covered) * (1 - part),
    )


def near(typed: str, meant: str) -> float:
    """1 when they are the same, 0 from a slip in three letters on."""
    if not typed or abs(len(typed) - len(meant)) * 3 > len(meant):
        return 0
    return max(0.0, 1 - 3 * slips(typed, meant) / len(meant))


def _within(typed: str, title: str) -> float:
    if not 3 < len(typed) < len(title):
        return 0
    return max(0.0, (fuzz.partial_ratio(typed, title) - 60) / 40)


def _acronym(asked: Name, title: Name) -> float:
    if not 2 <= len(asked.raw) <= LONGEST:
        return 0
    plain = stands_for(asked.raw, title.parts)
    if title.numbers or not asked.raw.endswith("1"):
        return plain
    return max(plain, 0.9 * stands_for(asked.raw[:-1], title.parts))


class _Shares(Struct):
    similar: float = 0
    initials: float = 0
    unexplained: float = 0
    strange: float = 0
    covered: float = 0


def _shares(asked: Sequence[str], title: Name) -> _Shares:
    """Explain what was typed word by word: as a word of the title, as one with slips, as initials."""
    found = _Shares()
    left = list(title.words)
    pending = [word for word in asked if not _taken(word, left)]
    for word in pending:
        if taken := _initials(word, left):
            found.initials += _weight(word)
        elif alike := _alike(word, left):
            taken, likeness = alike
            found.similar += _weight(word) * likeness
            found.strange += _weight(word) * (1 - likeness)
        else:
            found.strange += _weight(word)
        for each in taken:
            left.remove(each)
    return _relative(found, asked, title.words, left)


def _relative(found: _Shares, asked: Iterable[str], title: Iterable[str], left: Iterable[str]) -> _Shares:
    typed = sum(map(_weight, asked)) or 1
    found.covered = 1 - sum(map(_weight, left)) / (sum(map(_weight, title)) or 1)
    found.unexplained = found.strange / typed
    found.similar /= typed
    found.initials /= typed
    return found


def _taken(word: str, left: list[str]) -> bool:
    if word in left:
        left.remove(word)
        return True
    return False


def _alike(word: str, left: Sequence[str]) -> tuple[Sequence[str], float] | None:
    if word.isdigit():
        return None
    best = process.extractOne(word, left, scorer=fuzz.ratio, score_cutoff=_SIMILAR)
    return ((best[0],), best[1] / 100) if best else None


def _initials(word: str, left: Sequence[str]) -> Sequence[str]:
    """The words that a short word has the initials of."""
    if not 2 <= len(word) <= 6:
        return ()
    for words in (left, [each for each in left if each not in STOP_WORDS]):
        at = "".join(each[0] for each in words).find(word)
        if at >= 0:
            return tuple(words[at : at + len(word)])
    return ()


def _weight(word: str) -> float:
    if word in STOP_WORDS or word in _FILLERS:
        return 1
    return len(word) if word.isascii() else 1
