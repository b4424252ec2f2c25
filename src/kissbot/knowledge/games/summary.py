"""What a source writes about a game, made into one clean sentence."""

import html
import re
from typing import Final

LONGEST: Final = 220
"""Characters; the facts of a game have to fit into the same line."""

_SHORTEST: Final = 40
"""Shorter ones say little (`Welcome to hell!`), so that the next sentence is taken, too."""

_TAG: Final = re.compile(r"<[^<>]{0,500}>")
_END: Final = re.compile(r"(?<=[.!?…])[\"”»]?\s+(?=[^\W\d_a-z]|[\"“«¿¡\d])")


def sentence(words: str) -> str:
    """The first sentence that says something, without mark-up; empty when there is none."""
    plain = " ".join(html.unescape(_TAG.sub(" ", words[:5000])).split())
    told = ""
    for part in _END.split(plain):
        told = f"{told} {part}".strip()
        if len(told) >= _SHORTEST:
            break
    return told if len(told) <= LONGEST else _cut(told)


def _cut(words: str) -> str:
    kept, _, _ = words[:LONGEST].rpartition(" ")
    return f"{(kept or words[: LONGEST - 1]).rstrip(' ,;:-–')}…"
