"""Notes in memory do not grow for ever."""

from kissbot.storage.memory import SWEEP_EVERY, MemoryNotes
from kissbot.testing.clock import ManualClock


async def test_what_has_expired_is_forgotten() -> None:
    clock = ManualClock()
    notes = MemoryNotes(clock)
    for number in range(SWEEP_EVERY - 1):
        await notes.claim(f"old {number}", 10)
    await clock.push(11)
    await notes.claim("new", 10)
    assert len(notes) == 1


async def test_a_sweep_forgets_nothing_that_is_held() -> None:
    clock = ManualClock()
    notes = MemoryNotes(clock)
    for number in range(SWEEP_EVERY):
        await notes.claim(f"held {number}", 10)
    assert len(notes) == SWEEP_EVERY
    assert await notes.claim("held 0", 10) == 10
