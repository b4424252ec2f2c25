"""How often an account may chat and a token may call."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kissbot.sandbox.limits import CALLS_PER_MINUTE, PENALTY, ChatLimits, Points


def say(limits: ChatLimits, at: float, text: str = "", channel: str = "ada", privileged: bool = False) -> str:
    return limits.judge("bot", channel, text or f"line at {at}", privileged, at)


def test_twenty_lines_in_thirty_seconds_are_fine_and_the_next_is_not() -> None:
    limits = ChatLimits()
    assert [say(limits, float(second)) for second in range(20)] == [""] * 20
    assert say(limits, 29.5) == "msg_ratelimit"
    assert limits.violations == {"account": 1}


def test_the_twenty_lines_count_over_all_channels() -> None:
    limits = ChatLimits()
    for second in range(20):
        assert not say(limits, float(second), channel=f"channel {second}")
    assert say(limits, 20.0, channel="yet another") == "msg_ratelimit"


@pytest.mark.parametrize("began", [0.1, 1_764_000_000.1, 1_800_000_000.25])
def test_exactly_thirty_seconds_are_long_enough(began: float) -> None:
    limits = ChatLimits()
    assert not any(say(limits, began, f"{number}", f"channel {number}") for number in range(20))
    assert not say(limits, began + 30.0, "one more", "ada")
    assert limits.violations == {}
    limits = ChatLimits()
    assert not any(say(limits, began, f"{number}", f"channel {number}") for number in range(20))
    assert say(limits, began + 29.999, "one more", "ada") == "msg_ratelimit"


@pytest.mark.parametrize("began", [0.1, 1_764_000_000.1, 1_800_000_000.7])
def test_exactly_one_second_is_long_enough(began: float) -> None:
    limits = ChatLimits()
    assert not any(say(limits, began + number) for number in range(5))
    assert say(limits, began + 4.999) == "msg_ratelimit"
    assert limits.violations == {"channel": 1}


def test_a_line_that_breaks_two_limits_is_counted_under_both() -> None:
    limits = ChatLimits()
    assert not any(say(limits, 0.0, channel=f"channel {number}") for number in range(20))
    assert say(limits, 0.5, channel="channel 0") == "msg_ratelimit"
    assert limits.violations == {"account": 1, "channel": 1}


def test_the_window_slides() -> None:
    limits = ChatLimits()
    assert not any(say(limits, 1.5 * number) for number in range(200))
    assert not limits.violations


def test_where_privileged_a_hundred_lines_are_fine_and_the_next_is_not() -> None:
    limits = ChatLimits()
    assert not any(say(limits, number / 10, privileged=True) for number in range(100))
    assert say(limits, 15.0, privileged=True) == "msg_ratelimit"


def test_privileged_lines_fill_the_small_bucket_too_but_go_on_past_it() -> None:
    limits = ChatLimits()
    assert not any(say(limits, number / 10, privileged=True) for number in range(25))
    assert say(limits, 10.0, channel="bob") == "msg_ratelimit"
    assert not say(limits, 11.0, privileged=True)


def test_one_line_a_second_in_a_channel_without_privileges() -> None:
    limits = ChatLimits()
    assert not say(limits, 0.0)
    assert say(limits, 0.9) == "msg_ratelimit"
    assert limits.violations == {"channel": 1}


def test_two_channels_in_the_same_second_are_fine() -> None:
    limits = ChatLimits()
    assert not say(limits, 0.0, channel="ada")
    assert not say(limits, 0.0, channel="bob")


def test_who_breaks_a_limit_is_ignored_for_an_hour_except_where_privileged() -> None:
    limits = ChatLimits()
    say(limits, 0.0)
    say(limits, 0.1)
    assert say(limits, PENALTY, channel="bob") == "msg_ratelimit"
    assert not say(limits, PENALTY, privileged=True)
    assert not say(limits, PENALTY + 1, channel="bob")
    assert limits.violations == {"channel": 1}


def test_the_same_text_within_thirty_seconds_is_dropped_unless_privileged() -> None:
    limits = ChatLimits()
    assert not say(limits, 0.0, "hello")
    assert say(limits, 29.0, "hello") == "msg_duplicate"
    assert not say(limits, 29.0, "hello", channel="bob")
    assert not say(limits, 30.5, "hello")
    assert not say(limits, 31.0, "hello", privileged=True)
    assert not say(limits, 32.0, "hello", privileged=True)


def test_without_enforcement_everything_goes_out_and_is_counted_all_the_same() -> None:
    limits = ChatLimits(enforced=False)
    assert not any(say(limits, 0.0, "hello") for _ in range(3))
    assert limits.violations["channel"] == 2
    assert limits.violations["duplicate"] == 2


@given(
    st.lists(st.floats(0, 3), min_size=1, max_size=120), st.lists(st.booleans(), min_size=120, max_size=120)
)
def test_never_more_than_twenty_unprivileged_lines_go_out_in_any_window(
    gaps: list[float], privileged: list[bool]
) -> None:
    limits, now, out = ChatLimits(), 0.0, list[float]()
    for number, gap in enumerate(gaps):
        now += gap
        where = privileged[number]
        if not say(limits, now, f"{number}", "ada" if where else "bob", where) and not where:
            out.append(now)
    for start in out:
        assert sum(start <= at < start + 30 for at in out) <= 20


@given(
    st.lists(
        st.tuples(st.sampled_from([0, 0.25, 0.5, 1, 7.5, 30]), st.sampled_from("abc"), st.booleans()),
        max_size=150,
    )
)
def test_each_line_that_breaks_a_limit_is_counted(lines: list[tuple[float, str, bool]]) -> None:
    """Counted anew, from the whole history, in quarters of a second."""
    limits, now, said = ChatLimits(enforced=False), 0.0, list[tuple[float, str]]()
    broken = {"account": 0, "channel": 0}
    for number, (gap, channel, privileged) in enumerate(lines):
        now += gap
        lately = [at for at, _ in said if now - at < 30]
        broken["account"] += len(lately) >= (100 if privileged else 20)
        broken["channel"] += not privileged and any(now - at < 1 and there == channel for at, there in said)
        say(limits, now, f"{number}", channel, privileged)
        said.append((now, channel))
    assert {kind: limits.violations[kind] for kind in broken} == broken


def test_points_run_out_and_come_back_steadily() -> None:
    points = Points(CALLS_PER_MINUTE)
    for left in reversed(range(CALLS_PER_MINUTE)):
        assert points.spend("token", 100.0).remaining == left
    empty = points.spend("token", 100.0)
    assert not empty.spent
    assert empty.reset == 160
    assert points.spend("token", 100.1).spent


def test_every_bucket_has_its_own_points() -> None:
    points = Points(1)
    assert points.spend("one", 0.0).spent
    assert points.spend("two", 0.0).spent
    assert not points.spend("one", 0.0).spent


@given(st.lists(st.floats(0, 5), min_size=1, max_size=100))
def test_a_bucket_never_holds_more_than_its_limit_nor_less_than_nothing(gaps: list[float]) -> None:
    points, now = Points(10), 0.0
    for gap in gaps:
        now += gap
        allowance = points.spend("token", now)
        assert 0 <= allowance.remaining < 10
        assert now <= allowance.reset <= now + 61
