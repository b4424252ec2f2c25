"""Lines that the bot says of its own accord: which kinds there are, and how a channel words them.

A template is data, and so is what fills it: known blanks are replaced, and nothing else means anything.
"""

import re
from collections.abc import Mapping
from typing import Final

from kissbot.chat.texts import Text, text

STREAM: Final = ("channel", "title", "game_name", "viewer_count")

BLANKS: Final[Mapping[str, tuple[str, ...]]] = {
    "online": STREAM,
    "offline": STREAM,
    "raid": ("channel", "viewer", "count"),
    "sub": ("channel", "viewer", "count", "months", "tier"),
    "gift": ("channel", "viewer", "count", "tier"),
    "cheer": ("channel", "viewer", "bits"),
    "follow": ("channel", "viewer", "count"),
}
"""Each kind of line, with what its template may have in braces."""

ON_BY_DEFAULT: Final = frozenset({"online"})

LONGEST: Final = 300
"""Characters of a template."""

UNKNOWN: Final = "?"
"""Fills a blank whose value nobody knows."""

_BLANK: Final = re.compile(r"\{(\w+)\}")


def wording(lines: Mapping[str, str], kind: str) -> str | None:
    """The template that was chosen; empty for the bot's own words, None for a line that is off."""
    chosen = lines.get(kind, "on" if kind in ON_BY_DEFAULT else "off")
    return {"off": None, "on": ""}.get(chosen, chosen)


def fill(template: str, values: Mapping[str, object]) -> str:
    """The template with its blanks filled; what is no blank of its own stays as it is."""
    return _BLANK.sub(lambda blank: str(values.get(blank[1], blank[0])), template)


def flaw(kind: str, line: str) -> Text | None:
    """What is wrong with a choice for that kind of line: `on`, `off` or a template."""
    if len(line) > LONGEST:
        return text("🤷 A line may have {longest} characters at most.", longest=LONGEST)
    rest = _BLANK.sub(lambda blank: "" if blank[1] in BLANKS[kind] else blank[0], line)
    if not line or "{" in rest or "}" in rest:
        blanks = " ".join(f"{{{name}}}" for name in BLANKS[kind])
        return text(
            "🤷 {kind} can be: on, off, or a line in which {blanks} are filled", kind=kind, blanks=blanks
        )
    return None
