"""The bandit loses little, finds a route that recovers, and tries them all: over many courses of events."""

import json

import pytest
from click.testing import CliRunner

from kissbot.app.bench.route import measure
from kissbot.app.cli import main
from kissbot.knowledge.answers.bandit import MIN_TRIALS


@pytest.mark.parametrize("seed", range(1, 11))
def test_little_is_lost_and_a_good_route_is_found_again(seed: int) -> None:
    report = measure(seed)
    assert report.regret.bandit <= 0.1 * report.regret.round_robin
    assert report.regret.bandit <= report.regret.always_first
    assert report.recovered_after is not None
    assert report.recovered_after <= 50
    assert min(report.trials.values()) >= MIN_TRIALS
    assert sum(report.trials.values()) == report.requests == 10_000


def test_the_same_seed_is_the_same_course_of_events() -> None:
    assert measure(3, 500) == measure(3, 500) != measure(4, 500)


def test_the_report_is_json_or_can_be_read() -> None:
    result = CliRunner().invoke(main, ["bench", "route", "--requests", "400", "--json"])
    assert result.exit_code == 0, result.output
    report = json.loads(result.output)
    assert set(report["regret"]) == {"bandit", "round_robin", "always_first"}
    assert set(report["trials"]) == {"local", "cloud", "spare"}
    assert "recovered_after" in report
    result = CliRunner().invoke(main, ["bench", "route", "--requests", "400"])
    assert "regret of the bandit" in result.output
    assert "in 400 requests" in result.output
