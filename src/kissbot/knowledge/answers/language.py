"""Which language a line of chat is in, found offline from its letters and its commonest words.

The table `language.txt` is made by `tools/language_table.py`: how common three letters are in each
language, how common its words are in a chat, and words that all chats say. Other scripts than ours speak
for themselves.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from math import exp
from pathlib import Path
from typing import Final

from msgspec import Struct

TABLE: Final = Path(__file__).parent / "language.txt"
LATIN: Final = ("en", "fr", "es", "de", "it", "pt", "nl", "pl")
"""Languages told apart by their words, in the order of the table's columns."""

FLOOR, SCALE = -10.0, 6.0
"""The logarithm that the level `0` stands for, and levels for each unit of it."""

_GRAM_WEIGHT: Final = 0.3
_WORD_WEIGHT: Final = 0.8
"""How much a unit counts: letters depend on each other, and a word is nearly independent of the next."""

_NAME_WEIGHT: Final = 0.3
"""What may be a name, for its capital within a line, counts for less."""

LONGEST_LINK: Final = 3
"""A word of so few letters between two names is of a title: `of`, `the`, `la`."""

LEAST_WORDS: Final = 2
LEAST_LETTERS: Final = 5
LEAST_SURE: Final = 0.7
"""With fewer words or letters, or less confidence, a line does not tell its language."""

_WORD: Final = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_SKIPPED: Final = re.compile(
    r"\w+://\S+|www\.\S+|[@#!$]\w+|:\w+:|\S*\d\S*|\S*_\S*|\b[a-z]+[A-Z]\w*|\b[A-Z][a-z]+[A-Z]\w*"
)
_SCRIPTS: Final = (
    ("ja", re.compile("[\u3040-\u30ff]")),
    ("ko", re.compile("[\uac00-\ud7a3\u1100-\u11ff]")),
    ("zh", re.compile("[\u4e00-\u9fff]")),
    ("ru", re.compile("[\u0400-\u04ff]")),
    ("ar", re.compile("[\u0600-\u06ff]")),
    ("he", re.compile("[\u0590-\u05ff]")),
    ("el", re.compile("[\u0370-\u03ff]")),
    ("th", re.compile("[\u0e00-\u0e7f]")),
    ("hi", re.compile("[\u0900-\u097f]")),
)
_UKRAINIAN: Final = re.compile("[іїєґ]")
_SCRIPT_SURE: Final = 0.9
_MOST: Final = 400
"""So many characters tell a line's language."""


class Guess(Struct, frozen=True):
    """A language by its code, and how sure that is, from 0 to 1."""

    language: str
    confidence: float


def language_of(text: str) -> Guess | None:
    """The language of a line; None when it does not tell: emotes, names, numbers, a single word."""
    plain = _SKIPPED.sub(" ", text[:_MOST])
    if not plain.isascii() and (guess := _by_script(plain)):
        return guess
    return _by_words(plain)


def words(text: str) -> Iterator[str]:
    """The words of a text as the table has them: small letters, with their apostrophes."""
    for match in _WORD.finditer(text):
        yield match.group().lower().replace("’", "'")


def grams(word: str) -> Iterator[str]:
    """All three letters that follow each other in a word; `_` stands for its ends."""
    for part in word.split("'"):
        framed = f"_{part}_"
        yield from (framed[start : start + 3] for start in range(len(framed) - 2))


def _by_script(text: str) -> Guess | None:
    """The language of most letters of a script that is not Latin."""
    letters = sum(map(str.isalpha, text))
    for language, script in _SCRIPTS:
        found = len(script.findall(text))
        if found >= LEAST_WORDS and found * 2 > letters:
            other = language == "ru" and _UKRAINIAN.search(text.lower())
            return Guess("uk" if other else language, max(_SCRIPT_SURE, found / letters))
    return None


def _by_words(text: str) -> Guess | None:
    heard = _heard(text)
    if len(heard) < LEAST_WORDS or sum(map(len, heard)) < LEAST_LETTERS:
        return None
    scores = [0.0] * len(LATIN)
    for word, weight in heard.items():
        rows, counts = _table().rows(word)
        for place, levels in enumerate(zip(*rows, strict=True)):
            scores[place] += sum(levels) * counts * weight
    best = max(scores)
    confidence = 1 / sum(exp(score - best) for score in scores)
    return Guess(LATIN[scores.index(best)], confidence) if confidence >= LEAST_SURE else None


def _heard(text: str) -> dict[str, float]:
    """The words that may tell a language, each once, and how much each counts."""
    found = _WORD.findall(text)
    names = [word[0].isupper() and not word.isupper() for word in found]
    heard: dict[str, float] = {}
    for place, word in enumerate(found):
        beside = any(names[max(0, place - 2) : place]) and any(names[place + 1 : place + 3])
        within = beside and len(word) <= LONGEST_LINK
        plain = word.lower().replace("’", "'")
        if plain not in _table().anybodys:
            named = within or (names[place] and (place > 0 or names[1:2] == [True]))
            weight = _NAME_WEIGHT if named else 1.0
            heard[plain] = max(weight, heard.get(plain, 0.0))
    return heard


class _Table(Struct, frozen=True):
    """How common letters and words are, in levels, by the languages of `LATIN`."""

    letters: Mapping[str, bytes]
    words: Mapping[str, bytes]
    anybodys: frozenset[str]

    def rows(self, word: str) -> tuple[list[bytes], float]:
        """What a word says, and how much a level of it counts."""
        if row := self.words.get(word):
            return [row], _WORD_WEIGHT / SCALE
        return [row for gram in grams(word) if (row := self.letters.get(gram))], _GRAM_WEIGHT / SCALE


@cache
def _table() -> _Table:
    letters, known, anybodys = TABLE.read_text(encoding="utf-8").split("\n\n")
    return _Table(_rows(letters), _rows(known), frozenset(anybodys.split()))


def _rows(lines: str) -> dict[str, bytes]:
    pairs = (line.split("\t") for line in lines.splitlines())
    return {feature: levels.encode() for feature, levels in pairs}
