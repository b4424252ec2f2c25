"""The file of a SQLite database: for its owner's eyes only, checked, and copied whole."""

import os
import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Final
from urllib.parse import quote

import structlog

from kissbot.storage.trouble import StorageTrouble, damage, telling, unwritable

PRIVATE: Final = 0o600
_COMPANIONS: Final = ("", "-wal", "-shm", ".good")

log = structlog.get_logger(__name__)


def make(path: Path) -> None:
    """An empty file, if there is none; SQLite gives its companions the same mode."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, PRIVATE))
    except FileExistsError:
        return
    except FileNotFoundError:
        raise StorageTrouble(
            f"{path}: the folder {path.parent} does not exist. Make it, or change storage.database."
        ) from None
    except OSError as error:
        raise StorageTrouble(f"{path}: cannot be made ({error.strerror}): {unwritable(path)}") from error


def guard(path: Path) -> None:
    """Mend what others may read, and refuse what cannot be used. Raises `StorageTrouble`."""
    if path.is_dir():
        raise StorageTrouble(f"{path}: is a folder. Name a file in it in storage.database.")
    if not (os.access(path, os.R_OK | os.W_OK) and os.access(path.parent, os.W_OK | os.X_OK)):
        raise StorageTrouble(f"{path}: {unwritable(path)}")
    if os.name == "posix":
        for companion in _COMPANIONS:
            with suppress(FileNotFoundError):
                _close_to_others(path.with_name(path.name + companion))


def check(path: Path) -> None:
    """Refuse a damaged file, without a change to it. Raises `StorageTrouble`."""
    if not path.stat().st_size:
        return
    try:
        with closing(sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True)) as connection:
            found = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    except sqlite3.Error as error:
        if error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            raise damage(path, str(error)) from error
        return  # whatever else is wrong, who opens it for writing will tell
    if found != "ok":
        raise damage(path, str(found))


def copy(path: Path, target: Path) -> None:
    """One consistent copy, while others read and write; the target is the old one or whole, never between.

    Raises `StorageTrouble`.
    """

    def vacuum(fresh: Path) -> None:
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("VACUUM INTO ?", (str(fresh),))

    replace(target, vacuum)


def replace(target: Path, fill: Callable[[Path], None]) -> None:
    """Put in place, at once, what `fill` wrote into a private file. Raises `StorageTrouble`."""
    fresh = target.with_name(f"{target.name}.new")
    try:
        with telling(str(target)):
            fresh.unlink(missing_ok=True)
            make(fresh)
            fill(fresh)
            sync(fresh)
            fresh.replace(target)
            sync(target.parent)
    except OSError as error:
        raise StorageTrouble(f"{target}: cannot be written ({error.strerror}). Make room there.") from error
    finally:
        with suppress(OSError):  # in place already, or never made
            fresh.unlink()


def _close_to_others(path: Path) -> None:
    mode = stat.S_IMODE(path.stat().st_mode)
    if not mode & ~0o700:
        return
    try:
        path.chmod(mode & 0o700)
    except PermissionError as error:
        raise StorageTrouble(
            f"{path}: others can read it, and it holds logins. Make it private: chmod 600 {path}."
        ) from error
    log.warning("file_was_readable_by_others", path=str(path), was=f"{mode:o}", now=f"{mode & 0o700:o}")


def sync(path: Path) -> None:
    """Have the system put on the disk what it remembers of a file or a folder."""
    if os.name != "posix":
        return  # where folders cannot be opened, and renaming is safe without
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
