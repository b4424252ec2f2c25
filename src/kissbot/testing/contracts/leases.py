"""What every kind of `Leases` promises. Fixtures: `leases`, and the `clock` (ManualClock) it runs on."""

import asyncio

from kissbot.chat.leases import Lease, Leases
from kissbot.testing.clock import START, ManualClock


class LeasesContract:
    """One process at a time, for as long as it says so."""

    async def test_a_free_lease_can_be_taken(self, leases: Leases) -> None:
        assert await leases.take("shard:c:0", "a", 10)
        assert await leases.held("shard:c:") == {"0": Lease("a", START + 10)}

    async def test_what_somebody_has_nobody_else_gets(self, leases: Leases, clock: ManualClock) -> None:
        await leases.take("shard:c:0", "a", 10)
        await clock.push(9)
        assert not await leases.take("shard:c:0", "b", 10)
        assert (await leases.held("shard:c:"))["0"].holder == "a"

    async def test_who_has_it_has_it_longer(self, leases: Leases, clock: ManualClock) -> None:
        await leases.take("shard:c:0", "a", 10)
        await clock.push(9)
        assert await leases.take("shard:c:0", "a", 10, 1)
        await clock.push(9)
        assert await leases.held("shard:c:") == {"0": Lease("a", START + 19, 1)}

    async def test_what_ended_is_free(self, leases: Leases, clock: ManualClock) -> None:
        await leases.take("shard:c:0", "a", 10)
        await clock.push(10)
        assert await leases.held("shard:c:") == {}
        assert await leases.take("shard:c:0", "b", 10)
        assert not await leases.take("shard:c:0", "a", 10)

    async def test_what_is_given_back_is_free(self, leases: Leases) -> None:
        await leases.take("shard:c:0", "a", 10)
        await leases.give("shard:c:0", "a")
        assert await leases.take("shard:c:0", "b", 10)

    async def test_nobody_gives_back_what_another_has(self, leases: Leases) -> None:
        await leases.take("shard:c:0", "a", 10)
        await leases.give("shard:c:0", "b")
        await leases.give("never taken", "b")
        assert not await leases.take("shard:c:0", "b", 10)

    async def test_of_many_at_once_one_wins(self, leases: Leases) -> None:
        taken = await asyncio.gather(*(leases.take("shard:c:0", f"p{n}", 10) for n in range(20)))
        assert taken.count(True) == 1

    async def test_other_names_are_not_meant(self, leases: Leases) -> None:
        for name in ("shard:c:0", "shard:cc:1", "shard:%:2", "listener:c:p"):
            await leases.take(name, "a", 10)
        assert sorted(await leases.held("shard:c:")) == ["0"]
        assert sorted(await leases.held("shard:%:")) == ["2"]

    async def test_a_fact_is_known_until_another_is_written(self, leases: Leases) -> None:
        assert await leases.fact("conduit") == ""
        await leases.write("conduit", "one")
        await leases.write("conduit", "two")
        assert await leases.fact("conduit") == "two"
