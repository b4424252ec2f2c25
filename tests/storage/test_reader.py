"""Quick reads of a SQLite file: they see what was committed, and trouble is told and passes."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator

import pytest
import sqlalchemy as sa

from kissbot.storage.engine import Database, connect
from kissbot.storage.reader import Reader
from kissbot.storage.tables import notes
from kissbot.storage.trouble import StorageTrouble


@pytest.fixture
async def file(sqlite_url: str) -> AsyncIterator[Database]:
    database = connect(sqlite_url)
    yield database
    await database.close()


def count(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT count(*) FROM notes").fetchone()[0])


def reader(database: Database) -> Reader:
    assert database.reader
    return database.reader


async def test_it_sees_what_was_committed_and_nothing_else(file: Database) -> None:
    assert await reader(file).read(count) == 0
    async with file.writing() as connection:
        await connection.execute(notes.insert().values(key="k", until=1))
        assert await reader(file).read(count) == 0
    assert await reader(file).read(count) == 1


async def test_many_at_once(file: Database) -> None:
    assert await asyncio.gather(*(reader(file).read(count) for _ in range(100))) == [0] * 100


async def test_trouble_is_told_and_the_next_read_begins_anew(file: Database) -> None:
    def fails(connection: sqlite3.Connection) -> int:
        raise sqlite3.OperationalError("disk I/O error")

    with pytest.raises(StorageTrouble):
        await reader(file).read(fails)
    assert await reader(file).read(count) == 0


async def test_closed_it_can_be_used_again(file: Database) -> None:
    await reader(file).read(count)
    await reader(file).close()
    await reader(file).close()
    assert await reader(file).read(count) == 0


async def test_a_server_has_none(postgresql_url: str) -> None:
    database = connect(postgresql_url)
    assert database.reader is None
    async with database.reading() as connection:
        assert await connection.scalar(sa.text("SELECT 1")) == 1
    await database.close()
