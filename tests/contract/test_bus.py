"""Every kind of bus keeps the contract of buses."""

import pytest

from kissbot.bus.memory import MemoryBus
from kissbot.testing.contracts.bus import BusContract


class TestMemoryBus(BusContract):
    @pytest.fixture
    def bus(self) -> MemoryBus:
        return MemoryBus()

    def test_what_cannot_travel_fails_at_once(self, bus: MemoryBus) -> None:
        with pytest.raises(TypeError):
            bus.publish(object(), "1")
