"""Every kind of leases keeps the contract of leases."""

import pytest

from kissbot.storage.engine import Database
from kissbot.storage.leases import SqlLeases
from kissbot.storage.memory import MemoryLeases
from kissbot.testing.clock import ManualClock
from kissbot.testing.contracts.leases import LeasesContract


class TestMemoryLeases(LeasesContract):
    @pytest.fixture
    def leases(self, clock: ManualClock) -> MemoryLeases:
        return MemoryLeases(clock)


class TestSqlLeases(LeasesContract):
    @pytest.fixture
    def leases(self, database: Database, clock: ManualClock) -> SqlLeases:
        return SqlLeases(database, clock)
