"""Every kind of trail keeps the contract of trails."""

import pytest
import sqlalchemy as sa

from kissbot.storage.engine import Database
from kissbot.storage.memory import MemoryTrail
from kissbot.storage.tables import trail as table
from kissbot.storage.trail import SqlTrail
from kissbot.testing.contracts.trail import TrailContract, step


class TestMemoryTrail(TrailContract):
    @pytest.fixture
    def trail(self) -> MemoryTrail:
        return MemoryTrail()


class TestSqlTrail(TrailContract):
    @pytest.fixture
    def trail(self, database: Database) -> SqlTrail:
        return SqlTrail(database)

    async def test_another_process_sees_it_when_it_is_written(self, database: Database) -> None:
        async with SqlTrail(database) as trail:
            trail.note(step(1))
        assert await SqlTrail(database).latest("ada") == [step(1)]

    async def test_it_does_not_grow_for_ever(self, database: Database) -> None:
        trail = SqlTrail(database)
        for number in range(1000):
            trail.note(step(number))
            if number % 10 == 0:
                await trail.flush()
        async with database.reading() as connection:
            assert (await connection.scalar(sa.select(sa.func.count(table.c.id))) or 0) <= 300
