"""Server-sent events: bytes go in as they arrive, what the events say comes out.

Source: the HTML standard, "Server-sent events".
"""

from typing import Final

LONGEST: Final = 262_144
"""Bytes of one event; those of a model have a few hundred."""


class BadEvents(Exception):
    """An event goes on for ever."""


class Events:
    """Reads one stream of events. What an event is called, and its id, mean nothing here."""

    def __init__(self) -> None:
        self._begun = bytearray()
        """The line that has not ended yet."""
        self._said: list[bytes] = []
        self._size = 0

    def feed(self, chunk: bytes) -> list[bytes]:
        """What the events say that ended with this chunk. Raises `BadEvents`."""
        self._begun += chunk
        lines: list[bytearray] = []
        if b"\n" in chunk:
            *lines, self._begun = self._begun.split(b"\n")
        ended = [event for line in lines if (event := self._line(bytes(line))) is not None]
        self._check(len(self._begun))
        return ended

    def _line(self, line: bytes) -> bytes | None:
        """What the event says that this line ends, if it ends one."""
        line = line.removesuffix(b"\r")
        if not line:
            return self._ended()
        name, _, value = line.removeprefix(b"\xef\xbb\xbf").partition(b":")
        if name == b"data":
            self._said.append(value.removeprefix(b" "))
            self._size += len(value)
            self._check(self._size)
        return None

    def _ended(self) -> bytes | None:
        said, self._said, self._size = self._said, [], 0
        return b"\n".join(said) if said else None

    def _check(self, size: int) -> None:
        if size > LONGEST:
            raise BadEvents
