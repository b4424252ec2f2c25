"""What can be wrong with a database, each as one sentence that says what, whose, and how to mend it."""

import getpass
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from sqlalchemy import exc

from kissbot.chat.errors import Trouble

CLOCK_FORMAT: Final = "%Y-%m-%d %H:%M"

_BUGS: Final = (
    exc.IntegrityError,
    exc.ProgrammingError,
    exc.DataError,
    exc.NotSupportedError,
    sqlite3.IntegrityError,
    sqlite3.ProgrammingError,
)
"""Errors in what was asked, not in the database that was asked."""

_MADE_ANEW: Final = "KissBot connects again by itself once it is there."

_SERVER: Final = {
    "08": f"the connection was lost. {_MADE_ANEW}",
    "28P01": "the password is wrong. Mend it in storage.database, or in the environment's "
    "KISSBOT_STORAGE__DATABASE.",
    "28000": "the server does not let this user in. Check the user in storage.database, and the server's "
    "pg_hba.conf.",
    "3D000": "there is no such database on the server. Make it with createdb, or mend storage.database.",
    "25006": "the server is read-only. Use the address of the primary, or make it writable.",
    "42501": "the user may not do that. Make it the owner of the database.",
    "53100": "the server's disk is full. Make room there; nothing that was stored is lost.",
    "53300": "the server has no connection left. Raise its max_connections, or run fewer programs on it.",
    "55P03": "another program holds a lock for too long. End it, or try again.",
    "57P": f"the server is stopping or starting. {_MADE_ANEW}",
    "XX001": "the server says that its files are damaged. Restore a backup: kissbot restore FILE.",
    "XX002": "the server says that an index is damaged. Run REINDEX DATABASE there.",
}
"""By the beginning of the error's SQLSTATE."""


class StorageTrouble(Trouble):
    """The database does not work; the text says what to do."""


@contextmanager
def telling(place: str) -> Iterator[None]:
    """Raise the driver's errors as `StorageTrouble`; errors in what was asked of it stay as they are."""
    try:
        yield
    except _BUGS as error:
        if sentence := _of_server(getattr(getattr(error, "orig", None), "sqlstate", None)):
            raise StorageTrouble(f"{place}: {sentence}") from error
        raise
    except (exc.DBAPIError, sqlite3.Error) as error:
        raise StorageTrouble(f"{place}: {_sentence(Path(place), error)}") from error
    except exc.TimeoutError as error:
        raise StorageTrouble(f"{place}: all connections have been busy for too long. Try again.") from error
    except ConnectionError as error:
        raise StorageTrouble(f"{place}: {_SERVER['08']}") from error


@contextmanager
def reaching(place: str) -> Iterator[None]:
    """Raise what stops a connection from being made as `StorageTrouble`."""
    try:
        yield
    except (exc.SQLAlchemyError, StorageTrouble):
        raise
    except Exception as error:
        if sentence := _of_server(getattr(error, "sqlstate", None)):
            raise StorageTrouble(f"{place}: {sentence}") from error
        if isinstance(error, OSError):
            raise StorageTrouble(
                f"{place}: cannot be reached ({_plain(error)}). Is the server running, and is the address in "
                f"storage.database right? {_MADE_ANEW}"
            ) from error
        raise


def is_outside(error: Exception) -> bool:
    """Whether it is the database that does not work, and not what was asked of it."""
    cause = error.orig if isinstance(error, exc.DBAPIError) else error
    if isinstance(cause, sqlite3.Error):
        return cause.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CONSTRAINT)
    return isinstance(error, StorageTrouble | OSError) or bool(_of_server(getattr(cause, "sqlstate", None)))


def damage(path: Path, what: str) -> StorageTrouble:
    """A damaged file: nothing is mended behind anybody's back, for an old copy holds old logins."""
    good = good_copy(path)
    if good.exists():
        made = time.strftime(CLOCK_FORMAT, time.localtime(good.stat().st_mtime))
        remedy = (
            f"The last good copy is {good}, made {made}; to go on with it: kissbot restore {good}. "
            "Logins that were renewed since then must be made again."
        )
    else:
        remedy = "To go on with a backup: kissbot restore FILE."
    return StorageTrouble(f"{path}: the file is damaged ({what}), and was left as it is. {remedy}")


def good_copy(path: Path) -> Path:
    """Where the copy is kept that was made when the file was last found to be good."""
    return path.with_name(f"{path.name}.good")


def _sentence(path: Path, error: exc.DBAPIError | sqlite3.Error) -> str:
    cause = error.orig if isinstance(error, exc.DBAPIError) else error
    if isinstance(cause, sqlite3.Error):
        return _of_sqlite(path, cause)
    if sentence := _of_server(getattr(cause, "sqlstate", None)):
        return sentence
    if isinstance(error, exc.DBAPIError) and error.connection_invalidated:
        return _SERVER["08"]
    return f"{_plain(cause)}."


def _of_server(state: str | None) -> str:
    found = (sentence for start, sentence in _SERVER.items() if state and state.startswith(start))
    return next(found, "")


def _of_sqlite(path: Path, error: sqlite3.Error) -> str:
    match getattr(error, "sqlite_errorcode", 0) & 0xFF:
        case sqlite3.SQLITE_FULL:
            return "the disk is full. Make room; nothing that was stored is lost."
        case sqlite3.SQLITE_IOERR:
            return (
                "writing or reading failed. Is the disk full, over its quota, or failing? "
                "Nothing that was stored is lost."
            )
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return "another program holds it locked. End that one (lsof shows it), or try again."
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return str(damage(path, _plain(error))).removeprefix(f"{path}: ")
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_PERM | sqlite3.SQLITE_AUTH:
            return unwritable(path)
        case sqlite3.SQLITE_CANTOPEN:
            return _unopened(path)
    return f"{_plain(error)}."


def _unopened(path: Path) -> str:
    if not path.parent.is_dir():
        return f"the folder {path.parent} does not exist. Make it, or change storage.database."
    if path.is_dir():
        return "is a folder. Name a file in it in storage.database."
    return unwritable(path)


def unwritable(path: Path) -> str:
    """Why a file cannot be written to."""
    user = _user()
    if path.exists() and not os.access(path, os.R_OK | os.W_OK):
        return f"the user {user} may not write to it. Make it theirs: chown {user} {path}."
    if not os.access(path.parent, os.W_OK | os.X_OK):
        return (
            f"the user {user} may not write in its folder, which SQLite must. Make it theirs: "
            f"chown {user} {path.parent}."
        )
    return f"it is read-only for the user {user}. Is the disk mounted read-only, or the file protected?"


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # no such user, as in some containers
        return str(os.getuid())


def _plain(error: object) -> str:
    """The first line of an error's text."""
    return str(error).strip().partition("\n")[0].rstrip(".") or type(error).__name__
