"""Whether a reply contains a known answer, and whether it admits that it knows none."""

import re
import unicodedata
from collections.abc import Mapping
from typing import Final

_YES_OR_NO: Final[Mapping[str, frozenset[str]]] = {
    "yes": frozenset({"yes", "yep", "yeah", "oui", "si", "ja"}),
    "no": frozenset({"no", "nope", "non", "nein"}),
}
_ARTICLES: Final = re.compile(r"^(?:the|a|an) ")
_ABSTAINS: Final = re.compile(
    r"\b(?:(?:do not|don t|cannot|can t|not) (?:really )?(?:know|sure|certain|say|tell)"
    r"|no idea|unknown to me|unsure"
    r"|ne (?:le )?(?:sais|connais) pas|sais pas|pas (?:sure?|certaine?)|aucune idee|j ignore"
    r"|no lo (?:se|conozco)|no se (?:que|quien|cual|cuando|donde|la respuesta)|no estoy segur[oa]"
    r"|ni idea|desconozco"
    r"|weiss(?: \w+){0,3} nicht|nicht sicher|keine ahnung)\b"
)


def contains(reply: str, answer: str) -> bool:
    """Whether a known answer is in a reply: all its parts, by their words. `Yes` and `No` in four languages.

    What is written in another way in the reply's language is not found: at least so many are right.
    """
    said = f" {_words(reply)} "
    if meant := _YES_OR_NO.get(_words(answer)):
        return bool(meant.intersection(said.split()[:1]))
    parts = [_ARTICLES.sub("", _words(part)) for part in answer.split(", ")]
    return all(f" {part} " in said for part in parts if part) and any(parts)


def abstains(reply: str) -> bool:
    """Whether a reply admits that it has no answer."""
    return bool(_ABSTAINS.search(_words(reply)))


def _words(text: str) -> str:
    """Its words in small letters without accents, one blank apart."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return " ".join(re.findall(r"\w+", "".join(char for char in plain if not unicodedata.combining(char))))
