"""What every kind of `Notes` promises. Fixtures: `notes`, and the `clock` (ManualClock) it runs on."""

import asyncio
from typing import Protocol

from kissbot.chat import ports
from kissbot.testing.clock import ManualClock


class Notes(ports.Notes, Protocol):
    """Notes that can be looked at, too."""

    async def peek(self, key: str) -> float:
        """How many seconds `key` is still held; 0 when it is free. Claims nothing."""
        ...

    async def forget(self, viewer_id: str) -> int:
        """Release every key that has the viewer's id as a part between colons; how many that were."""
        ...


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

    async def test_claims_of_many_keys_at_once_are_all_decided(self, notes: Notes) -> None:
        keys = [str(number % 700) for number in range(1400)]
        left = await asyncio.gather(*(notes.claim(key, 10) for key in keys))
        assert left.count(0) == 700
        assert all(abs(seconds - 10) < 0.01 for seconds in left if seconds)

    async def test_the_first_of_those_who_want_the_same_wins(self, notes: Notes) -> None:
        left = await asyncio.gather(notes.claim("key", 5), notes.claim("key", 50))
        assert left[0] == 0
        assert abs(left[1] - 5) < 0.01

    async def test_what_is_given_back_while_others_claim_is_free_afterwards(self, notes: Notes) -> None:
        await asyncio.gather(*(notes.claim(f"mine {number}", 10) for number in range(20)))
        others = [notes.claim(f"other {number}", 10) for number in range(20)]
        mine = [notes.release(f"mine {number}") for number in range(20)]
        await asyncio.gather(*mine, *others)
        assert [await notes.claim(f"mine {number}", 10) for number in range(20)] == [0.0] * 20
        assert await notes.claim("other 7", 10) > 9

    async def test_whoever_is_cancelled_spoils_nothing_for_the_others(self, notes: Notes) -> None:
        tasks = [asyncio.ensure_future(notes.claim(f"key {number}", 10)) for number in range(10)]
        await asyncio.sleep(0)
        tasks[0].cancel()
        tasks[5].cancel()
        left = await asyncio.gather(*tasks, return_exceptions=True)
        assert [left[number] for number in (1, 2, 3, 4, 6, 7, 8, 9)] == [0] * 8
        assert await notes.claim("another", 10) == 0

    async def test_looking_at_a_key_claims_nothing(self, notes: Notes, clock: ManualClock) -> None:
        assert await notes.peek("key") == 0
        await notes.claim("key", 10)
        await clock.push(4)
        assert abs(await notes.peek("key") - 6) < 0.01
        await clock.push(7)
        assert await notes.peek("key") == 0
        assert await notes.claim("key", 10) == 0

    async def test_a_viewer_can_be_forgotten(self, notes: Notes) -> None:
        for key in ("cooldown:1:gi:42", "told:rank:1:off:42", "cooldown:1:gi:423", "message:1%2", "42x:42_"):
            await notes.claim(key, 10)
        assert await notes.forget("42") == 2
        assert await notes.claim("cooldown:1:gi:42", 10) == 0
        assert await notes.claim("cooldown:1:gi:423", 10) > 0
        assert await notes.forget("1_2") == 0
