"""Names of games as people type them: case, accents, punctuation and numerals made alike."""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from msgspec import Struct

_NUMERALS: Final = "ii iii iv v vi vii viii ix x xi xii xiii xiv xv xvi xvii xviii xix xx"
_ROMAN: Final = {
    numeral: str(number) for number, numeral in enumerate(_NUMERALS.split(), 2) if numeral != "x"
}
NUMERALS: Final = {number: numeral for numeral, number in _ROMAN.items()} | {"1": "i", "10": "x"}
"""Roman numerals by their digits."""
_APOSTROPHES: Final = re.compile(r"['’`´]")
_MARKS: Final = re.compile(r"[®©™℠]")
_NO_WORD: Final = re.compile(r"[\W_]+")
_SPELLED: Final = re.compile(r"\b(?:\w ){2,}\w\b")
_PART: Final = re.compile(r"[:/|()\[\]~〜～]|\s[-–—]|[-–—]\s")
_HUMP: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")
_LETTERS_OR_DIGITS: Final = re.compile(r"\d+|[^\W\d]+")
_YEAR: Final = re.compile(r"(?P<name>.+?)\s*\(?\b(?P<year>19[7-9]\d|20[0-3]\d)\)?$")

STOP_WORDS: Final = frozenset(("the", "of", "and", "a", "an", "in", "to", "for", "on", "at", "plus"))
"""Words that are forgotten and added without changing what is meant."""

_EDITIONS: Final = """
    edition deluxe gold complete definitive enhanced anniversary remastered remake hd collection ultimate
    special directors cut bundle pack dlc classic classics legacy premium extended trilogy demo beta
    playtest soundtrack vr mobile prologue
"""
EDITIONS: Final = frozenset(_EDITIONS.split())
"""Words that tell an edition from the game itself."""

_FILLERS: Final = "game video videogame online edition free play live pc multiplayer"
FILLERS: Final = frozenset(_FILLERS.split())
"""Words that are said of every game."""

_DIGITS: Final = "zero one two three four five six seven eight nine ten"
NUMBER_WORDS: Final = {word: str(number) for number, word in enumerate(_DIGITS.split())}
_ALIKE: Final = {
    "brothers": "bros",
    "colours": "colors",
    "dx": "deluxe",
    "ep": "episode",
    "goty": "game of the year",
    "i": "1",
    "megaman": "mega man",
    "n": "and",
    "number": "no",
    "remaster": "remastered",
    "rockman": "mega man",
    "saint": "st",
    "versus": "vs",
    "volume": "vol",
}
_BRANDS: Final = re.compile(
    r"(?:tom clancys|sid meiers|american mcgees|james camerons|clive barkers|disneys|marvels|hasbro) (?=\w)"
)
"""Openings of titles that viewers leave out."""

_FULL_YEAR: Final = re.compile(r"(?:19[89]|20[0-3])\d")


def normal(name: str) -> str:
    """`"The Elder Scrolls® V: Skyrim"` → `"the elder scrolls v skyrim"`."""
    plain = name.lower() if name.isascii() else _unmarked(name)
    plain = plain.replace("&", " and ").replace("+", " plus ")
    plain = _NO_WORD.sub(" ", _APOSTROPHES.sub("", plain)).strip()
    return _SPELLED.sub(lambda spelled: spelled[0].replace(" ", ""), plain)


def _unmarked(name: str) -> str:
    return _plain(_plain(_MARKS.sub(" ", name)).casefold())  # folding may bring marks back


def _plain(text: str) -> str:
    return "".join(char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char))


def arabic(name: str) -> str:
    """A normal name with its roman numerals as digits: `"gta v"` → `"gta 5"`. An x may be a mere letter."""
    first, *rest = name.split(" ")
    return " ".join([first, *(_ROMAN.get(word, word) for word in rest)])


def glued(name: str) -> str:
    """A normal name without its blanks: what is left of a title that was typed in one go."""
    return name.replace(" ", "")


def numbers(name: str) -> frozenset[str]:
    """The numbers in a name; two titles that differ in one are different games."""
    return frozenset(re.findall(r"\d+", name))


def split_year(query: str) -> tuple[str, int | None]:
    """`"doom 2016"` → `("doom", 2016)`; the year is a hint, as it may belong to the name."""
    match = _YEAR.match(query.strip())
    return (match["name"], int(match["year"])) if match else (query, None)


class Name(Struct, frozen=True, gc=False):
    """A name taken apart; titles and what viewers type are read alike."""

    raw: str
    """Its letters and digits as they are, without blanks."""
    words: tuple[str, ...]
    """Letters apart from digits, numerals as digits, years as two digits, spellings made alike."""
    parts: tuple[tuple[str, ...], ...]
    """The words between its colons and dashes."""
    glued: str
    """Its words without blanks."""
    core: str
    """The same without stop words."""
    cores: tuple[str, ...]
    """The same of each part; empty when there is just one."""
    numbers: tuple[str, ...]
    """Those of fewer than three digits after the first word, and X: 2077 is a name."""
    editions: frozenset[str]


def marked(name: str) -> str:
    """A normal name with a `|` where a part of the title ends: `"the elder scrolls v|skyrim"`."""
    parts = (normal(part) for part in _PART.split(name))
    return _BRANDS.sub(lambda brand: f"{brand[0][:-1]}|", "|".join(part for part in parts if part), count=1)


def spread(name: str) -> str:
    """A name with a blank before every capital within a word: `BioShock` → `Bio Shock`."""
    return _HUMP.sub(" ", name)


@lru_cache(maxsize=4096)
def read(text: str) -> Name:
    """Take a marked name apart."""
    first, *others = text.split("|")
    parts = (_words(first, 1), *(_words(part, 0) for part in others))
    words = parts[0] if len(parts) == 1 else tuple(word for part in parts for word in part)
    return Name(
        raw=text.replace("|", "").replace(" ", ""),
        words=words,
        parts=parts,
        glued="".join(words),
        core=core(words),
        cores=tuple(map(core, parts)) if len(parts) > 1 else (),
        numbers=tuple(word for word in words[1:] if word == "x" or (word.isdigit() and len(word) < 3)),
        editions=EDITIONS.intersection(words),
    )


def core(words: Sequence[str]) -> str:
    """Words without stop words and blanks, if any are left without."""
    return "".join([word for word in words if word not in STOP_WORDS]) or "".join(words)


def _words(part: str, letters: int) -> tuple[str, ...]:
    """The words of a part; so many of the first are no numerals but letters."""
    typed = part.split(" ")
    digits = (*typed[:letters], *[_ROMAN.get(word, word) for word in typed[letters:]])
    alike = [_ALIKE.get(word, word) for word in digits]
    if len(alike) > 1:
        alike[-1] = NUMBER_WORDS.get(alike[-1], alike[-1])
    plain = " ".join(alike)
    if plain.isascii() and plain.replace(" ", "").isalpha():
        return tuple(plain.split(" "))
    return tuple(_short_year(word) for word in _LETTERS_OR_DIGITS.findall(plain))


def _short_year(word: str) -> str:
    """Sports games are called after years: `2007` and `07` are the same."""
    return word[2:] if _FULL_YEAR.fullmatch(word) else word
