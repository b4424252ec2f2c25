"""Every kind of standings keeps the contract of standings."""

import pytest

from kissbot.chat.messages import Rank
from kissbot.storage.engine import Database
from kissbot.storage.standings import MemoryStandings, SqlStandings
from kissbot.testing.clock import ManualClock
from kissbot.testing.contracts.standings import StandingsContract


class TestMemoryStandings(StandingsContract):
    @pytest.fixture
    def standings(self) -> MemoryStandings:
        return MemoryStandings()


class TestSqlStandings(StandingsContract):
    @pytest.fixture
    def standings(self, database: Database, clock: ManualClock) -> SqlStandings:
        return SqlStandings(database, clock)

    async def test_what_is_noted_is_written_on_leaving(self, database: Database, clock: ManualClock) -> None:
        async with SqlStandings(database, clock) as standings:
            standings.note("10", Rank.MODERATOR)
        assert await SqlStandings(database, clock).all() == {"10": Rank.MODERATOR}
