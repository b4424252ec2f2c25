"""Slips of the fingers cost less than other differences."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kissbot.knowledge.games.slips import MANY, slips

WORDS = st.text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=1, max_size=20)


@pytest.mark.parametrize(
    ("typed", "meant", "less_than"),
    [
        ("hadws", "hades", "hadus"),  # beside the e on either keyboard
        ("hqdes", "hades", "hxdes"),  # beside the a on AZERTY
        ("hzdes", "hades", "hxdes"),  # beside the a on QWERTY
        ("hadess", "hades", "hadesk"),  # struck twice
        ("hdaes", "hades", "hxxes"),  # swapped
        ("hade", "hades", "ades"),  # the first letter is seldom lost
    ],
)
def test_a_slip_costs_less_than_a_difference(typed: str, meant: str, less_than: str) -> None:
    assert 0 < slips(typed, meant) < slips(less_than, meant)


@given(WORDS, WORDS)
def test_the_cost_has_limits_and_only_the_same_is_free(typed: str, meant: str) -> None:
    assert 0 <= slips(typed, meant) <= MANY
    assert (slips(typed, meant) == 0) == (typed == meant)
