"""What a model thinks is not what it says: reasoning is left out of a text that arrives in pieces."""

import re
from typing import Final

_PAIRS: Final = {
    "<think>": "</think>",
    "<thinking>": "</thinking>",
    "<thought>": "</thought>",
    "<reasoning>": "</reasoning>",
    "[think]": "[/think]",
    "<|channel|>analysis": "<|channel|>final<|message|>",
}
"""How models begin to think, and how they end it."""

_MARKS: Final = (*_PAIRS, *_PAIRS.values())
_MARK: Final = re.compile("|".join(map(re.escape, _MARKS)), re.IGNORECASE)
_ENDS: Final = {end: re.compile(re.escape(end), re.IGNORECASE) for end in _PAIRS.values()}
_LONGEST: Final = max(map(len, _MARKS))


class Aloud:
    """Listens to a model; `said` is what was meant to be heard: at most `most` characters, no blank first."""

    def __init__(self, most: int) -> None:
        self.said = ""
        self._most = most
        self._ahead = ""
        """The end of what came: it may be the beginning of a mark."""
        self._until = ""
        """The mark that ends the thought, while there is one."""

    def hear(self, piece: str) -> None:
        """Take in what came next."""
        text, begin = self._ahead + piece, 0
        while mark := self._awaited().search(text, begin):
            self._pass(text[begin : mark.start()], mark.group().lower())
            begin = mark.end()
        end = len(text) - _beginning_of_a_mark(text, begin)
        self._say(text[begin:end])
        self._ahead = text[end:]

    def end(self) -> None:
        """Nothing more comes: what looked like the beginning of a mark was none."""
        self._say(self._ahead)
        self._ahead = ""

    def _awaited(self) -> re.Pattern[str]:
        return _ENDS[self._until] if self._until else _MARK

    def _pass(self, before: str, mark: str) -> None:
        if self._until:
            self._until = ""
        elif mark in _PAIRS:
            self._say(before)
            self._until = _PAIRS[mark]
        else:
            self.said = ""  # the prompt had begun the thought: all that came was a part of it

    def _say(self, text: str) -> None:
        if not self._until and len(self.said) < self._most:
            self.said = (self.said + text).lstrip()[: self._most]


def _beginning_of_a_mark(text: str, begin: int) -> int:
    """How many characters at the end of a text, from `begin` on, may be the beginning of a mark."""
    for length in range(min(len(text) - begin, _LONGEST - 1), 0, -1):
        end = text[-length:].lower()
        if any(mark.startswith(end) for mark in _MARKS):
            return length
    return 0
