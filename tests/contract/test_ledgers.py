"""Every kind of ledgers keeps the contract of ledgers; those in a database keep it between processes."""

import asyncio
import sys

import pytest

from kissbot.storage.engine import Database
from kissbot.storage.ledgers import MemoryLedgers, SqlLedgers
from kissbot.testing.clock import ManualClock
from kissbot.testing.contracts.ledgers import LedgersContract, plus

COUNTER = """
import asyncio, sys, time
from kissbot.storage.engine import connect
from kissbot.storage.ledgers import SqlLedgers
from kissbot.testing.contracts.ledgers import plus

async def main(url):
    database = connect(url)
    ledgers = SqlLedgers(database, time)
    await ledgers.update("warm", plus)
    print("ready", flush=True)
    sys.stdin.readline()
    for _ in range(50):
        await ledgers.update("30", plus)
    await database.close()

asyncio.run(main(sys.argv[1]))
"""


class TestMemoryLedgers(LedgersContract):
    @pytest.fixture
    def ledgers(self) -> MemoryLedgers:
        return MemoryLedgers()


class TestSqlLedgers(LedgersContract):
    @pytest.fixture
    def ledgers(self, database: Database, clock: ManualClock) -> SqlLedgers:
        return SqlLedgers(database, clock)

    async def test_a_ledger_survives_a_restart(
        self, ledgers: SqlLedgers, database: Database, clock: ManualClock
    ) -> None:
        await ledgers.update("30", plus)
        assert await SqlLedgers(database, clock).update("30", plus) == 2

    async def test_three_processes_change_one_after_the_other(
        self, ledgers: SqlLedgers, database_url: str
    ) -> None:
        pipe = asyncio.subprocess.PIPE
        words = (sys.executable, "-c", COUNTER, database_url)
        processes = [await asyncio.create_subprocess_exec(*words, stdin=pipe, stdout=pipe) for _ in range(3)]
        for process in processes:
            assert await process.stdout.readline() == b"ready\n"  # type: ignore[union-attr]
        await asyncio.gather(*(process.communicate(b"go\n") for process in processes))
        assert await ledgers.update("30", plus) == 151
