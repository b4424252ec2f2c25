"""The right game, or an honest question: measured on what people really typed, over 120,000 titles."""

from pathlib import Path

import pytest

from kissbot.app.bench.games import Report, ask, build, read_questions, report
from kissbot.providers.games.table import read_table

AT_LEAST = {
    "exact": 1,
    "typo": 0.98,
    "variant": 0.98,
    "joined": 0.98,
    "longer": 0.90,
    "partial": 0.85,
    "misspelling": 0.85,
    "fragment": 0.85,
    "acronym": 0.80,
    "acronym_mixed": 0.75,
}


@pytest.fixture(scope="module")
def measured(shared: Path) -> Report:
    data = shared / "data"
    ranking, size = build(list(read_table(data / "games_catalogue.tsv.gz")))
    return report(list(ask(ranking, read_questions(data / "game_queries_dev.jsonl"))), size)


def test_the_right_game_comes_first(measured: Report) -> None:
    assert measured.headline.accuracy_at_1 >= 0.94
    missed = {kind: measured.by_type[kind].accuracy_at_1 for kind, least in AT_LEAST.items()}
    assert {kind: share for kind, share in missed.items() if share < AT_LEAST[kind]} == {}


def test_confidence_is_honest(measured: Report) -> None:
    assert measured.wrong_at_090 <= 0.02
    assert measured.ece <= 0.05
    assert measured.none_claimed <= 0.05


def test_the_index_is_small(measured: Report) -> None:
    assert measured.index.mb < 80
