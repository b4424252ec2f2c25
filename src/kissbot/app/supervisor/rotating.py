"""A log of what a process prints, which never grows beyond its size and never stops anything."""

import os
from pathlib import Path
from typing import Final

import structlog

SIZE: Final = 10_000_000
"""Bytes of one file."""

KEPT: Final = 4
"""Files besides the present one: kissbot.out.1 is the latest of them."""

log = structlog.get_logger(__name__)


class RotatingLog:
    """Appends to a file. A disk that is full or read-only costs the lines, and is told once."""

    def __init__(self, path: Path, size: int = SIZE, kept: int = KEPT) -> None:
        self.path, self._size, self._kept = path, size, kept
        self._file: int | None = None
        self._length = 0
        self._in_trouble = False

    def write(self, data: bytes) -> None:
        """Append; never raises, never waits for anything but the disk."""
        try:
            if self._file is None or self._length + len(data) > self._size:
                self._open(rotate=self._length > 0)
            self._append(data)
            self._in_trouble = False
        except OSError as error:
            if not self._in_trouble:
                log.error("log_not_written", file=str(self.path), why=error.strerror)
            self._in_trouble = True
            self.close()

    def _append(self, data: bytes) -> None:
        assert self._file is not None  # noqa: S101 (opened by `write`)
        while data:
            written = os.write(self._file, data)
            self._length += written
            data = data[written:]

    def close(self) -> None:
        """Let go of the file; the next `write` opens it again."""
        if self._file is not None:
            os.close(self._file)
        self._file, self._length = None, 0

    def _open(self, *, rotate: bool) -> None:
        self.close()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        if rotate or (self.path.exists() and self.path.stat().st_size >= self._size):
            self._rotate()
        self._file = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o640)
        self._length = os.fstat(self._file).st_size

    def _rotate(self) -> None:
        for number in range(self._kept, 0, -1):
            older = self._numbered(number - 1)
            if older.exists():
                older.replace(self._numbered(number))

    def _numbered(self, number: int) -> Path:
        return self.path.with_name(f"{self.path.name}.{number}") if number else self.path
