"""Every kind of notes keeps the contract of notes."""

import pytest

from kissbot.storage.memory import MemoryNotes
from kissbot.testing.clock import ManualClock
from kissbot.testing.contracts.notes import NotesContract


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


class TestMemoryNotes(NotesContract):
    @pytest.fixture
    def notes(self, clock: ManualClock) -> MemoryNotes:
        return MemoryNotes(clock)
