"""How often a source is asked, and when it is left alone."""

from kissbot.providers.pace import Breaker, Pace


def test_so_many_may_begin_and_then_one_waits() -> None:
    pace = Pace(4, 1)
    assert [pace.take(10) for _ in range(4)] == [0, 0, 0, 0]
    assert pace.wait(10.25) == 0.75
    assert [pace.take(10.25) for _ in range(5)] == [0.75, 0.75, 0.75, 0.75, 1.75]


def test_no_second_has_more_than_its_number() -> None:
    pace, begun, now = Pace(4, 1), [], 0.0
    for number in range(200):
        now += (number % 7) * 0.05
        begun.append(now + pace.take(now))
    assert all(later - earlier > 0.999 for earlier, later in zip(begun, begun[4:], strict=False))


def test_a_source_that_fails_again_and_again_is_left_alone() -> None:
    breaker = Breaker(allowed=2, rest=10)
    for _ in range(2):
        assert breaker.admits(0)
        breaker.failed(0)
    assert not breaker.admits(9)
    assert breaker.left(4) == 6


def test_then_one_question_is_sent_ahead() -> None:
    breaker = Breaker(allowed=1, rest=10)
    breaker.failed(0)
    assert breaker.admits(10)
    assert not breaker.admits(10)
    breaker.succeeded()
    assert breaker.admits(10)
    assert breaker.admits(10)


def test_the_rest_grows_up_to_a_bound() -> None:
    breaker, now, rests = Breaker(allowed=1, rest=10, longest=50), 0.0, []
    for _ in range(5):
        assert breaker.admits(now)
        breaker.failed(now)
        rests.append(breaker.left(now))
        now += rests[-1]
    assert rests == [10, 20, 40, 50, 50]


def test_failures_between_successes_do_no_harm() -> None:
    breaker = Breaker(allowed=2)
    for _ in range(5):
        breaker.failed(0)
        breaker.succeeded()
    assert breaker.admits(0)


def test_who_asks_to_be_left_alone_is() -> None:
    breaker = Breaker(allowed=9)
    breaker.failed(0, wait=30)
    assert not breaker.admits(29)
    assert breaker.admits(30)


def test_who_was_seen_to_be_well_again_rests_no_longer() -> None:
    breaker = Breaker(allowed=1, rest=10)
    breaker.failed(0)
    breaker.woken()
    assert breaker.admits(0)
    assert breaker.admits(0)


def test_a_question_ahead_that_nobody_waits_for_makes_room_for_another() -> None:
    breaker = Breaker(allowed=1, rest=10)
    breaker.failed(0)
    assert breaker.admits(10)
    breaker.gave_up()
    assert breaker.admits(10)
