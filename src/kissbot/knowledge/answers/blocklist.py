"""Words that the bot never says, in nine languages, and finding them under the usual disguises.

The entries lie in `blocklist.txt`, each hidden from the eye; `python tools/blocklist.py` shows and
changes them. An entry is a word, `begin*` for all words that begin so, `*part*` for all that contain it,
or several words for a phrase. One with `=` before it counts only in a text of its own language, because
it is an ordinary word of another. Accents and case do not matter, apart from ñ and й, which tell words
apart.
"""

import re
import unicodedata
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

from kissbot.chat.lines import visible

STORED: Final = Path(__file__).parent / "blocklist.txt"
SHORTEST_BEGINNING: Final = 3

Entry = tuple[str, str]
"""A language, and a word or phrase as it is written in the list."""

_KEPT: Final = frozenset("ñй")
_STROKES: Final = {"ł": "l", "ø": "o", "đ": "d", "ı": "i", "œ": "oe", "æ": "ae"}
_TOKEN: Final = re.compile(r"\S+")
_LETTERS: Final = re.compile(r"[^\W_]+")
_ODD: Final = re.compile(r"[^a-zа-яñ]")
_SEPARATED: Final = re.compile(r"[^\W_]+(?:[-._~·+*|][^\W_]+)+")
_SPELLED: Final = re.compile(r"(?<!\w)(?:[^\W_][ ._*/,~|-]{1,2}){3,}[^\W_](?!\w)")
_LONG_DRAWN: Final = re.compile(r"(.)\1\1+")
_FIGURES: Final = str.maketrans("03457@$€+", "oeastaset")
_BARS: Final = str.maketrans("1!|", "iii")
_OTHER_BARS: Final = str.maketrans("1!|", "lll")
_AS_LATIN: Final = str.maketrans("асеіікмнопртухвѕјαεικνορτυχ", "aceiikmhonptyxbsjaeiknoptux")
_AS_CYRILLIC: Final = str.maketrans("aceikmhoptyxb", "асеикмнортухв")
_LATIN, _CYRILLIC = re.compile("[a-z]"), re.compile("[а-яѐ-ӿα-ω]")
_VOWELS: Final = "aeiou"


def hidden(entry: str) -> str:
    """An entry as it is stored: nothing that is read in passing."""
    return b64encode(entry.encode()).decode()


def stored() -> Iterator[Entry]:
    """The entries that come with the bot."""
    for line in STORED.read_text(encoding="ascii").splitlines():
        language, entry = line.split()
        yield language, b64decode(entry).decode()


class Blocklist:
    """What is not said; `extra` are an operator's own entries, which count in every language."""

    def __init__(self, extra: Iterable[str] = ()) -> None:
        self._everywhere = _Entries()
        self._only: dict[str, _Entries] = {}
        for language, entry in (*stored(), *(("", entry) for entry in extra)):
            if entry.startswith("="):
                self._only.setdefault(language, _Entries()).add(entry[1:])
            else:
                self._everywhere.add(entry)

    def found(self, text: str, language: str = "") -> str | None:
        """A word or phrase of a text, as it is compared, that is not to be said; `language` is the text's."""
        plain = _plain(text)
        words = set(_words(plain))
        line = f" {' '.join(_LETTERS.findall(plain))} "
        only = self._only.get(language)
        return self._everywhere.found(words, line) or (only.found(words, line) if only else None)


@cache
def shipped() -> Blocklist:
    """The list as it comes with the bot."""
    return Blocklist()


class _Entries:
    """Entries, sorted by how they are compared."""

    def __init__(self) -> None:
        self.words: set[str] = set()
        self.beginnings: set[str] = set()
        self.heads: set[str] = set()
        self.parts: list[str] = []
        self.phrases: list[str] = []

    def add(self, entry: str) -> None:
        plain = " ".join(_LETTERS.findall(_plain(entry)))
        if not plain:
            return
        if " " in plain:
            self.phrases.append(f" {plain} ")
        elif entry.startswith("*"):
            self.parts.append(plain)
        elif entry.endswith("*") and len(plain) >= SHORTEST_BEGINNING:
            self.beginnings.add(plain)
            self.heads.add(plain[:SHORTEST_BEGINNING])
        else:
            self.words.add(plain)

    def found(self, words: set[str], line: str) -> str | None:
        """What of these is among the words of a line, or in the line itself."""
        if known := words & self.words:
            return min(known)
        return next((word for word in words if self._begins(word)), None) or self._within(words, line)

    def _begins(self, word: str) -> bool:
        if word[:SHORTEST_BEGINNING] not in self.heads:
            return False
        return any(word[:end] in self.beginnings for end in range(SHORTEST_BEGINNING, len(word) + 1))

    def _within(self, words: set[str], line: str) -> str | None:
        joined = " ".join(words)
        if part := next((part for part in self.parts if part in joined), None):
            return part
        return next((phrase.strip() for phrase in self.phrases if phrase in line), None)


def _plain(text: str) -> str:
    """Small letters without accents, and without what shows as nothing."""
    if text.isascii():
        return text.lower()
    text = visible(unicodedata.normalize("NFKC", text)).casefold()
    return "".join(map(_base, unicodedata.normalize("NFC", text)))


@lru_cache(2000)
def _base(char: str) -> str:
    if char in _KEPT:
        return char
    bare = unicodedata.normalize("NFD", char)[0]
    return "" if unicodedata.combining(bare) else _STROKES.get(bare, bare)


def _words(plain: str) -> Iterator[str]:
    """Every word that a line may be read as."""
    for match in _TOKEN.finditer(plain):
        token = match.group()
        yield from _LETTERS.findall(token)
        if _ODD.search(token) or (not token.isascii() and _LATIN.search(token)):
            yield from _undisguised(token.rstrip("!?.,;:)\"'…"))
        if _LONG_DRAWN.search(token):
            yield from _shortened(token)
    for match in _SPELLED.finditer(plain):
        yield from _stretches("".join(_LETTERS.findall(match.group())))


def _undisguised(token: str) -> Iterator[str]:
    """Readings of a token with figures, signs, or letters of two scripts in it."""
    yield from ("".join(_LETTERS.findall(match)) for match in _SEPARATED.findall(token))
    if not _LATIN.search(token) and not _CYRILLIC.search(token):
        return
    for bars in (_BARS, _OTHER_BARS):
        yield from _LETTERS.findall(token.translate(bars).translate(_FIGURES))
    if "*" in token.strip("*"):
        yield from (word for vowel in _VOWELS for word in _LETTERS.findall(token.replace("*", vowel)))
    if _LATIN.search(token) and _CYRILLIC.search(token):
        yield from _LETTERS.findall(token.translate(_AS_LATIN))
        yield from _LETTERS.findall(token.translate(_AS_CYRILLIC))


def _shortened(token: str) -> Iterator[str]:
    for kept in (r"\1", r"\1\1"):
        yield from _LETTERS.findall(_LONG_DRAWN.sub(kept, token))


def _stretches(letters: str) -> Iterator[str]:
    """The words in a line of single letters; none that is shorter than it would be spelled for."""
    for start in range(len(letters)):
        yield from (letters[start:end] for end in range(start + 4, min(len(letters), start + 16) + 1))
