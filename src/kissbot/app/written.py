"""Files that lines are added to, in a thread of its own: whatever the disk does, the bot goes on."""

import errno
import os
import queue
import time
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from threading import Thread
from types import TracebackType
from typing import Final, Self

from kissbot.chat.ports import Clock

WAITING: Final = 10_000
"""Lines that may wait for the disk; more are counted and lost."""

OPEN: Final = 64
"""Files that are open at a time."""

LAST_WORDS: Final = 2.0
"""Seconds that the disk gets for what still waits when the bot stops."""


class Rotated:
    """A file for whoever runs the bot alone. Too large, or of another day, it is put aside as `NAME.1`.

    Several processes may add to it, and it may be taken away at any time.
    """

    def __init__(self, path: Path, most: int, keep: int, clock: Clock = time) -> None:
        """`most`: its largest size in bytes; `keep`: how many earlier ones are kept."""
        self._path, self._most, self._keep, self._clock = path, most, keep, clock
        self._file = -1
        self._is: tuple[int, int] | None = None

    def add(self, line: bytes) -> None:
        """Add a whole line, or none of it. Raises `OSError`."""
        size = self._make_ready(len(line))
        done = os.write(self._file, line)
        if done < len(line):
            with suppress(OSError):
                if os.fstat(self._file).st_size == size + done:  # nobody else has added anything
                    os.ftruncate(self._file, size)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def close(self) -> None:
        """Let go of the file."""
        if self._file >= 0:
            os.close(self._file)
        self._file, self._is = -1, None

    def _make_ready(self, more: int) -> int:
        """Have the right file open; its size."""
        try:
            found = self._path.stat()
        except FileNotFoundError:
            return self._open()
        if found.st_size and (found.st_size + more > self._most or self._is_old(found.st_mtime)):
            self._put_aside()
            return self._open()
        return found.st_size if (found.st_dev, found.st_ino) == self._is else self._open()

    def _is_old(self, changed_at: float) -> bool:
        days = [time.localtime(at)[:3] for at in (changed_at, self._clock.time())]
        return days[0] != days[1]

    def _open(self) -> int:
        self.close()
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._file = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        found = os.fstat(self._file)
        self._is = found.st_dev, found.st_ino
        return found.st_size

    def _put_aside(self) -> None:
        self.close()
        older = [self._path, *(Path(f"{self._path}.{number}") for number in range(1, self._keep + 1))]
        for source, target in reversed(list(pairwise(older))):
            with suppress(FileNotFoundError):
                source.replace(target)
        if not self._keep:
            self._path.unlink(missing_ok=True)


class Writer:
    """Takes lines at once, and adds them to their files soon, while it is entered.

    `tell` says once what is wrong with the disk.
    """

    def __init__(self, most: int, keep: int, tell: Callable[[str], None], *, waiting: int = WAITING) -> None:
        self._most, self._keep, self._tell = most, keep, tell
        self._queue: queue.Queue[tuple[Path, bytes] | None] = queue.Queue(waiting)
        self._files: OrderedDict[Path, Rotated] = OrderedDict()
        self._ailing: set[Path] = set()
        self._is_over = False
        self._thread = Thread(target=self._run, name="files", daemon=True)
        self.overflowed = self.unwritten = 0
        """Lines that were lost: because too many waited, and because the disk would not take them."""

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """What still waits is written, if the disk takes it in time."""
        try:
            self._queue.put_nowait(None)
        except queue.Full:
            self._is_over = True
        self._thread.join(LAST_WORDS)

    def put(self, path: Path, line: bytes) -> None:
        """Have a line added to a file; returns at once."""
        try:
            self._queue.put_nowait((path, line))
        except queue.Full:
            self.overflowed += 1

    def _run(self) -> None:
        while not self._is_over and (item := self._queue.get()):
            self._add(*item)
        for file in self._files.values():
            file.close()

    def _add(self, path: Path, line: bytes) -> None:
        try:
            self._file(path).add(line)
        except OSError as error:
            self.unwritten += 1
            self._failed(path, error)
        else:
            self._succeeded(path)

    def _file(self, path: Path) -> Rotated:
        if path not in self._files:
            self._files[path] = Rotated(path, self._most, self._keep)
            if len(self._files) > OPEN:
                self._files.popitem(last=False)[1].close()
        self._files.move_to_end(path)
        return self._files[path]

    def _failed(self, path: Path, error: OSError) -> None:
        if not self._ailing:
            why = error.strerror or type(error).__name__
            self._tell(f"{path} cannot be written: {why}. The bot goes on; such lines are lost until it can.")
        self._ailing.add(path)

    def _succeeded(self, path: Path) -> None:
        if self._ailing:
            self._ailing.discard(path)
            if not self._ailing:
                self._tell(f"{path} can be written again. Lines lost so far: {self.unwritten}.")
