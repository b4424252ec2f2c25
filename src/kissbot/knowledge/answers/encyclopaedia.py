"""What an encyclopaedia is asked, and what it tells: no network in here."""

import re
from typing import Final, Protocol

from msgspec import Struct

from kissbot.chat.lines import visible

EXTRACT_WITHIN: Final = 2.0
"""Seconds; an answer does not wait longer for what would ground it."""

LONGEST_TOPIC: Final = 100
"""Characters of what is looked up."""

_QUESTION: Final = frozenset(
    """
    a an the of in on is are was were do does did who what when where why how which whose you can
    tell me about
    le la les l un une des du de d est sont était qui que qu quoi quel quelle quels quelles quand où pourquoi
    comment combien ce c es cela ça dans sur
    el los las una unos es son era quién quien qué cuál cuándo cuando dónde donde cómo cuánto cuántos por del
    der die das ein eine ist sind war wer was wann wo warum wie welche welcher welches wieviel von im am
    """.split()  # noqa: SIM905 (a list of words reads best as words)
)
_WORD: Final = re.compile(r"[\w.+#&-]*\w[+#]*")


class Article(Struct, frozen=True):
    """What an encyclopaedia tells of a topic. The summary is data from outside, cleaned by nobody yet."""

    title: str
    summary: str
    url: str
    language: str
    """Of the text: not the one that was asked for, when nothing was found in that."""


class Encyclopaedia(Protocol):
    """Knows something about everything."""

    async def look_up(self, topic: str, language: str) -> Article | None:
        """What is told of a topic; None when nothing is. Raises `Unavailable`."""
        ...

    async def extract(self, question: str, language: str, seconds: float = EXTRACT_WITHIN) -> Article | None:
        """What may help to answer a question; None when nothing does, or it would come too late."""
        ...


def keywords(question: str) -> str:
    """What a question is about: `"Who painted the Mona Lisa?"` → `"painted Mona Lisa"`."""
    words: list[str] = _WORD.findall(visible(question).replace("’", "'"))
    telling = [word for word in words if word.casefold() not in _QUESTION]
    return " ".join(telling or words)[:LONGEST_TOPIC]
