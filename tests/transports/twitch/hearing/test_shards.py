"""Every process has its share of the shards, and none is without a reader for long."""

from hypothesis import given
from hypothesis import strategies as st

from kissbot.chat.leases import Lease
from kissbot.transports.twitch.hearing.shards import ATTACHED, Moves, fair_share, moves


def held(**holders: str) -> dict[int, Lease]:
    """`s0="a"`: who has which shard, attached."""
    return {int(shard[1:]): Lease(holder, 0, ATTACHED) for shard, holder in holders.items()}


def test_who_is_alone_takes_all() -> None:
    assert moves("a", ["a"], 2, {}, ()) == Moves(take=(0, 1))


def test_two_share_fairly() -> None:
    assert moves("b", ["a", "b"], 2, held(s0="a"), ()) == Moves(take=(1,))
    assert moves("b", ["a", "b"], 2, held(s0="a", s1="a"), ()) == Moves()


def test_who_has_too_much_gives_and_goes_on_reading() -> None:
    leases = held(s0="a", s1="a")
    assert moves("a", ["a", "b"], 2, leases, (0, 1)) == Moves(give=(1,))
    del leases[1]
    assert moves("a", ["a", "b"], 2, leases, (0, 1)) == Moves()  # nobody has it yet
    leases[1] = Lease("b", 0, 0)
    assert moves("a", ["a", "b"], 2, leases, (0, 1)) == Moves()  # who has it is not attached yet
    leases[1] = Lease("b", 0, ATTACHED)
    assert moves("a", ["a", "b"], 2, leases, (0, 1)) == Moves(leave=(1,))


def test_the_shards_of_the_dead_are_taken_over() -> None:
    assert moves("a", ["a"], 2, held(s0="a"), (0,)) == Moves(take=(1,))


def test_a_conduit_that_shrank_needs_fewer_readers() -> None:
    assert moves("a", ["a"], 1, held(s0="a", s1="a"), (0, 1)) == Moves(give=(1,))
    assert moves("a", ["a"], 1, held(s0="a"), (0, 1)) == Moves(leave=(1,))


def test_more_processes_than_shards() -> None:
    assert [fair_share(me, ["a", "b", "c"], 2) for me in ("a", "b", "c")] == [1, 1, 0]
    assert moves("c", ["a", "b", "c"], 2, held(s0="a", s1="b"), ()) == Moves()


@given(st.sets(st.sampled_from("abcdefg"), min_size=1), st.integers(1, 20), st.randoms())
def test_it_settles_with_every_shard_read_by_one_process(
    members: set[str], shards: int, chance: object
) -> None:
    leases: dict[int, Lease] = {}
    reading: dict[str, set[int]] = {member: set() for member in members}
    for _ in range(8):
        for me in sorted(members):
            due = moves(me, members, shards, leases, tuple(reading[me]))
            for shard in due.take:
                assert shard not in leases
                leases[shard] = Lease(me, 0, ATTACHED)
                reading[me].add(shard)
            for shard in due.give:
                del leases[shard]
            for shard in due.leave:
                reading[me].discard(shard)
    assert sorted(leases) == list(range(shards))
    counts = [sum(lease.holder == me for lease in leases.values()) for me in members]
    assert max(counts) - min(counts) <= 1
    for me in members:
        assert reading[me] == {shard for shard, lease in leases.items() if lease.holder == me}
