"""Every kind of streams keeps the contract of streams; those in a database keep it between processes."""

import asyncio

import pytest

from kissbot.storage.engine import Database, connect
from kissbot.storage.memory_streams import MemoryStreams
from kissbot.storage.streams import SqlStreams
from kissbot.testing.clock import ManualClock
from kissbot.testing.contracts.streams import StreamsContract, offline, online


class TestMemoryStreams(StreamsContract):
    @pytest.fixture
    def streams(self, clock: ManualClock) -> MemoryStreams:
        return MemoryStreams(clock)


class TestSqlStreams(StreamsContract):
    @pytest.fixture
    def streams(self, database: Database, clock: ManualClock) -> SqlStreams:
        return SqlStreams(database, clock)

    async def test_a_restart_announces_nothing_again(
        self, streams: SqlStreams, database: Database, clock: ManualClock
    ) -> None:
        assert await self.announces(streams, clock, "s1")
        await clock.push(120)
        restarted = SqlStreams(database, clock)
        assert await restarted.begin(online("s1", clock.time())) is None
        assert await restarted.end(offline("s1", clock.time()))
        assert await restarted.begin(online("s2", clock.time())) is None

    async def test_two_processes_announce_each_stream_once(
        self, streams: SqlStreams, database_url: str, clock: ManualClock
    ) -> None:
        other_database = connect(database_url)
        other = SqlStreams(other_database, clock)
        told = [online(f"s{number}", clock.time(), f"c{number}") for number in range(20)]
        takes = await asyncio.gather(*(each.begin(one) for one in told for each in (streams, other)))
        await other_database.close()
        assert sum(take is not None for take in takes) == len(told)
        assert all(
            (first is None) != (second is None) for first, second in zip(takes[::2], takes[1::2], strict=True)
        )

    async def test_a_process_keeps_nothing_that_another_one_took(
        self, streams: SqlStreams, database: Database, clock: ManualClock
    ) -> None:
        assert await self.begins(streams, clock, "s1")
        await clock.push(100)
        await SqlStreams(database, clock).seen(["id-ada"])
        await clock.push(100)
        assert await streams.begin(online("s1", clock.time() - 200))
