"""Every kind of notes keeps the contract of notes; those in a database keep it between processes."""

import asyncio
import sys
from collections import Counter

import pytest
import sqlalchemy as sa

from kissbot.storage.engine import Database
from kissbot.storage.memory import MemoryNotes
from kissbot.storage.notes import SWEEP_EVERY, SqlNotes
from kissbot.storage.tables import notes as table
from kissbot.testing.clock import ManualClock
from kissbot.testing.contracts.notes import NotesContract

CLAIMER = """
import asyncio, sys, time
from kissbot.storage.engine import connect
from kissbot.storage.notes import SqlNotes

async def main(url):
    database = connect(url)
    notes = SqlNotes(database, time)
    await notes.claim("warm", 0)
    print("ready", flush=True)
    sys.stdin.readline()
    claims = [notes.claim(f"key {number % 5}", 60) for number in range(250)]
    left = await asyncio.gather(*claims)
    for number, seconds in enumerate(left):
        if not seconds:
            print(f"key {number % 5}")
    await database.close()

asyncio.run(main(sys.argv[1]))
"""


class TestMemoryNotes(NotesContract):
    @pytest.fixture
    def notes(self, clock: ManualClock) -> MemoryNotes:
        return MemoryNotes(clock)


class TestSqlNotes(NotesContract):
    @pytest.fixture
    def notes(self, database: Database, clock: ManualClock) -> SqlNotes:
        return SqlNotes(database, clock)

    async def test_claims_survive_a_restart(
        self, notes: SqlNotes, database: Database, clock: ManualClock
    ) -> None:
        await notes.claim("key", 10)
        assert await SqlNotes(database, clock).claim("key", 10) > 0

    async def test_what_has_expired_is_swept(
        self, notes: SqlNotes, database: Database, clock: ManualClock
    ) -> None:
        await asyncio.gather(*(notes.claim(f"old {number}", 10) for number in range(SWEEP_EVERY - 1)))
        await clock.push(11)
        await notes.claim("new", 10)
        async with database.reading() as connection:
            assert list(await connection.scalars(sa.select(table.c.key))) == ["new"]

    async def test_trouble_is_told_to_everybody_who_waits_and_passes(
        self, notes: SqlNotes, database: Database
    ) -> None:
        async with database.writing() as connection:
            await connection.execute(sa.text("ALTER TABLE notes RENAME TO gone"))
        claims = [notes.claim(f"key {number}", 10) for number in range(3)]
        left = await asyncio.gather(*claims, return_exceptions=True)
        assert all(isinstance(error, Exception) for error in left)
        async with database.writing() as connection:
            await connection.execute(sa.text("ALTER TABLE gone RENAME TO notes"))
        assert await notes.claim("key 0", 10) == 0

    async def test_what_is_given_back_can_be_claimed_in_the_same_moment(self, notes: SqlNotes) -> None:
        await notes.claim("key", 10)
        left = await asyncio.gather(notes.release("key"), notes.claim("key", 20), notes.claim("key", 30))
        assert left[1] == 0
        assert abs(left[2] - 20) < 0.01
        assert abs(await notes.peek("key") - 20) < 0.01

    async def test_claims_wait_for_whoever_writes(self, notes: SqlNotes, database: Database) -> None:
        async with database.writing() as connection:
            await connection.execute(sa.insert(table).values(key="of another", until=0))
            cancelled, kept = (asyncio.ensure_future(notes.claim(key, 10)) for key in ("a", "b"))
            await asyncio.wait((cancelled, kept), timeout=0)
            cancelled.cancel()
        assert await kept == 0
        assert await notes.claim("of another", 10) == 0

    async def test_of_four_processes_one_wins(self, database_url: str, database: Database) -> None:
        processes = [await _claimer(database_url) for _ in range(4)]
        for process in processes:
            assert await process.stdout.readline() == b"ready\n"  # type: ignore[union-attr]
        ended = await asyncio.gather(*(process.communicate(b"go\n") for process in processes))
        won = Counter(line for out, _ in ended for line in out.decode().split("\n") if line)
        assert won == {f"key {number}": 1 for number in range(5)}


async def _claimer(url: str) -> asyncio.subprocess.Process:
    """A process that claims each of five keys fifty times, at a word."""
    pipe = asyncio.subprocess.PIPE
    return await asyncio.create_subprocess_exec(sys.executable, "-c", CLAIMER, url, stdin=pipe, stdout=pipe)
