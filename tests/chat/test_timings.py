"""How long things take."""

import pytest

from kissbot.chat.messages import Channel, Outgoing, Receipt
from kissbot.chat.timings import BOUNDS, KEPT, Percentiles, Sendings, Timings

ADA = Channel("10", "ada")


def test_percentiles_are_those_of_the_latest() -> None:
    timings = Timings()
    for _ in range(KEPT):
        timings.note("gate", 99)
    for number in range(KEPT):
        timings.note("gate", number / KEPT)
    assert timings.percentiles() == {"gate": Percentiles(0.5, 0.95, 0.99)}


def test_one_duration_is_all_of_them() -> None:
    timings = Timings()
    timings.note("IGDB", 2)
    assert timings.percentiles() == {"IGDB": Percentiles(2, 2, 2)}


def test_what_fails_takes_its_time_too() -> None:
    timings = Timings()
    with pytest.raises(ValueError, match="no"), timings.measured("answer"):
        raise ValueError("no")
    assert timings.percentiles()["answer"].p50 >= 0


def test_a_line_is_measured_until_it_is_known_what_became_of_it() -> None:
    timings = Timings()
    sendings = Sendings(timings)
    sendings.end(Receipt("unknown", ADA))
    assert timings.percentiles() == {}
    for number in range(2 * KEPT):
        sendings.begin(Outgoing(str(number), ADA, "hello"))
    sendings.end(Receipt("0", ADA))
    assert timings.percentiles() == {}
    sendings.end(Receipt(str(2 * KEPT - 1), ADA))
    assert list(timings.percentiles()) == ["send"]


def test_every_duration_stays_in_its_bucket() -> None:
    timings = Timings()
    for seconds in (0.0, BOUNDS[0], BOUNDS[0] * 1.1, 1000.0):
        timings.note("gate", seconds)
    spread = timings.spreads["gate"]
    assert (spread.counts[0], spread.counts[1], spread.counts[-1], sum(spread.counts)) == (2, 1, 1, 4)
    assert spread.seconds == pytest.approx(1000.0021)


def test_the_last_end_of_a_source_tells_how_it_fares() -> None:
    timings = Timings()
    for outcome in ("answered", "slow", "slow"):
        timings.ended("IGDB", outcome)
    assert timings.ends == {("IGDB", "answered"): 1, ("IGDB", "slow"): 2}
    assert timings.last_end == {"IGDB": "slow"}
