"""Brings a database forward to the tables of this KissBot: first on a copy, then for real, all or nothing."""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from kissbot.storage import files
from kissbot.storage.engine import Database, connect
from kissbot.storage.tables import metadata
from kissbot.storage.trouble import StorageTrouble, is_outside

SCRIPTS: Final = Path(__file__).parent / "migrations"
"""Where the scripts of Alembic are; each of `versions/` begins with its revision."""

LONGEST_WAIT: Final = 120.0
"""Seconds that a process waits for another one to bring the database forward."""

_LOCK: Final = 0x6B697373
_EMPTY: Final = "none"

log = structlog.get_logger(__name__)


async def upgrade(database: Database, scripts: Path = SCRIPTS) -> None:
    """Bring the database to the newest of the scripts. Raises `StorageTrouble`; nothing is changed then."""
    known = revisions(scripts)
    async with database.reading() as connection:
        at = await revision(connection)
    if at == known[-1]:
        return
    _refuse_unknown(database, at, known)
    async with _alone(database) as connection:
        if (at := await revision(connection)) == known[-1]:
            return  # somebody else was faster
        _refuse_unknown(database, at, known)
        if at:
            await _try_first(database, connection, scripts, known[-1])
        await _run(connection, scripts, database.place, "nothing was changed")
    log.info("database_brought_forward", database=database.place, before=at or _EMPTY, now=known[-1])


def revisions(scripts: Path = SCRIPTS) -> list[str]:
    """Every revision there is a script for, oldest first."""
    names = (path.name for path in (scripts / "versions").glob("*.py"))
    return sorted(found[0] for name in names if (found := re.match(r"\d{4}", name)))


async def revision(connection: AsyncConnection) -> str:
    """What the database is at; empty for one without tables."""
    tables = set(await connection.run_sync(lambda sync: sa.inspect(sync).get_table_names()))
    if "alembic_version" in tables:
        return str(await connection.scalar(sa.text("SELECT version_num FROM alembic_version")))
    if strangers := tables & set(metadata.tables):
        return f"unknown, with the table {min(strangers)}"
    return ""


def _refuse_unknown(database: Database, at: str, known: list[str]) -> None:
    if at and at not in known:
        raise StorageTrouble(
            f"{database.place}: was made by a newer KissBot, or by another program (revision {at}; this one "
            f"knows up to {known[-1]}). Update KissBot, or name another place in storage.database."
        )


@asynccontextmanager
async def _alone(database: Database) -> AsyncIterator[AsyncConnection]:
    """A transaction in which no other process brings the same database forward."""
    if not database.is_sqlite:
        async with database.writing(durable=True) as connection:
            await connection.execute(sa.text("SELECT pg_advisory_xact_lock(:number)"), {"number": _LOCK})
            yield connection
        return
    # Without foreign keys, for SQLite changes a table by making it anew; they are checked at the end.
    patient = connect(database.engine.url, busy_seconds=LONGEST_WAIT, foreign_keys=False)
    try:
        async with patient.writing(durable=True) as connection:
            yield connection
    finally:
        await patient.close()


async def _try_first(database: Database, connection: AsyncConnection, scripts: Path, target: str) -> None:
    """A trial whose result is thrown away; of a file, a copy stays as it was before."""
    if (path := database.path) is None:
        trial = await connection.begin_nested()
        await _run(connection, scripts, database.place, "this was a trial, and nothing was changed")
        await trial.rollback()
        return
    copy = path.with_name(f"{path.name}.trial")
    try:
        await asyncio.to_thread(files.copy, path, copy)
        async with _alone(connect(sa.URL.create("sqlite+aiosqlite", database=str(copy)))) as trying:
            await _run(trying, scripts, str(path), "this was a trial on a copy, and nothing was changed")
    finally:
        for companion in ("", "-wal", "-shm"):
            copy.with_name(copy.name + companion).unlink(missing_ok=True)
    await asyncio.to_thread(files.copy, path, path.with_name(f"{path.name}.before-{target}"))


async def _run(connection: AsyncConnection, scripts: Path, place: str, comfort: str) -> None:
    """Run the scripts and look at what they did; a failure rolls the transaction back."""
    before = await _counts(connection)
    try:
        await connection.run_sync(_alembic, scripts)
        await _refuse_losses(before, await _counts(connection))
        await _refuse_damage(connection)
    except Exception as error:
        if is_outside(error):
            raise
        why = str(error).strip().partition("\n")[0] or type(error).__name__
        raise StorageTrouble(
            f"{place}: could not be brought forward ({why}); {comfort}. "
            "Go back to the KissBot you had, and report this line."
        ) from error


def _alembic(connection: sa.Connection, scripts: Path) -> None:
    from alembic import command  # costs 0.2 s, and is hardly ever needed
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(scripts).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


async def _counts(connection: AsyncConnection) -> dict[str, int]:
    tables = await connection.run_sync(lambda sync: sa.inspect(sync).get_table_names())
    return {name: await _count(connection, name) for name in tables}


async def _count(connection: AsyncConnection, name: str) -> int:
    return await connection.scalar(sa.select(sa.func.count()).select_from(sa.table(name))) or 0


async def _refuse_losses(before: Mapping[str, int], after: Mapping[str, int]) -> None:
    for name, rows in before.items():
        if after.get(name, -1) < rows:
            raise LookupError(f"the table {name} would lose rows: {rows} before, {after.get(name, 0)} after")


async def _refuse_damage(connection: AsyncConnection) -> None:
    """Of SQLite only: PostgreSQL checks for itself."""
    if connection.dialect.name != "sqlite":
        return
    if (found := await connection.scalar(sa.text("PRAGMA integrity_check(1)"))) != "ok":
        raise LookupError(found)
    if broken := (await connection.execute(sa.text("PRAGMA foreign_key_check"))).first():
        raise LookupError(f"a row of {broken[0]} would refer to a row of {broken[2]} that is not there")
