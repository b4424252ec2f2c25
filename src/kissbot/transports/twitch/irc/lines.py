"""IRC's grammar: bytes in any pieces → lines → their tags, source, command and parameters. Pure.

Source: RFC 1459 and the IRCv3 message tags, as Twitch's "IRC Concepts" and "IRC Tags" use them.
"""

import re
from typing import Final

from msgspec import Struct, field

from kissbot.transports.twitch.hearing.eventsub import BadFrame

LONGEST: Final = 64 * 1024
"""Bytes of a line. Twitch's are far shorter; what is longer is thrown away, not kept for ever."""

_ESCAPED: Final = re.compile(r"\\(.?)", re.DOTALL)
_MEANS: Final = {":": ";", "s": " ", "r": "\r", "n": "\n"}
_ESCAPES: Final = str.maketrans({";": r"\:", " ": r"\s", "\\": r"\\", "\r": r"\r", "\n": r"\n"})
_BREAKS: Final = str.maketrans({"\r": " ", "\n": " ", "\0": " "})


class Line(Struct, frozen=True):
    """One line. Tags are kept as they came: ask `tag` for what one says."""

    command: str
    params: list[str] = field(default_factory=list)
    nick: str = ""
    """Empty when the line comes from the server itself."""
    host: str = ""
    tags: dict[str, str] = field(default_factory=dict)

    def tag(self, name: str) -> str:
        """What a tag says; empty when it says nothing, or is not there."""
        raw = self.tags.get(name, "")
        return unescaped(raw) if "\\" in raw else raw

    @property
    def room(self) -> str:
        """The login of the channel that it is about; empty when it is about none."""
        first = self.params[0] if self.params else ""
        return first[1:] if first.startswith("#") else ""

    @property
    def text(self) -> str:
        """The last parameter."""
        return self.params[-1] if self.params else ""


class Splitter:
    """Cuts what comes into lines, wherever its pieces happen to end."""

    def __init__(self) -> None:
        self._rest = b""
        self._skipping = False

    def feed(self, data: bytes) -> list[str]:
        """The lines that are complete now. Bytes that are no UTF-8 become question marks of a kind."""
        *whole, self._rest = (self._rest + data).split(b"\n")
        if self._skipping and whole:
            del whole[0]
            self._skipping = False
        if len(self._rest) > LONGEST:
            self._rest, self._skipping = b"", True
        lines = (raw.rstrip(b"\r").decode(errors="replace") for raw in whole)
        return [line for line in lines if line]


def parse(line: str) -> Line:
    """A line's parts. Raises `BadFrame` when there is no command in it."""
    tags, nick, host, rest = "", "", "", line
    if rest.startswith("@"):
        tags, _, rest = rest[1:].partition(" ")
    if rest.startswith(":"):
        source, _, rest = rest[1:].partition(" ")
        nick, host = _parted(source)
    head, sep, trailing = rest.partition(" :")
    command, *params = head.split(" ")
    if not command:
        raise BadFrame(f"a line of {len(line)} characters without a command")
    if sep:
        params.append(trailing)
    elif params and params[-1].startswith(":"):
        params[-1] = params[-1][1:]
    return Line(command, params, nick, host, _tags(tags) if tags else {})


def unescaped(value: str) -> str:
    """A tag's value in plain text: a backslash before anything unknown is nothing."""
    return _ESCAPED.sub(lambda match: _MEANS.get(match[1], match[1]), value)


def written(command: str, *params: str, **tags: str) -> str:
    """A line to be sent; the last parameter may have blanks in it. No text can end it or begin another.

    Tags are named with `_` instead of `-`; empty ones are left out.
    """
    named = ";".join(f"{key.replace('_', '-')}={tags[key].translate(_ESCAPES)}" for key in tags if tags[key])
    *middle, last = params
    parts = [f"@{named}"] if named else []
    return " ".join([*parts, command, *middle, f":{last}"]).translate(_BREAKS)


def _parted(source: str) -> tuple[str, str]:
    """Nick and host; a source without an `@` is a host."""
    who, at, host = source.rpartition("@")
    return (who.partition("!")[0], host) if at else ("", source)


def _tags(raw: str) -> dict[str, str]:
    return dict([tag.partition("=")[::2] for tag in raw.split(";")])
