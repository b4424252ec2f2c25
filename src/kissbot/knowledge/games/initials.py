"""Acronyms: which ones a title may have, and how well one stands for a title."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final

from kissbot.knowledge.games.names import NUMERALS, STOP_WORDS

FAMOUS: Final = 55
"""From this popularity on, people also shorten a part of a title, and letters within a word."""

LONGEST: Final = 9
"""What has more letters is no acronym."""

_SKIPPED: Final = {"part": 0.1, "edition": 0.2, "episode": 0.2, "chapter": 0.2, "remastered": 0.3}
_SKIPPED_STOP, _SKIPPED_WORD, _SKIPPED_NUMBER, _SKIPPED_PART = 0.1, 0.7, 1.3, 0.9
_PREFIX, _INNER, _SPELLED = 0.35, 0.7, 0.15
_HOPELESS: Final = 2.5


def acronyms(parts: Sequence[Sequence[str]], popularity: int) -> set[str]:
    """Acronyms of a title, given the words of each of its parts: `totk`, `gta5`, `gtav`, `mdread` …"""
    words = [word for part in parts for word in part]
    found: set[str] = set()
    runs = [words, *(parts if len(parts) > 1 else ()), *(_runs(words) if popularity >= FAMOUS else ())]
    for run in runs:
        found.update(_of_run(run))
        telling = [word for word in run if word not in STOP_WORDS]
        if len(telling) < len(run):
            found.update(_of_run(telling))
    if popularity >= FAMOUS and words:
        found.update(_with_inner_letter(words))
    return {acronym for acronym in found if 2 <= len(acronym) <= LONGEST}


def _runs(words: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(len(words)):
        for end in range(start + 2, min(len(words), start + 7) + 1):
            yield words[start:end]


def _of_run(words: Sequence[str]) -> Iterator[str]:
    if len(words) < 2:
        return
    starts = [word if word.isdigit() else word[0] for word in words]
    yield "".join(starts)
    yield "".join(starts[:-1]) + words[-1]
    numbers = [word for word in words[1:] if word.isdigit()]
    if numbers:
        yield "".join(NUMERALS.get(start, start) for start in starts)
        yield "".join(word[0] for word in words if not word.isdigit())
    for number in numbers:
        yield words[0] + number
        yield words[0][0] + number


def _with_inner_letter(words: Sequence[str]) -> Iterator[str]:
    """Hearthstone is `hs`: the first word with its first letter and one within."""
    first, *rest = words
    starts = "".join(word if word.isdigit() else word[0] for word in rest)
    numbers = "".join(word for word in rest if word.isdigit())
    for tail in {starts, numbers, ""}:
        yield from (first[0] + letter + tail for letter in first[2:] if letter not in "aeiou")


def stands_for(acronym: str, parts: Sequence[Sequence[str]]) -> float:
    """How well an acronym fits a title: 1 for its initials, 0 for not at all."""
    flat = tuple(word for part in parts for word in part)
    starts = {sum(map(len, parts[:number])): len(part) for number, part in enumerate(parts)}
    if len(parts) < 2:
        starts = {}
    cost = _cheapest(acronym, flat, starts)
    return max(0.0, 1 - cost / _HOPELESS)


def _cheapest(acronym: str, words: Sequence[str], parts: dict[int, int]) -> float:
    """The cost of the cheapest way to read the acronym out of the words."""

    @lru_cache(maxsize=None)
    def rest(letter: int, word: int) -> float:
        if word == len(words):
            return 0 if letter == len(acronym) else _HOPELESS
        ways = [_skipping(words[word]) + rest(letter, word + 1)]
        if word in parts:
            ways.append(_SKIPPED_PART + rest(letter, word + parts[word]))
        ways.extend(
            cost + rest(letter + taken, word + 1) for taken, cost in _taking(acronym, letter, words[word])
        )
        return min(ways)

    return rest(0, 0)


def _skipping(word: str) -> float:
    if word in STOP_WORDS:
        return _SKIPPED_STOP
    return _SKIPPED_NUMBER if word.isdigit() else _SKIPPED.get(word, _SKIPPED_WORD)


def _taking(acronym: str, letter: int, word: str) -> Iterator[tuple[int, float]]:
    """How many letters of the acronym a word may stand for, and at what cost."""
    left = acronym[letter:]
    if word.isdigit():
        yield from ((len(sign), 0) for sign in (word, NUMERALS.get(word, word)) if left.startswith(sign))
    elif word == "and" and left.startswith("n"):
        yield 1, 0
    elif left and left[0] == word[0]:
        yield 1, 0
        if left.startswith(word):
            yield len(word), _SPELLED
        elif left[1:2] and left[1] == word[1:2]:
            yield 2, _PREFIX
        elif left[1:2] and left[1] in word[2:]:
            yield 2, _INNER
