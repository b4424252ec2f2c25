"""What every kind of `Notes` promises. Fixtures: `notes`, and the `clock` (ManualClock) it runs on."""

import asyncio

from kissbot.chat.ports import Notes
from kissbot.testing.clock import ManualClock


class NotesContract:
    """Claims are exclusive, expire, and can be given back."""

    async def test_a_free_key_can_be_claimed(self, notes: Notes) -> None:
        assert await notes.claim("key", 10) == 0

    async def test_a_held_key_tells_the_seconds_left(self, notes: Notes, clock: ManualClock) -> None:
        await notes.claim("key", 10)
        await clock.push(4)
        assert abs(await notes.claim("key", 10) - 6) < 0.01

    async def test_a_refused_claim_does_not_prolong_the_first(self, notes: Notes, clock: ManualClock) -> None:
        await notes.claim("key", 10)
        await clock.push(9)
        await notes.claim("key", 10)
        await clock.push(2)
        assert await notes.claim("key", 10) == 0

    async def test_a_released_key_is_free(self, notes: Notes) -> None:
        await notes.claim("key", 10)
        await notes.release("key")
        assert await notes.claim("key", 10) == 0

    async def test_releasing_an_unknown_key_is_nothing(self, notes: Notes) -> None:
        await notes.release("never claimed")

    async def test_keys_do_not_know_each_other(self, notes: Notes) -> None:
        await notes.claim("a", 10)
        assert await notes.claim("b", 10) == 0

    async def test_of_many_claims_at_once_one_wins(self, notes: Notes) -> None:
        left = await asyncio.gather(*(notes.claim("key", 10) for _ in range(100)))
        assert left.count(0) == 1
