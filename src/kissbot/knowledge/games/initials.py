"""Acronyms: which ones a title may have, and how well one stands for a title."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from kissbot.knowledge.games.names import NUMBER_WORDS, NUMERALS, STOP_WORDS

FAMOUS: Final = 55
"""From this popularity on, people also shorten a stretch of a title, and letters within a word."""

LONGEST: Final = 9
"""What has more letters is no acronym."""

_FORGOTTEN: Final = (frozenset(("part",)), frozenset(("the", "a", "an", "and", "plus", "part")), STOP_WORDS)
"""Words that may lose their letter together."""

_SPOKEN: Final = {"and": "n", "deluxe": "dx", "ex": "x", "versus": "vs", **NUMBER_WORDS}
"""Words that may be called by other letters than their first."""

_SKIPPED: Final = {"part": 0.1, "edition": 0.2, "episode": 0.2, "chapter": 0.2, "remastered": 0.3, "n": 0.1}
_SKIPPED_STOP, _SKIPPED_WORD, _SKIPPED_NUMBER, _SKIPPED_PART = 0.1, 0.8, 1.3, 0.5
_PREFIX, _INNER, _SPELLED = 0.4, 0.6, 0.15
_HOPELESS: Final = 2.5

Parts = Sequence[Sequence[str]]


def acronyms(parts: Parts, popularity: int) -> set[str]:
    """Acronyms of a title, given the words of each of its parts: `totk`, `gta5`, `gtav`, `mdread` …"""
    words = [word for part in parts for word in part]
    runs = [words, *(parts if len(parts) > 1 else ()), *(_runs(words) if popularity >= FAMOUS else ())]
    found: set[str] = set()
    for run in runs:
        found.update(_of_run(run))
        for ignored in _FORGOTTEN:
            if not ignored.isdisjoint(run):
                found.update(_of_run([word for word in run if word not in ignored]))
    if popularity >= FAMOUS and words:
        found.update(_with_inner_letter(words))
    return {acronym for acronym in found if 2 <= len(acronym) <= LONGEST}


def _runs(words: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(len(words)):
        if start == 0 or words[start] not in STOP_WORDS:
            for end in range(start + 2, min(len(words), start + 7) + 1):
                yield words[start:end]


def _of_run(words: Sequence[str]) -> Iterator[str]:
    if len(words) < 2:
        return
    starts = [word if word.isdigit() else word[0] for word in words]
    yield "".join(starts)
    yield "".join(starts[:-1]) + words[-1]
    if not _SPOKEN.keys().isdisjoint(words):
        yield "".join(_SPOKEN.get(word, start) for word, start in zip(words, starts, strict=True))
    numbers = [word for word in words[1:] if word.isdigit()]
    if numbers:
        yield "".join(_roman(starts))
        yield "".join(start for start in starts if not start.isdigit())
    for number in numbers:
        yield words[0] + number
        yield words[0][0] + number


def _roman(words: Iterable[str]) -> Iterator[str]:
    return (NUMERALS.get(word, word) for word in words)


def _with_inner_letter(words: Sequence[str]) -> Iterator[str]:
    """Hearthstone is `hs`: the first word with its first letter and one within."""
    first, *rest = words
    starts = [word if word.isdigit() else word[0] for word in rest]
    numbers = [word for word in rest if word.isdigit()]
    for tail in {"".join(each) for each in (starts, numbers, _roman(numbers), ())}:
        yield from (first[0] + letter + tail for letter in first[2:] if letter not in "aeiou")


def stands_for(acronym: str, parts: Parts) -> float:
    """How well an acronym fits a title: 1 for its initials, 0 for not at all."""
    costs = [0.0] + [_HOPELESS] * len(acronym)
    for part in parts:
        before = costs
        for word in part:
            costs = _after(word, acronym, costs)
        if len(parts) > 1:
            costs = [min(cost, old + _SKIPPED_PART) for cost, old in zip(costs, before, strict=True)]
    return max(0.0, 1 - costs[-1] / _HOPELESS)


def _after(word: str, acronym: str, costs: Sequence[float]) -> list[float]:
    """The cost of having read so many letters of the acronym after one more word of the title."""
    skipping = _skipping(word)
    after = [cost + skipping for cost in costs]
    for letters, cost in enumerate(costs[:-1]):
        if cost < _HOPELESS:
            for taken, price in _taking(acronym, letters, word):
                if letters + taken < len(after):
                    after[letters + taken] = min(after[letters + taken], cost + price)
    return after


def _skipping(word: str) -> float:
    if word in STOP_WORDS:
        return _SKIPPED_STOP
    return _SKIPPED_NUMBER if word.isdigit() else _SKIPPED.get(word, _SKIPPED_WORD)


def _taking(acronym: str, at: int, word: str) -> Iterator[tuple[int, float]]:
    """How many letters of the acronym a word may stand for, and at what cost."""
    if word.isdigit():
        yield from (
            (len(sign), 0) for sign in {word, NUMERALS.get(word, word)} if acronym.startswith(sign, at)
        )
        return
    spoken = _SPOKEN.get(word)
    if spoken and acronym.startswith(spoken, at):
        yield len(spoken), 0
    if acronym[at] == word[0]:
        yield 1, 0
        yield from _more(acronym, at, word)


def _more(acronym: str, at: int, word: str) -> Iterator[tuple[int, float]]:
    if acronym.startswith(word, at):
        yield len(word), _SPELLED
    second = acronym[at + 1 : at + 2]
    if second and second == word[1:2]:
        yield 2, _PREFIX
    elif second and second in word[2:]:
        yield 2, _INNER
