"""When what fell is started again."""

from kissbot.app.supervisor.resilience import Falls, Resilience

RULES = Resilience()


def test_what_never_gets_ready_waits_longer_each_time_and_is_given_up_after_ten() -> None:
    falls = Falls(RULES)
    waits = [falls.next(None) for _ in range(10)]
    assert waits[:4] == [0.1, 0.2, 0.4, 0.8]
    assert waits[8] == 0.1 * 2**8
    assert waits[9] is None
    assert falls.at_start == 10


def test_what_was_ready_comes_back_soon_however_often_it_falls() -> None:
    falls = Falls(RULES)
    waits = [falls.next(3.0) for _ in range(100)]
    assert None not in waits
    assert max(wait or 0 for wait in waits) == RULES.longest_after_ready


def test_having_been_healthy_begins_anew() -> None:
    falls = Falls(RULES)
    for _ in range(9):
        falls.next(None)
    assert falls.next(RULES.healthy_after) == RULES.first
    assert falls.next(None) == 2 * RULES.first
    assert falls.at_start == 1
