"""The files by which a supervisor is found and stopped: `run/` beside the configuration."""

import fcntl
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

import msgspec
import psutil
from msgspec import Struct

from kissbot.chat.errors import Trouble

T = TypeVar("T", bound=Struct)


class Supervising(Trouble):
    """Something that the operator can mend: another supervisor runs, or a folder cannot be written."""


class Mark(Struct, frozen=True):
    """Which process it is. A number alone says little: after a restart of the machine it is another's."""

    pid: int
    started: float
    """When it started: ticks of the kernel's own clock, which no change of the time moves."""
    boot: str
    """Which run of the machine."""

    @property
    def is_running(self) -> bool:
        """Whether that very process runs."""
        return mark_of(self.pid) == self


class ProcessState(Struct, frozen=True, kw_only=True):
    """A child as the supervisor sees it."""

    name: str
    state: str
    """`starting`, `ready`, `waiting` (for its next start), `failed` (given up) or `stopped`."""
    pid: int = 0
    since: float = 0
    """When it was started (seconds since the epoch)."""
    memory_mb: float = 0
    lines: int = 0
    """Heard since it started."""
    answered: int = 0
    tasks: int = 0
    restarts: int = 0
    why: str = ""
    """Why it was replaced or given up, last."""
    channels: tuple[str, ...] = ()
    """Empty: all of them."""


class Snapshot(Struct, frozen=True, kw_only=True):
    """All of them, at one moment."""

    mark: Mark
    since: float
    processes: tuple[ProcessState, ...]


def mark_of(pid: int) -> Mark | None:
    """What tells a process from every other; None when there is none of that number."""
    try:
        if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return None
        return Mark(pid, _started(pid), _boot())
    except (psutil.Error, OSError):
        return None


def _started(pid: int) -> float:
    if not sys.platform.startswith("linux"):
        return psutil.Process(pid).create_time()
    stat = Path(f"/proc/{pid}/stat").read_bytes()
    return float(stat.rpartition(b")")[2].split()[19])  # the name before may hold anything


def _boot() -> str:
    with suppress(OSError):
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    return str(int(psutil.boot_time()))


class Place:
    """Where a supervisor leaves its marks."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.logs = folder / "run", folder / "logs"

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Be the only supervisor here, for as long as this lasts. Raises `Supervising`."""
        try:
            self.folder.mkdir(mode=0o700, exist_ok=True)
            file = os.open(self.folder / "kissbot.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise Supervising(
                f"{self.folder} cannot be written: {error.strerror}. Mend its rights."
            ) from None
        try:
            self._lock(file)
            self._write("kissbot.pid", mark_of(os.getpid()))
            try:
                yield
            finally:
                for name in ("kissbot.pid", "status.json"):
                    (self.folder / name).unlink(missing_ok=True)
        except OSError as error:
            raise Supervising(f"{self.folder} cannot be written: {error.strerror}.") from None
        finally:
            os.close(file)

    def _lock(self, file: int) -> None:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            mark = self.supervisor()
            who = f" as process {mark.pid}" if mark else ""
            raise Supervising(
                f"KissBot is running here already{who}. See: ./kissbot.sh status, ./kissbot.sh stop"
            ) from None

    def supervisor(self) -> Mark | None:
        """The supervisor that runs here; None for a mark of one that is gone, whoever has its number now."""
        mark = self._read("kissbot.pid", Mark)
        return mark if mark and mark.is_running else None

    def show(self, snapshot: Snapshot) -> None:
        """Leave word of how everything is. A disk that is full costs the word, and nothing else."""
        with suppress(OSError):
            self._write("status.json", snapshot)

    def snapshot(self) -> Snapshot | None:
        """How everything is, if a supervisor runs."""
        found, mark = self._read("status.json", Snapshot), self.supervisor()
        return found if found and mark and found.mark == mark else None

    def _write(self, name: str, content: Struct | None) -> None:
        draft = self.folder / f".{name}"
        draft.write_bytes(msgspec.json.encode(content))
        draft.replace(self.folder / name)

    def _read(self, name: str, kind: type[T]) -> T | None:
        try:
            return msgspec.json.decode((self.folder / name).read_bytes(), type=kind)
        except (OSError, msgspec.DecodeError, msgspec.ValidationError):
            return None
