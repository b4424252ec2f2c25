"""Every kind of book keeps the contract of books."""

import asyncio

import pytest
import sqlalchemy as sa

from kissbot.chat.audit import OPERATOR
from kissbot.chat.book import Book
from kissbot.chat.changes import Change
from kissbot.chat.channels import ChannelSettings, Choices
from kissbot.chat.errors import Refusal
from kissbot.storage.audit import SqlAudit
from kissbot.storage.choices import SqlBook
from kissbot.storage.engine import Database, connect
from kissbot.storage.housekeeping import forget_viewer
from kissbot.storage.memory_book import MemoryAudit, MemoryBook
from kissbot.storage.tables import config, hub_state
from kissbot.testing.clock import ManualClock
from kissbot.testing.contracts.choices import NAMES, BookContract, entry, wish


class TestMemoryBook(BookContract):
    @pytest.fixture
    def audit(self, clock: ManualClock) -> MemoryAudit:
        return MemoryAudit(clock)

    @pytest.fixture
    def book(self, audit: MemoryAudit) -> MemoryBook:
        return MemoryBook(audit)


class TestSqlBook(BookContract):
    @pytest.fixture
    def audit(self, database: Database, clock: ManualClock) -> SqlAudit:
        return SqlAudit(database, clock)

    @pytest.fixture
    def book(self, database: Database, clock: ManualClock) -> SqlBook:
        return SqlBook(database, clock)

    async def test_two_processes_lose_no_change_of_each_other(
        self, book: Book, database_url: str, clock: ManualClock
    ) -> None:
        other_database = connect(database_url)
        other = SqlBook(other_database, clock)
        await asyncio.gather(
            *(
                (book if number % 2 else other).change("ada", OPERATOR, wish(f"cooldown {name} {number}"))
                for number, name in enumerate(NAMES, 1)
            )
        )
        await other_database.engine.dispose()
        assert len((await entry(book)).choices.cooldowns) == len(NAMES)

    @pytest.mark.parametrize("broken", ['{"language": "klingon"}', "{", "", "[]", '{"off": 1}'])
    async def test_a_broken_row_spoils_nothing_and_is_not_overwritten_silently(
        self, book: SqlBook, audit: SqlAudit, database: Database, broken: str
    ) -> None:
        await book.change("bob", OPERATOR, wish("set language fr", "bob"))
        await book.change("ada", OPERATOR, wish("set language fr"))
        await spoil(database, broken)
        ada, bob = await entry(book), await entry(book, "bob")
        assert (ada.choices, bool(ada.unreadable)) == (Choices(), True)
        assert (bob.choices, bob.unreadable) == (Choices(language="fr"), "")
        with pytest.raises(Refusal, match="reset all"):
            await book.change("ada", OPERATOR, wish("set prefix ?"))
        await book.part("ada", OPERATOR)
        assert await raw(database) == broken

    async def test_a_broken_row_can_be_begun_anew_and_what_it_was_stays_known(
        self, book: SqlBook, audit: SqlAudit, database: Database
    ) -> None:
        await book.join("ada", OPERATOR)
        await spoil(database, '{"language": "klingon"}')
        await book.change("ada", OPERATOR, wish("reset all"))
        kept = await entry(book)
        assert (kept.choices, kept.present, kept.unreadable) == (Choices(), True, "")
        assert "klingon" in (await audit.latest())[0].before

    async def test_nothing_is_half_written_when_the_note_fails(
        self, book: SqlBook, database: Database
    ) -> None:
        async with database.writing() as connection:
            await connection.execute(sa.text("DROP TABLE audit_log"))
        with pytest.raises(Exception, match="audit_log"):
            await book.change("ada", OPERATOR, wish("set language fr"))
        assert await book.since() == (0, {})
        async with database.reading() as connection:
            assert (await connection.execute(sa.select(hub_state))).all() == []

    async def test_a_forgotten_viewer_is_in_no_channels_choices_and_every_process_learns_of_it(
        self, book: SqlBook, database: Database
    ) -> None:
        for channel, viewers in (("ada", {"vera", "vic"}), ("bob", {"vera2"}), ("cleo", set[str]())):
            await book.change(channel, OPERATOR, translates(frozenset(viewers)))
        before, _ = await book.since()
        assert (await forget_viewer(database, "id-vera", "vera"))["config"] == 1
        _, newer = await book.since(before)
        assert {channel: kept.choices.translated for channel, kept in newer.items()} == {
            "ada": frozenset({"vic"})
        }
        assert (await forget_viewer(database, "id-vera", "vera"))["config"] == 0
        assert (await forget_viewer(database, "id-vera"))["config"] == 0


def translates(viewers: frozenset[str]) -> Change:
    return Change(
        "translated", lambda choices: choices.but(translated=viewers), lambda _: "", ChannelSettings()
    )


async def spoil(database: Database, broken: str) -> None:
    async with database.writing() as connection:
        await connection.execute(config.update().where(config.c.channel == "ada").values(choices=broken))


async def raw(database: Database) -> str:
    async with database.reading() as connection:
        query = sa.select(config.c.choices).where(config.c.channel == "ada")
        return str((await connection.execute(query)).scalar_one())
