"""A log of what a process prints, which never grows beyond its size and never stops anything."""

from pathlib import Path
from typing import Final

import structlog

from kissbot.app.written import Rotated

SIZE: Final = 10_000_000
"""Bytes of one file."""

KEPT: Final = 4
"""Files besides the present one: kissbot.out.1 is the latest of them."""

log = structlog.get_logger(__name__)


class RotatingLog:
    """Appends to a file. A disk that is full or read-only costs the lines, and is told once."""

    def __init__(self, path: Path, size: int = SIZE, kept: int = KEPT) -> None:
        self.path, self._file = path, Rotated(path, size, kept)
        self._in_trouble = False

    def write(self, data: bytes) -> None:
        """Append; never raises, never waits for anything but the disk."""
        try:
            self._file.add(data)
            self._in_trouble = False
        except OSError as error:
            if not self._in_trouble:
                log.error("log_not_written", file=str(self.path), why=error.strerror)
            self._in_trouble = True
            self.close()

    def close(self) -> None:
        """Let go of the file; the next `write` opens it again."""
        self._file.close()
