"""A copy of a database is that database, whatever kinds the two are."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from kissbot.storage.copying import copy, digests, equal
from kissbot.storage.engine import Database, connect
from kissbot.storage.tables import audit_log, config, hub_state, metadata, notes, oauth_tokens, trail, users

ROWS = 1000


@pytest.fixture
async def sqlite(sqlite_template: Path, tmp_path: Path) -> AsyncIterator[Database]:
    """A second database, of SQLite and empty."""
    second = an_empty_one(sqlite_template, tmp_path / "second.db")
    yield second
    await second.engine.dispose()


def an_empty_one(template: Path, path: Path) -> Database:
    shutil.copyfile(template, path)
    return connect(f"sqlite+aiosqlite:///{path}")


async def fill(database: Database) -> None:
    """Something of everything that a column can hold."""
    async with database.writing() as connection:
        await connection.execute(users.insert(), {"id": "1", "login": "vera", "seen_at": 1e9 + 1 / 3})
        await connection.execute(
            oauth_tokens.insert(),
            {
                "slot": "bot",
                "user_id": "1",
                "client_id": "c",
                "scopes": "a b",
                "token": bytes(range(256)),
                "generation": 3,
                "changed_at": 0.1,
            },
        )
        for present in (True, False, None):
            await connection.execute(
                config.insert(),
                {
                    "channel": f"ch_{present}".lower(),
                    "present": present,
                    "choices": '{"prefix":"¿🙂"}',
                    "revision": 1 << 40,
                    "changed_at": 1.5,
                },
            )
        steps = [
            {
                "id": number * 2 + 1,
                "at": number / 7,
                "channel_id": str(number % 5),
                "message_id": f"m{number}",
                "viewer_id": "v",
                "command": "gi",
                "stage": "send",
                "outcome": "",
            }
            for number in range(ROWS)
        ]
        await connection.execute(trail.insert(), steps)


async def test_a_copy_is_equal(database: Database, sqlite: Database) -> None:
    await fill(database)
    assert not await equal(database, sqlite)
    copied = await copy(database, sqlite)
    assert copied["trail"].rows == ROWS
    assert await digests(sqlite) == copied
    assert await equal(database, sqlite)


async def test_a_copy_of_a_copy_is_the_original(
    database: Database, sqlite: Database, sqlite_template: Path, tmp_path: Path
) -> None:
    await fill(sqlite)
    await copy(sqlite, database)
    third = an_empty_one(sqlite_template, tmp_path / "third.db")
    await copy(database, third)
    assert await equal(sqlite, third)
    await third.engine.dispose()


async def test_a_copy_replaces_what_was_there(database: Database, sqlite: Database) -> None:
    await fill(database)
    await copy(sqlite, database)
    assert all(digest.rows == 0 for digest in (await digests(database)).values())


async def test_rows_go_on_being_numbered_after_a_copy(database: Database, sqlite: Database) -> None:
    await fill(sqlite)
    await copy(sqlite, database)
    async with database.writing() as connection:
        for table, newest in ((trail, 2 * ROWS - 1), (audit_log, 0)):
            filled = {column.name: "" for column in table.columns if column.name not in ("id", "at")}
            added = await connection.execute(table.insert().values(at=0, **filled).returning(table.c.id))
            assert added.scalar_one() == newest + 1


@pytest.mark.parametrize(
    "change",
    [
        sa.update(users).values(seen_at=2),
        sa.update(oauth_tokens).values(token=b"other"),
        sa.update(oauth_tokens).values(refresh_token=b""),
        sa.update(config).where(config.c.channel == "ch_none").values(present=False),
        sa.delete(trail).where(trail.c.id == 1),
        sa.update(trail).where(trail.c.id == 1).values(outcome="ok"),
    ],
    ids=str,
)
async def test_any_difference_is_noticed(database: Database, sqlite: Database, change: sa.Update) -> None:
    await fill(database)
    await copy(database, sqlite)
    async with sqlite.writing() as connection:
        await connection.execute(change)
    assert not await equal(database, sqlite)


async def test_a_copy_is_one_moment_of_a_database_that_others_write_to(
    database: Database, sqlite: Database
) -> None:
    """A writer counts, and logs each count in the same transaction: they must agree in the copy."""
    await fill(database)
    count = sa.update(hub_state).where(hub_state.c.key == "count").values(number=hub_state.c.number + 1)
    stop = asyncio.Event()

    async def write() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            async with database.writing() as connection:
                await connection.execute(count)
                await connection.execute(notes.insert(), {"key": f"note {number}", "until": number})

    async with database.writing() as connection:
        await connection.execute(hub_state.insert(), {"key": "count"})
    async with asyncio.TaskGroup() as group:
        group.create_task(write())
        seen = []
        for _ in range(3):
            await copy(database, sqlite)
            async with sqlite.reading() as reading:
                counted = (await reading.execute(sa.select(hub_state.c.number))).scalar_one()
                logged = (await reading.execute(sa.select(notes.c.until).order_by(notes.c.until))).scalars()
                assert list(logged) == list(range(1, counted + 1))
            seen.append(counted)
        stop.set()
    assert seen[0] < seen[-1]


async def test_a_copy_that_fails_changes_nothing(database: Database, sqlite: Database) -> None:
    await fill(database)
    before = await digests(database)
    async with sqlite.writing() as connection:
        await connection.run_sync(metadata.tables["trail"].drop)
    with pytest.raises(Exception, match="trail"):
        await copy(sqlite, database)
    assert await digests(database) == before
