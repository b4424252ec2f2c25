"""How the bot sounds in a channel: presets, and the words that they stand for."""

from collections.abc import Mapping
from typing import Final

PLAIN: Final = "plain"

EVERYWHERE: Final = "everywhere"
"""Not only when the bot is spoken to, but also for `!ask`."""

PRESETS: Final[Mapping[str, tuple[str, ...]]] = {
    "friendly": ("warm", "lively", "few-emoji", "casual"),
    "butler": ("dry", "calm", "no-emoji", "formal"),
    "clown": ("playful", "lively", "many-emoji", "casual"),
    "coach": ("warm", "lively", "no-emoji", "casual"),
    "sage": ("serious", "calm", "no-emoji", "formal"),
}

KINDS: Final = (
    ("warm", "dry", "playful", "serious"),
    ("calm", "lively"),
    ("no-emoji", "few-emoji", "many-emoji"),
    ("formal", "casual"),
)
"""Tone, energy, emoji and politeness: one word of each at most."""

KNOWN: Final = (PLAIN, *PRESETS, *(word for kind in KINDS for word in kind), EVERYWHERE)


def is_personality(written: str) -> bool:
    """Whether every word is known; `plain` stands alone, and nothing is said twice."""
    words = written.split()
    if not words or not set(words) <= set(KNOWN) or (PLAIN in words and len(words) > 1):
        return False
    chosen = set(words) & set(PRESETS)
    return len(chosen) <= 1 and all(len(set(words) & set(kind)) <= 1 for kind in KINDS)


def words_of(personality: str) -> tuple[str, ...]:
    """`"butler casual"` → `("dry", "calm", "no-emoji", "casual")`: single words win over the preset's."""
    words = personality.split()
    preset = next((PRESETS[word] for word in words if word in PRESETS), ())
    picked = (next((word for word in (*words, *preset) if word in kind), "") for kind in KINDS)
    return tuple(filter(None, picked))


def for_questions(personality: str) -> str:
    """What of it holds for `!ask`."""
    return personality if EVERYWHERE in personality.split() else ""
