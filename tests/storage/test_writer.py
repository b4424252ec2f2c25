"""The short way to write to a file keeps every promise of the long one."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from kissbot.storage.engine import Database, connect
from kissbot.storage.tables import hub_state
from kissbot.storage.trouble import StorageTrouble
from kissbot.storage.writer import THREAD, Writer


@pytest.fixture
async def database(sqlite_url: str) -> AsyncIterator[Database]:
    place = connect(sqlite_url, busy_seconds=0)
    yield place
    await place.close()


@pytest.fixture
def writer(database: Database) -> Writer:
    assert database.writer
    return database.writer


def _add(connection: sqlite3.Connection, key: str = "new") -> None:
    connection.execute("INSERT INTO hub_state (key) VALUES (?)", (key,))


async def _keys(database: Database) -> list[str]:
    async with database.reading() as connection:
        return list(await connection.scalars(sa.select(hub_state.c.key).order_by(hub_state.c.key)))


def _threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name.startswith(THREAD)]


async def test_what_is_written_is_there(database: Database, writer: Writer) -> None:
    await writer.write(_add)
    assert await _keys(database) == ["new"]


async def test_the_work_tells_what_it_found(writer: Writer) -> None:
    await writer.write(_add)
    assert await writer.write(lambda it: it.execute("SELECT key FROM hub_state").fetchall()) == [("new",)]


async def test_what_fails_half_way_leaves_nothing_and_locks_nobody_out(
    database: Database, writer: Writer
) -> None:
    def fail(connection: sqlite3.Connection) -> None:
        _add(connection)
        raise LookupError

    with pytest.raises(LookupError):
        await writer.write(fail)
    async with database.writing() as connection:
        await connection.execute(sa.insert(hub_state).values(key="of another"))
    assert await _keys(database) == ["of another"]


async def test_the_connection_is_prepared_like_every_other(database: Database, writer: Writer) -> None:
    pragmas = ("busy_timeout", "journal_mode", "synchronous", "foreign_keys")

    def ask(connection: sqlite3.Connection) -> list[object]:
        return [connection.execute(f"PRAGMA {pragma}").fetchone()[0] for pragma in pragmas]

    async with database.reading() as connection:
        others = [await connection.scalar(sa.text(f"PRAGMA {pragma}")) for pragma in pragmas]
    assert await writer.write(ask) == others


async def test_both_ways_of_writing_take_turns(database: Database, writer: Writer) -> None:
    async with database.writing() as connection:
        await connection.execute(sa.insert(hub_state).values(key="first"))
        second = asyncio.ensure_future(writer.write(_add))
        await asyncio.wait((second,), timeout=0)
        await connection.execute(sa.insert(hub_state).values(key="first too"))
    await second  # would be told that the file is locked, if it had not waited
    assert await _keys(database) == ["first", "first too", "new"]


async def test_nobody_else_writes_from_the_first_look_on(database: Database, writer: Writer) -> None:
    def look(connection: sqlite3.Connection) -> None:
        with closing(sqlite3.connect(database.place, timeout=0)) as other:
            _add(other)

    with pytest.raises(StorageTrouble, match="another program holds it locked"):
        await writer.write(look)
    assert await _keys(database) == []


async def test_what_was_begun_is_ended_when_nobody_waits_for_it(database: Database, writer: Writer) -> None:
    begun, may_end = threading.Event(), threading.Event()

    def work(connection: sqlite3.Connection) -> None:
        begun.set()
        may_end.wait(10)
        _add(connection)

    writing = asyncio.ensure_future(writer.write(work))
    await asyncio.to_thread(begun.wait, 10)
    writing.cancel()
    leaving = asyncio.ensure_future(writer.close())
    await asyncio.wait((writing, leaving), timeout=0)
    leaving.cancel()
    may_end.set()
    await _until_they_end()
    assert writing.cancelled()
    assert await _keys(database) == ["new"]


async def test_closing_leaves_no_thread_and_can_be_done_twice(database: Database, writer: Writer) -> None:
    await writer.write(_add)
    assert _threads()
    await database.close()
    await database.close()
    await _until_they_end()


async def _until_they_end() -> None:
    for thread in _threads():
        await asyncio.to_thread(thread.join, 10)
    assert not _threads()


async def test_who_never_writes_has_no_thread(database: Database) -> None:
    await _keys(database)
    assert not _threads()


async def test_it_can_be_used_again_after_closing(database: Database, writer: Writer) -> None:
    await writer.write(_add)
    await database.close()
    await writer.write(lambda connection: _add(connection, "newer"))
    assert await _keys(database) == ["new", "newer"]


async def test_a_full_disk_is_told_and_passes(database: Database, writer: Writer) -> None:
    def fill(connection: sqlite3.Connection) -> None:
        connection.execute("PRAGMA max_page_count = 1")
        connection.execute("INSERT INTO hub_state (key, value) VALUES ('large', ?)", ("x" * 1_000_000,))

    with pytest.raises(StorageTrouble, match=f"^{database.place}: the disk is full. Make room; nothing"):
        await writer.write(fill)
    await writer.write(_add)
    assert await _keys(database) == ["new"]


async def test_a_file_that_became_read_only_is_told(database: Database, writer: Writer) -> None:
    def protect(connection: sqlite3.Connection) -> None:
        connection.execute("PRAGMA query_only = ON")
        _add(connection)

    with pytest.raises(StorageTrouble, match=f"^{database.place}: it is read-only for the user"):
        await writer.write(protect)


async def test_a_lock_of_somebody_else_is_told_and_passes(database: Database, writer: Writer) -> None:
    with closing(sqlite3.connect(database.place, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageTrouble, match=f"^{database.place}: another program holds it locked"):
            await writer.write(_add)
    await writer.write(_add)
    assert await _keys(database) == ["new"]


async def test_a_damaged_file_is_told(tmp_path: Path) -> None:
    path = tmp_path / "kissbot.db"
    path.write_bytes(b"not a database " * 1000)
    await _is_told(path, "the file is damaged .*kissbot restore FILE")


async def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    await _is_told(
        tmp_path / "none" / "kissbot.db", f"the folder {tmp_path}/none does not exist. Make it, or"
    )


async def _is_told(path: Path, sentence: str) -> None:
    database = connect(f"sqlite+aiosqlite:///{path}")
    assert database.writer
    with pytest.raises(StorageTrouble, match=f"^{path}: {sentence}"):
        await database.writer.write(_add)
    await database.close()
