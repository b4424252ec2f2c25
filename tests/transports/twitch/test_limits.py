"""The points bucket believes what Twitch reports."""

from math import isfinite

from hypothesis import example, given
from hypothesis import strategies as st

from kissbot.transports.twitch.limits import PointsBucket

NOW = 1_800_000_000.0
HEADER = st.one_of(st.integers().map(str), st.floats().map(str), st.text(max_size=8))


def test_the_first_call_needs_no_permission() -> None:
    assert PointsBucket().take(NOW) == 0


def test_without_points_it_waits_until_they_are_back() -> None:
    bucket = PointsBucket()
    bucket.learn({"Ratelimit-Remaining": "0", "Ratelimit-Reset": str(int(NOW) + 20)}, NOW)
    assert bucket.take(NOW) == 20
    assert bucket.take(NOW + 15) == 5
    assert bucket.take(NOW + 20) == 0


def test_points_are_counted_down_between_answers() -> None:
    bucket = PointsBucket()
    bucket.learn({"Ratelimit-Remaining": "2", "Ratelimit-Reset": str(int(NOW) + 30)}, NOW)
    assert [bucket.take(NOW), bucket.take(NOW), bucket.take(NOW)] == [0, 0, 30]


def test_an_answer_without_headers_lets_the_next_call_pass() -> None:
    bucket = PointsBucket()
    bucket.take(NOW)
    bucket.learn({}, NOW)
    assert bucket.take(NOW) == 0


def test_a_reset_in_the_far_future_is_not_believed() -> None:
    bucket = PointsBucket()
    bucket.learn({"Ratelimit-Remaining": "0", "Ratelimit-Reset": str(int(NOW) + 99_999)}, NOW)
    assert bucket.take(NOW) == 60


@given(HEADER, HEADER)
@example("0", "nan")
@example("0", "9" * 400)
def test_strange_headers_never_stop_it(remaining: str, reset: str) -> None:
    bucket = PointsBucket()
    bucket.learn({"Ratelimit-Remaining": remaining, "Ratelimit-Reset": reset}, NOW)
    wait = bucket.take(NOW)
    assert isfinite(wait)
    assert 0 <= wait <= 60
