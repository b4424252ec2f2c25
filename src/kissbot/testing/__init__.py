"""For people who write features and backends: a room to try them in, a clock to push, contracts to keep."""

from kissbot.testing.clock import ManualClock
from kissbot.testing.fakes import HADES, FakeStreams, FixedVitals, Shelf
from kissbot.testing.room import Room, room

__all__ = ["HADES", "FakeStreams", "FixedVitals", "ManualClock", "Room", "Shelf", "room"]
