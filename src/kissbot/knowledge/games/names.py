"""Names of games as people type them: case, accents, punctuation and numerals made alike."""

import re
import unicodedata
from typing import Final

_NUMERALS: Final = "ii iii iv v vi vii viii ix x xi xii xiii xiv xv xvi xvii xviii xix xx"
_ROMAN: Final = {
    numeral: str(number) for number, numeral in enumerate(_NUMERALS.split(), 2) if numeral != "x"
}
_APOSTROPHES: Final = re.compile(r"['’`´]")
_MARKS: Final = re.compile(r"[®©™℠]")
_NO_WORD: Final = re.compile(r"[\W_]+")
_SPELLED: Final = re.compile(r"\b(?:\w ){2,}\w\b")
_YEAR: Final = re.compile(r"(?P<name>.+?)\s*\(?\b(?P<year>19[7-9]\d|20[0-3]\d)\)?$")


def normal(name: str) -> str:
    """`"The Elder Scrolls® V: Skyrim"` → `"the elder scrolls v skyrim"`."""
    plain = _plain(_plain(_MARKS.sub(" ", name)).casefold())  # folding may bring marks back
    plain = plain.replace("&", " and ").replace("+", " plus ")
    plain = _NO_WORD.sub(" ", _APOSTROPHES.sub("", plain)).strip()
    return _SPELLED.sub(lambda spelled: spelled[0].replace(" ", ""), plain)


def _plain(text: str) -> str:
    return "".join(char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char))


def arabic(name: str) -> str:
    """A normal name with its roman numerals as digits: `"gta v"` → `"gta 5"`. An x may be a mere letter."""
    first, *rest = name.split(" ")
    return " ".join([first, *(_ROMAN.get(word, word) for word in rest)])


def with_x_as(number: int, name: str) -> str:
    """A normal name with a numeral x, if it has one, as this number: `"final fantasy x"` → `… 10`."""
    first, *rest = name.split(" ")
    return " ".join([first, *(str(number) if word == "x" else word for word in rest)])


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
