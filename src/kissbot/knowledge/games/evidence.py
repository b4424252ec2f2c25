"""What speaks for a title being meant, and what against: a handful of numbers, most of them from 0 to 1."""

from collections.abc import Iterable, Iterator, Sequence
from math import log10
from typing import Final

from msgspec import Struct
from rapidfuzz import fuzz, process

from kissbot.knowledge.games.initials import LONGEST, stands_for
from kissbot.knowledge.games.names import FILLERS, NUMERALS, STOP_WORDS, Name
from kissbot.knowledge.games.slips import slips

_LIGHT: Final = STOP_WORDS | FILLERS
_SIMILAR: Final = 60
_FAR: Final = 3.5
_ACRONYM: Final = 0.3
"""What fits worse is no acronym."""


class Evidence(Struct, frozen=True, gc=False):
    """How a title agrees with what was typed. The weight of each kind of evidence has the same shape."""

    same: float = 0
    letters_of_same: float = 0
    """How long a name is that is the same: a long one is no coincidence."""
    spelled: float = 0
    """The same to the letter, numerals too."""
    core: float = 0
    """The same but for stop words."""
    slips: float = 0
    """What the slips cost that make the one of the other, up to a limit."""
    slip_rate: float = 0
    """The same per letter."""
    far: float = 0
    """So many slips that they count for nothing: another name, or part of one."""
    head: float = 0
    """How near to the first part of the title."""
    same_head: float = 0
    tail: float = 0
    """How near to another part of the title."""
    within: float = 0
    """How near to some stretch of the title."""
    longer: float = 0
    """How near the title is to a part of what was typed."""
    begins: float = 0
    """What was typed begins with the title."""
    ends: float = 0
    """What was typed ends with the title."""
    similar: float = 0
    """Share of what was typed that are words of the title with slips."""
    initials: float = 0
    """Share of what was typed that are initials of words of the title."""
    unexplained: float = 0
    """Share of what was typed that the title does not have."""
    strange: float = 0
    """How much of it that is, in letters."""
    unknown_words: float = 0
    """Share of the words that are not explained at all."""
    all_words: float = 0
    """Every word that was typed is in the title."""
    covered: float = 0
    """Share of the title that was typed."""
    acronym: float = 0
    """How well it reads as an acronym of the title; evidence of its own, without that of the words."""
    full_acronym: float = 0
    """How nearly it has the initials of all words."""
    long_acronym: float = 0
    """The same, times its length."""
    known_acronym: float = 0
    extra_number: float = 0
    """Called by a number that it has not, or not first."""
    missing_number: float = 0
    other_number: float = 0
    sequel: float = 0
    """All but the number is nearly the same."""
    first: float = 0
    """Called the first, of a title without a number."""
    edition: float = 0
    """An edition that was not asked for."""
    fame: float = 0
    fame_of_same: float = 0
    fame_of_acronym: float = 0
    fame_of_part: float = 0
    year: float = 0
    """Called by its year as well."""
    no_edition: float = 0
    """An edition was asked for, and left out of account."""
    category: float = 0
    """No game, and not called by its full name."""
    addition: float = 0
    """Something added to a game, or a game sold anew."""


class Doubt(Struct, frozen=True):
    """What speaks for no game being meant at all."""

    always: float = 1
    words: float = 0
    letters: float = 0
    small: float = 0
    """How little of all games is known."""


def doubt(asked: Name, known: int) -> Doubt:
    """How much what was typed looks like chatter, or like a game that is not among so many known ones."""
    small = min(max(5 - log10(max(known, 1)), 0) / 2, 1)
    return Doubt(1, min(len(asked.words), 8) / 8, min(len(asked.core), 20) / 20, small)


def evidence(asked: Name, title: Name, fame: float) -> Iterator[Evidence]:
    """Compare what was typed with a title, as words and as an acronym; `fame` is 0-1."""
    if asked.raw == title.raw or asked.glued == title.glued:
        length, spelled = min(len(asked.raw), 12) / 12, float(asked.raw == title.raw)
        yield Evidence(same=1, letters_of_same=length, spelled=spelled, fame_of_same=fame)
        return
    if 2 <= len(asked.raw) <= LONGEST and (fit := _acronym(asked, title)) > _ACRONYM:
        full = max(0.0, (fit - 0.8) / 0.2)
        length = min(len(asked.raw), 6) / 6
        yield Evidence(acronym=fit, full_acronym=full, long_acronym=full * length, fame_of_acronym=fame)
        if full == 1:
            return
    yield _of_words(asked, title, fame)


def _of_words(asked: Name, title: Name, fame: float) -> Evidence:
    cost = slips(asked.core, title.core)
    if cost and (asked.raw != asked.core or title.raw != title.core):
        cost = min(cost, slips(asked.raw, title.raw) + 0.05)
    far = cost > _FAR
    shares = _shares(asked.words, title)
    called, numbered = set(asked.numbers), set(title.numbers)
    extra, missing = called - numbered, numbered - called
    first = extra == {"1"} and not numbered
    head, *tails = [near(asked.core, core) for core in title.cores] or (0.0,)
    return Evidence(
        core=float(cost == 0),
        slips=0 if far else cost,
        slip_rate=0 if far else min(cost / max(len(asked.core), 1), 1),
        far=float(far),
        head=head,
        same_head=float(head == 1),
        tail=max(tails, default=0),
        within=_within(asked.core, title.core),
        longer=_longer(asked, title),
        begins=float(asked.words[: len(title.words)] == title.words),
        ends=float(asked.words[-len(title.words) :] == title.words),
        similar=shares.similar,
        initials=shares.initials,
        unexplained=shares.unexplained,
        strange=min(shares.strange / 8, 2),
        unknown_words=shares.unknown / max(len(asked.words), 1),
        all_words=float(shares.strange == 0),
        covered=shares.covered,
        extra_number=float(bool(extra or _another_first(asked, title)) and not first),
        missing_number=float(bool(missing)),
        other_number=float(bool(missing and called)),
        sequel=float(not far and bool(missing or extra) and not first),
        first=float(first),
        edition=float(not title.editions <= asked.editions),
        fame=fame,
        fame_of_part=fame * (1 - shares.covered) * min(cost / 2.5, 1),
    )


def _another_first(asked: Name, title: Name) -> bool:
    """Whether a number was asked for, and the title has another before it: the VII in `VII Remake Part 2`."""
    return bool(asked.numbers and title.numbers and title.numbers[0] not in asked.numbers)


def near(typed: str, meant: str) -> float:
    """1 when they are the same, 0 from a slip in three letters on."""
    if not typed or abs(len(typed) - len(meant)) * 3 > len(meant):
        return 0
    return max(0.0, 1 - 3 * slips(typed, meant) / len(meant))


def _within(typed: str, title: str) -> float:
    if not 3 < len(typed) < len(title):
        return 0
    return max(0.0, (fuzz.partial_ratio(typed, title) - 60) / 40)


def _longer(asked: Name, title: Name) -> float:
    """The title may be one part of what was typed, or its first few."""
    if not asked.cores:
        return 0
    so_far = ["".join(asked.cores[:count]) for count in range(2, len(asked.cores))]
    telling = [
        core for part, core in zip(asked.parts, asked.cores, strict=False) if not _LIGHT.issuperset(part)
    ]
    return max((near(core, title.core) for core in (*telling, *so_far)), default=0)


def _acronym(asked: Name, title: Name) -> float:
    plain = stands_for(asked.raw, title.parts)
    if title.numbers or not asked.raw.endswith("1"):
        return plain
    return max(plain, 0.95 * stands_for(asked.raw[:-1], title.parts))


class _Shares(Struct, gc=False):
    similar: float = 0
    initials: float = 0
    unexplained: float = 0
    strange: float = 0
    unknown: float = 0
    covered: float = 0


def _shares(asked: Sequence[str], title: Name) -> _Shares:
    """Explain what was typed word by word: as a word of the title, as one with slips, as initials."""
    found = _Shares()
    left = list(title.words)
    pending = [word for word in asked if not _taken(word, left)]
    for word in pending:
        weight = _weight(word)
        taken = _initials(word, left)
        if taken:
            found.initials += weight
        else:
            taken, likeness = _alike(word, left)
            found.similar += weight * likeness
            found.strange += weight * (1 - likeness)
            found.unknown += not taken
        for each in taken:
            left.remove(each)
    return _relative(found, asked, title.words, left)


def _relative(found: _Shares, asked: Iterable[str], title: Iterable[str], left: Iterable[str]) -> _Shares:
    typed = sum(map(_weight, asked)) or 1
    found.covered = 1 - sum(map(_weight, left)) / (sum(map(_weight, title)) or 1) if left else 1
    found.unexplained = found.strange / typed
    found.similar /= typed
    found.initials /= typed
    return found


def _taken(word: str, left: list[str]) -> bool:
    if word in left:
        left.remove(word)
        return True
    return False


def _alike(word: str, left: Sequence[str]) -> tuple[Sequence[str], float]:
    if word.isdigit():
        return (), 0
    best = process.extractOne(word, left, scorer=fuzz.ratio, score_cutoff=_SIMILAR)
    return ((best[0],), best[1] / 100) if best else ((), 0)


def _initials(word: str, left: Sequence[str]) -> Sequence[str]:
    """The words that a short word has the initials of."""
    if not 2 <= len(word) <= 6 or word[0] not in [each[0] for each in left]:
        return ()
    for words in (left, [each for each in left if each not in STOP_WORDS]):
        at = "".join([_initial(each) for each in words]).find(word)
        if at >= 0:
            return tuple(words[at : at + len(word)])
    return ()


def _initial(word: str) -> str:
    return NUMERALS["5"] if word == "5" else word[0]


def _weight(word: str) -> int:
    return 1 if word in _LIGHT or not word.isascii() else len(word)
