"""What may be said of a model's answer: a short, harmless line in the channel's language, or why nothing."""

import re
from collections.abc import Iterable, Iterator
from operator import eq
from typing import Final, Literal

from msgspec import Struct

from kissbot.chat.lines import clean, fit, visible
from kissbot.knowledge.answers.blocklist import Blocklist, shipped
from kissbot.knowledge.answers.claims import sentences, without_claims
from kissbot.knowledge.answers.language import language_of
from kissbot.knowledge.answers.markup import answer_alone, without_acts, without_formatting

READ: Final = 20_000
"""More characters of an answer are not looked at: they are reasoning, or a loop."""

WEIGHED: Final = 2_000
"""More of what is no reasoning is not looked at: no line is so long."""

SURE: Final = 0.9
"""From this confidence on, an answer counts as being in another language; titles alone do not make it so."""

Fault = Literal["empty", "blocked", "foreign"]
"""Why an answer is not said: nothing is left, a word of it is never said, or it is in another language."""

_ROUNDS: Final = 6
_REPEATS: Final = 3
_PHRASE: Final = 12
"""The longest phrase, in words, that is looked for as a loop."""

_LONG_DRAWN: Final = re.compile(r"([^\d\s])\1{4,}")
_TO_ALL: Final = re.compile(r"@+(?:everyone|here|all|chat|channel|tous|todos|alle)\b", re.I)
_MENTION: Final = re.compile(r"@+(?=\w)")
_ADDRESS: Final = re.compile(
    r"\b[a-z][a-z0-9+.-]{1,15}://\S*|\bwww\.\S+|\b[\w.+-]{1,64}@[\w-]+\.[\w.-]+|\b(?:javascript|data|mailto):\S+",
    re.I,
)
_ENDINGS: Final = (
    "com|net|org|info|biz|io|gg|tv|me|co|xyz|app|dev|ai|link|live|shop|store|site|online|club|top|pro|fun|game|games"
    "|gl|ly|be|fr|de|es|it|pt|ru|nl|pl|uk|us|eu|ch|at|ca|br|mx|jp|cn|kr|se|no|fi|dk|in|cc|to|sh|ws|su|tk|ml|ga|cf|рф"
)
_DOMAIN: Final = re.compile(rf"(?<![\w@.-])((?:[\w-]+\.){{1,6}})({_ENDINGS})(?![\w-])(?:[/?#:]\S*)?")
_NUMBERED: Final = re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+|/)\S*")
_HOLLOW: Final = re.compile(r"\(\s*\)|\[\s*\]|<\s*>|«\s*»|“\s*”|\"\s+\"")
_BEFORE_STOP: Final = re.compile(r"\s+([,.](?=\s|$))")
_SIGNS: Final = re.compile(
    r"^(?:/me\b|[\s/.!\\›»…／．！＼]+|[,;:)\]}>|]+\s+|[-–—*•]+\s+|[$?~&+#%=^<*_>|,;:-]+(?=[^\W\d_]))+", re.I
)
_SOMETHING: Final = re.compile("[^\\W_]|[☀-➿\U0001f000-\U0001faff]")
_ACCENT: Final = "[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff]"
_HEAP: Final = re.compile(f"({_ACCENT}{{2}}){_ACCENT}+")
_QUOTE_INSIDE: Final = re.compile(r"\s'|'\s")
_QUOTES: Final = {'"': '"', "'": "'", "“": "”", "«": "»", "„": "“", "‘": "’", "‹": "›", "「": "」"}


class Cleaned(Struct, frozen=True):
    """What may be said, and if that is nothing, why."""

    text: str
    fault: Fault | None = None


def cleaned(
    answer: str,
    *,
    limit: int,
    language: str,
    bot: str,
    links: bool = False,
    secret: str = "",
    blocklist: Blocklist | None = None,
) -> Cleaned:
    """What may be said of a model's `answer`, in `limit` UTF-16 units at most.

    `language` is the channel's, `bot` the name that the model was given, `secret` what it was told and
    must not repeat.
    """
    said, before = answer_alone(visible_lines(answer[:READ]))[:WEIGHED], ""
    for _ in range(_ROUNDS):  # what is taken away may join what was apart
        said, before = fit(_once_cleaned(said, bot, secret, links=links), limit), said
        if said == before:
            break
    if not _SOMETHING.search(said):
        return Cleaned("", "empty")
    if (blocklist or shipped()).found(said, language):
        return Cleaned("", "blocked")
    guess = language_of(said)
    if guess and guess.language != language and guess.confidence >= SURE:
        return Cleaned("", "foreign")
    return Cleaned(said)


def _once_cleaned(text: str, bot: str, secret: str, *, links: bool) -> str:
    text = without_acts(without_formatting(answer_alone(visible_lines(text)), links=links))
    text = _without_loops(" ".join(text.split()))
    text = without_claims(_unquoted(text), bot, secret)
    text = _calm(text if links else _without_links(text))
    return clean(_SIGNS.sub("", _unquoted(_tidy(text))))


def visible_lines(text: str) -> str:
    """What a person sees of each line."""
    return "\n".join(map(visible, text.splitlines()))


def _without_loops(text: str) -> str:
    """A line in which what a model said again and again is said once."""
    words = _LONG_DRAWN.sub(r"\1\1\1", text).split()
    for length in range(1, _PHRASE + 1):
        if sum(map(eq, words, words[length:])) >= (_REPEATS - 1) * length:
            words = _once_each(words, length)
    return "".join(_unlike(sentences(" ".join(words))))


def _once_each(words: list[str], length: int) -> list[str]:
    """Words in which no phrase of that length stands more than three times in a row, or then only once."""
    kept: list[str] = []
    start = 0
    while start < len(words):
        times = _times(words, start, length)
        looping = times > _REPEATS or (times == _REPEATS and length > 1)
        kept += words[start : start + (length if looping else 1)]
        start += length * times if looping else 1
    return kept


def _times(words: list[str], start: int, length: int) -> int:
    """How often in a row the phrase of that length stands from there."""
    phrase, times = words[start : start + length], 1
    while len(phrase) == length and words[start + times * length : start + (times + 1) * length] == phrase:
        times += 1
    return times


def _unlike(said: Iterable[str]) -> Iterator[str]:
    """Sentences that were not said before; short ones may come again."""
    known: set[str] = set()
    for sentence in said:
        same = sentence.strip().casefold()
        if same not in known or same.count(" ") < _REPEATS - 1:
            yield sentence
        known.add(same)


def _without_links(text: str) -> str:
    """A line without addresses; a mere domain is spelled so that no chat makes a link of it."""
    return _DOMAIN.sub(_spelled, _NUMBERED.sub("", _ADDRESS.sub("", text)))


def _spelled(match: re.Match[str]) -> str:
    return f"{match[1]}{match[2]}".replace(".", "(.)")


def _calm(text: str) -> str:
    """A line that speaks to one person at most, and to nobody with heaps of accents."""
    first, *more = _MENTION.split(_TO_ALL.sub("", text))
    text = f"{first}@{''.join(more)}" if more else first
    return text if text.isascii() else _HEAP.sub(r"\1", text)


def _tidy(text: str) -> str:
    """What is left, without the brackets and blanks of what is gone."""
    return " ".join(_BEFORE_STOP.sub(r"\1", _HOLLOW.sub("", text)).split())


def _unquoted(text: str) -> str:
    """An answer without quotation marks around the whole of it."""
    text = text.strip()
    closing = _QUOTES.get(text[:1])
    if len(text) < 2 or not closing or text[-1] != closing:
        return text
    inside = text[1:-1]
    apart = closing not in inside and text[0] not in inside
    return inside.strip() if apart or (closing == "'" and not _QUOTE_INSIDE.search(inside)) else text
