"""Every kind of truths keeps the contract of truths; those in a database keep it between processes."""

import asyncio

import pytest
import sqlalchemy as sa
from msgspec.structs import replace

from kissbot.chat.audit import Audit
from kissbot.knowledge.truth.records import EVAPORATES, Truths
from kissbot.storage.audit import SqlAudit
from kissbot.storage.engine import Database, connect
from kissbot.storage.housekeeping import forget_viewer, tidy
from kissbot.storage.memory_book import MemoryAudit
from kissbot.storage.memory_truths import MemoryTruths
from kissbot.storage.tables import candidates
from kissbot.storage.truths import SqlTruths
from kissbot.testing.clock import ManualClock
from kissbot.testing.contracts.truths import MIA, TruthsContract, confirmation, shown


class TestMemoryTruths(TruthsContract):
    @pytest.fixture
    def audit(self, clock: ManualClock) -> MemoryAudit:
        return MemoryAudit(clock)

    @pytest.fixture
    def truths(self, clock: ManualClock, audit: MemoryAudit) -> MemoryTruths:
        return MemoryTruths(clock, audit)


class TestSqlTruths(TruthsContract):
    @pytest.fixture
    def audit(self, database: Database, clock: ManualClock) -> SqlAudit:
        return SqlAudit(database, clock)

    @pytest.fixture
    def truths(self, database: Database, clock: ManualClock) -> SqlTruths:
        return SqlTruths(database, clock)

    async def test_two_processes_lose_no_confirmation_of_each_other(
        self, truths: Truths, database_url: str, clock: ManualClock
    ) -> None:
        other_database = connect(database_url)
        other = SqlTruths(other_database, clock)
        said = [confirmation(key=f"k{number}") for number in range(20)]
        await asyncio.gather(*(each.confirm(one) for one in said for each in (truths, other)))
        revision, all_ = await other.since()
        await other_database.close()
        assert sorted(one.key for one in all_) == sorted(one.key for one in said)
        assert len({one.revision for one in all_}) == len(said)
        assert await truths.since(revision) == (revision, [])

    async def test_of_two_processes_one_undoes(
        self, truths: Truths, database_url: str, clock: ManualClock
    ) -> None:
        other_database = connect(database_url)
        other = SqlTruths(other_database, clock)
        await truths.confirm(confirmation("Hades"))
        await truths.confirm(confirmation("Hades II", at=clock.time() + 1))
        last = (await truths.since())[1][-1]
        done = await asyncio.gather(*(each.undo(last, MIA) for each in (truths, other)))
        await other_database.close()
        assert sorted(done) == [False, True]
        assert [said.undone for said in (await truths.since())[1]] == [False, True]

    async def test_nothing_is_half_written_when_the_note_fails(
        self, truths: Truths, database: Database
    ) -> None:
        async with database.writing() as connection:
            await connection.execute(sa.text("DROP TABLE audit_log"))
        with pytest.raises(Exception, match="audit_log"):
            await truths.confirm(confirmation())
        assert await truths.since() == (0, [])

    async def test_a_list_that_cannot_be_read_is_as_good_as_none(
        self, truths: Truths, database: Database
    ) -> None:
        await truths.keep(shown())
        async with database.writing() as connection:
            await connection.execute(sa.update(candidates).values(options="{"))
        assert await truths.shown("GAME", "id-ada", "hades") is None
        await truths.keep(shown())
        assert await truths.shown("GAME", "id-ada", "hades")

    async def test_old_lists_are_tidied_away(
        self, truths: Truths, database: Database, clock: ManualClock
    ) -> None:
        await truths.keep(shown())
        assert (await tidy(database, clock.time(), 365))["candidates"] == 0
        assert (await tidy(database, clock.time() + EVAPORATES + 1, 365))["candidates"] == 1

    async def test_a_forgotten_moderator_leaves_the_truth_but_no_name(
        self, truths: Truths, audit: Audit, database: Database
    ) -> None:
        await truths.confirm(confirmation())
        assert (await forget_viewer(database, MIA.id))["truths"] == 1
        _, (said,) = await truths.since()
        assert said == replace(
            confirmation(), id=said.id, revision=said.revision, who="forgotten", who_id="forgotten"
        )
