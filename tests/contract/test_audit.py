"""Every kind of audit keeps the contract of audits."""

import pytest

from kissbot.storage.audit import SqlAudit
from kissbot.storage.engine import Database
from kissbot.storage.memory_book import MemoryAudit
from kissbot.testing.clock import ManualClock
from kissbot.testing.contracts.audit import AuditContract


class TestMemoryAudit(AuditContract):
    @pytest.fixture
    def audit(self, clock: ManualClock) -> MemoryAudit:
        return MemoryAudit(clock)


class TestSqlAudit(AuditContract):
    @pytest.fixture
    def audit(self, database: Database, clock: ManualClock) -> SqlAudit:
        return SqlAudit(database, clock)
