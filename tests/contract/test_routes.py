"""Every kind of experience keeps the contract of experience."""

import asyncio

import pytest

from kissbot.knowledge.answers.bandit import Lesson
from kissbot.storage.engine import Database
from kissbot.storage.routes import MemoryExperience, SqlExperience
from kissbot.testing.contracts.routes import ExperienceContract


class TestMemoryExperience(ExperienceContract):
    @pytest.fixture
    def experience(self) -> MemoryExperience:
        return MemoryExperience()


class TestSqlExperience(ExperienceContract):
    @pytest.fixture
    def experience(self, database: Database) -> SqlExperience:
        return SqlExperience(database)

    async def test_what_is_noted_is_written_on_leaving(self, database: Database) -> None:
        async with SqlExperience(database) as experience:
            experience.note(Lesson("ping", "local", 1))
        assert (await SqlExperience(database).all())["ping"]["local"].mean == 1

    async def test_of_two_who_write_neither_loses_anything(self, database: Database) -> None:
        both = SqlExperience(database), SqlExperience(database)
        for _ in range(20):
            for each in both:
                each.note(Lesson("ping", "local", 1))
            await asyncio.gather(*(each.flush() for each in both))
        assert (await both[0].all())["ping"]["local"].trials == 40
