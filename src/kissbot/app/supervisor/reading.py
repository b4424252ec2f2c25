"""Reading a log that grows and is rotated meanwhile."""

import os
from pathlib import Path
from typing import Final

_BLOCK: Final = 65_536


class Tail:
    """The end of a file, and what is appended to it after that. It may not be there yet."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = -1

    def __del__(self) -> None:
        self._close()

    def last(self, lines: int) -> bytes:
        """So many lines from its end; from then on, `new` has the rest."""
        if not self._open():
            return b""
        position = size = os.fstat(self._file).st_size
        found = b""
        while position > 0 and found.count(b"\n") <= lines:
            position = max(0, position - _BLOCK)
            found = os.pread(self._file, size - position, position)
        os.lseek(self._file, size, os.SEEK_SET)
        return b"".join(found.splitlines(keepends=True)[-lines:] if lines > 0 else ())

    def new(self) -> bytes:
        """What was appended since; a new file of the same name is read from its beginning."""
        if self._file < 0 and not self._open():
            return b""
        found = self._rest()
        if self._was_replaced():
            self._close()
            found += self._rest() if self._open() else b""
        return found

    def _rest(self) -> bytes:
        return b"".join(iter(lambda: os.read(self._file, _BLOCK), b""))

    def _open(self) -> bool:
        try:
            self._file = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return False
        return True

    def _was_replaced(self) -> bool:
        try:
            return self._path.stat().st_ino != os.fstat(self._file).st_ino
        except FileNotFoundError:
            return False  # it is about to come

    def _close(self) -> None:
        if self._file >= 0:
            os.close(self._file)
        self._file = -1
