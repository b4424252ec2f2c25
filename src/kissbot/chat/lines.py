"""What may be sent to a chat: cleaned, harmless, and short enough."""

import re
import unicodedata
from typing import Final

LIMIT: Final = 490
"""The longest line we send, in UTF-16 units. The platform's limit is 500 of a unit that it does not name
(UTF-16 is the larger count); ten are left for the mark that tells a repeated line from the first."""

REPEAT_MARK: Final = " \U000e0000"
"""Makes a line differ from the same line before it; shows as nothing in a chat."""

_ELLIPSIS: Final = "…"
_COMMAND_SIGNS: Final = ("/", ".", "!", "\\")
_INVISIBLE_CATEGORIES: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
_INVISIBLE_LETTERS: Final = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0"
)
_SENTENCE_END: Final = re.compile(r"[.!?…。！？](?=\s)")
_URL: Final = re.compile(r"\w+://\S+")
_REMEMBERED: Final = 10_000
_EMOJI_TAIL: Final = frozenset("\ufe0e\ufe0f\u20e3\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff")


def clean(text: str) -> str:
    """One line that no chat takes for a command, without control, zero-width or bidirectional characters."""
    text = " ".join(visible(text).split())
    return f"› {text}" if text.startswith(_COMMAND_SIGNS) else text


def visible(text: str) -> str:
    """What a person sees of a text: every blank a plain one, and nothing that shows as nothing."""
    if text.isascii() and text.isprintable():
        return text
    return text.translate(_SHOWN)


class _Shown(dict[int, int | str | None]):
    """How each character is shown, by its code; found out once, as most lines need few of them."""

    def __missing__(self, code: int) -> int | str | None:
        char = chr(code)
        shown = " " if char.isspace() else None if _is_invisible(char) else code
        if len(self) < _REMEMBERED:
            self[code] = shown
        return shown


_SHOWN: Final = _Shown()


def fit(text: str, limit: int = LIMIT) -> str:
    """`text`, cut to `limit` UTF-16 units at a sentence, else at a word; never inside a URL or an emoji."""
    if units(text) <= limit:
        return text
    end = _last_index(text, limit - units(_ELLIPSIS) - 1)
    kept = text[: _before_url(text, end)]
    if (sentence := _last_sentence(text, len(kept))) > len(kept) // 2:
        return f"{kept[:sentence]} {_ELLIPSIS}"
    words, blank, _ = kept.rpartition(" ")
    if blank and len(words) > len(kept) // 2:
        return words.rstrip() + _ELLIPSIS
    return kept[: _before_emoji(text, len(kept))].rstrip() + _ELLIPSIS


def _is_invisible(char: str) -> bool:
    if unicodedata.category(char) in _INVISIBLE_CATEGORIES or char in _INVISIBLE_LETTERS:
        return True
    # Not all that is unassigned: what a later Unicode made an emoji is unassigned to an older Python.
    code = ord(char)
    return 0xE0000 <= code <= 0xE0FFF or code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF


def units(text: str) -> int:
    return len(text) + sum(char > "\uffff" for char in text)


def _last_index(text: str, limit: int) -> int:
    used = 0
    for index, char in enumerate(text):
        used += 1 + (char > "\uffff")
        if used > limit:
            return index
    return len(text)


def _before_url(text: str, end: int) -> int:
    for url in _URL.finditer(text):
        if url.start() < end < url.end() and url.start() > 0:
            return url.start()
    return end


def _last_sentence(text: str, end: int) -> int:
    ends = [match.end() for match in _SENTENCE_END.finditer(text, 0, end + 1)]
    return ends[-1] if ends else 0


def _before_emoji(text: str, end: int) -> int:
    while 0 < end < len(text) and _joined(text[end - 1], text[end]):
        end -= 1
    return end


def _joined(left: str, right: str) -> bool:
    both_flags = "\U0001f1e6" <= left <= "\U0001f1ff" and "\U0001f1e6" <= right <= "\U0001f1ff"
    return both_flags or right in _EMOJI_TAIL or bool(unicodedata.combining(right))
