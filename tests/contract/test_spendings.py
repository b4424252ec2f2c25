"""Every kind of spendings keeps the contract of spendings."""

import asyncio

import pytest

from kissbot.knowledge.answers.budget import Spending
from kissbot.storage.engine import Database
from kissbot.storage.spendings import MemorySpendings, SqlSpendings
from kissbot.testing.contracts.spendings import SpendingsContract


class TestMemorySpendings(SpendingsContract):
    @pytest.fixture
    def spendings(self) -> MemorySpendings:
        return MemorySpendings()


class TestSqlSpendings(SpendingsContract):
    @pytest.fixture
    def spendings(self, database: Database) -> SqlSpendings:
        return SqlSpendings(database)

    async def test_what_is_noted_is_written_on_leaving(self, database: Database) -> None:
        async with SqlSpendings(database) as spendings:
            spendings.note(Spending("10", "", 500_000, 1))
        assert await SqlSpendings(database).since(0) == [Spending("10", "", 500_000, 1)]

    async def test_what_two_processes_spend_adds_up(self, database: Database) -> None:
        both = SqlSpendings(database), SqlSpendings(database)
        for _ in range(10):
            for each in both:
                each.note(Spending("10", "", 500_000, 1, 3))
            await asyncio.gather(*(each.flush() for each in both))
        assert await both[0].since(0) == [Spending("10", "", 500_000, 20, 60)]
