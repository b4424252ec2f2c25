"""Every kind of pages keeps the contract of pages."""

import pytest

from kissbot.storage.engine import Database
from kissbot.storage.pages import MemoryPages, SqlPages
from kissbot.testing.contracts.pages import PagesContract


class TestMemoryPages(PagesContract):
    @pytest.fixture
    def pages(self) -> MemoryPages:
        return MemoryPages()


class TestSqlPages(PagesContract):
    @pytest.fixture
    def pages(self, database: Database) -> SqlPages:
        return SqlPages(database)

    async def test_what_is_put_is_written_on_leaving(self, database: Database) -> None:
        async with SqlPages(database) as pages:
            pages.put("one", b"kept", 1)
        assert await SqlPages(database).get("one") == (b"kept", 1)
