"""Attempts become rarer, but never end."""

from random import Random

from kissbot.chat.backoff import Backoff


def test_each_wait_may_be_longer_than_the_one_before() -> None:
    backoff = Backoff(Random(1), first=1, longest=1000)
    for ceiling in (1, 2, 4, 8, 16):
        assert ceiling / 2 <= backoff.next() <= ceiling


def test_no_wait_is_longer_than_the_longest() -> None:
    backoff = Backoff(Random(1), longest=60)
    waits = [backoff.next() for _ in range(5000)]
    assert max(waits) <= 60
    assert min(waits[20:]) >= 30


def test_two_bots_do_not_come_back_in_step() -> None:
    ours, theirs = Backoff(Random(1)), Backoff(Random(2))
    assert [ours.next() for _ in range(5)] != [theirs.next() for _ in range(5)]


def test_success_makes_the_next_wait_short_again() -> None:
    backoff = Backoff(Random(1), first=0.2)
    for _ in range(10):
        backoff.next()
    backoff.reset()
    assert backoff.next() <= 0.2
