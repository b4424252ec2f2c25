"""Opens the database: private, checked, copied while it is good, and brought forward."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import sqlalchemy as sa
import structlog

from kissbot.storage import files
from kissbot.storage.engine import BUSY_SECONDS, Database, connect
from kissbot.storage.trouble import StorageTrouble, damage, good_copy
from kissbot.storage.upgrade import SCRIPTS, upgrade

COPY_EVERY: Final = 24 * 60 * 60
"""Seconds between two copies of the file, made at the start."""

log = structlog.get_logger(__name__)


@asynccontextmanager
async def open_database(
    address: str, *, create: bool = True, scripts: Path = SCRIPTS, busy_seconds: float = BUSY_SECONDS
) -> AsyncIterator[Database]:
    """The database at a path (SQLite) or at postgresql://user:password@host/name, ready to use.

    Raises `StorageTrouble`.
    """
    url = url_of(address)
    if path := _path(url):
        await asyncio.to_thread(_prepare, path, create)
    database = connect(url, busy_seconds=busy_seconds)
    try:
        if path:
            await _keep_good_copy(database, path)
        await upgrade(database, scripts)
        yield database
    finally:
        await database.close()


def url_of(address: str) -> sa.URL:
    """The SQLAlchemy URL of what `storage.database` says. Raises `StorageTrouble`."""
    scheme, found, rest = address.partition("://")
    if not found:
        return sa.URL.create("sqlite+aiosqlite", database=str(Path(address).absolute()))
    if scheme not in ("postgresql", "postgres"):
        raise StorageTrouble(
            f"storage.database: {scheme}:// is not known. Name a file, or postgresql://user@host/name."
        )
    try:
        return sa.make_url(f"postgresql+asyncpg://{rest}")
    except (sa.exc.ArgumentError, ValueError):
        raise StorageTrouble(
            "storage.database: cannot be understood. Write it as postgresql://user:password@host/name, "
            "with %-codes for special characters in the password."
        ) from None


def _path(url: sa.URL) -> Path | None:
    return Path(url.database) if url.get_backend_name() == "sqlite" and url.database else None


def _prepare(path: Path, create: bool) -> None:
    if not path.exists():
        _make(path, create)
    files.guard(path)
    files.check(path)
    if not path.stat().st_size and good_copy(path).exists():
        raise damage(path, "it is empty")


def _make(path: Path, create: bool) -> None:
    if not create and path.parent.is_dir():
        raise StorageTrouble(f"{path}: there is no database yet. `kissbot run` and `kissbot login` make it.")
    files.make(path)
    if good_copy(path).exists():
        log.warning("database_made_anew", path=str(path), copy=str(good_copy(path)))


async def _keep_good_copy(database: Database, path: Path) -> None:
    """Without it the bot can go on, so trouble with it stops nothing."""
    good = good_copy(path)
    if not await asyncio.to_thread(_is_due, path, good):
        return
    try:
        async with database.writing():  # one process at a time
            await asyncio.to_thread(_copy_if_due, path, good)
    except StorageTrouble as error:
        log.warning("no_good_copy_made", error=str(error))


def _copy_if_due(path: Path, good: Path) -> None:
    if _is_due(path, good):
        files.copy(path, good)


def _is_due(path: Path, good: Path) -> bool:
    is_young = good.exists() and time.time() - good.stat().st_mtime < COPY_EVERY
    return path.stat().st_size > 0 and not is_young
