"""What holds in a channel, as people write it."""

from collections.abc import Callable, Mapping
from typing import Final

import msgspec

from kissbot.chat.announcing import BLANKS, wording
from kissbot.chat.bots import KNOWN_BOTS
from kissbot.chat.channels import ChannelSettings, Choices

NOTHING: Final = "–"

Shown = Callable[[ChannelSettings], str]

_FIELDS: Final = {"bots": {"more_bots", "not_bots"}}
"""What a key is called among the choices, where it is not the same."""


def overview(settings: ChannelSettings) -> str:
    """What holds, in one line."""
    return " · ".join(f"{key}: {shown(settings)}" for key, shown in SHOWN.items())


def chosen(choices: Choices) -> list[str]:
    """Of which keys something was chosen."""
    fields = msgspec.to_builtins(choices)
    return [key for key in SHOWN if not _FIELDS.get(key, {key}).isdisjoint(fields)]


def shown_line(kind: str) -> Shown:
    """How that kind of line is worded: `on`, `off`, or a template."""

    def shown(settings: ChannelSettings) -> str:
        line = wording(settings.lines, kind)
        return "off" if line is None else line or "on"

    return shown


def in_seconds(seconds: float) -> str:
    """`2.5 s`"""
    return f"{seconds:g} s"


def _bots(settings: ChannelSettings) -> str:
    more = (f"+{name}" for name in sorted(settings.bots - KNOWN_BOTS))
    fewer = (f"-{name}" for name in sorted(KNOWN_BOTS - settings.bots))
    return " ".join((*more, *fewer)) or NOTHING


def _cooldowns(settings: ChannelSettings) -> str:
    return ", ".join(f"{name} {in_seconds(s)}" for name, s in sorted(settings.cooldowns.items())) or NOTHING


def _lines(settings: ChannelSettings) -> str:
    """`online raid “{viewer} is here!”`: those that are on, with the words that are the channel's own."""
    worded = {kind: line for kind in BLANKS if (line := wording(settings.lines, kind)) is not None}
    return " ".join(f"{kind} “{line}”" if line else kind for kind, line in worded.items()) or NOTHING


def _switch(on: bool) -> str:
    return "on" if on else "off"


SHOWN: Final[Mapping[str, Shown]] = {
    "language": lambda settings: settings.language,
    "prefix": lambda settings: settings.prefix,
    "reply": lambda settings: settings.reply,
    "greeting": lambda settings: _switch(settings.greeting),
    "bots": _bots,
    "off": lambda settings: " ".join(sorted(settings.off)) or NOTHING,
    "cooldowns": _cooldowns,
    "lines": _lines,
    "streams": lambda settings: " ".join(sorted(settings.streams)) or NOTHING,
    "shoutout": lambda settings: _switch(settings.shoutout),
    "broadcast": lambda settings: _switch(settings.broadcast),
    "personality": lambda settings: settings.personality,
    "safety": lambda settings: settings.safety,
}
