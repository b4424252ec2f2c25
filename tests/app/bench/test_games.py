"""What is said of the ranking is counted right, and a broken file is told in one sentence."""

import gzip
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from kissbot.app.bench.games import Question
from kissbot.app.cli import main
from kissbot.knowledge.games.game import Game, Ids

CATALOGUE = """gid\tname\tyear\tkind\tpop\tgenres
1\tHades\t2020\tgame\t97.2\tAction
2\tHades II\t2025\tgame\t90\tAction
3\tDOOM\t2016\tgame\t90\tShooter
4\tDOOM\t1993\tgame\t86\tShooter
5\tJust Chatting\t\tcategory\t100\t
"""
QUERIES = (
    {"query": "hades", "type": "exact", "accept_gids": [1], "accept_prefix": None, "qid": "q1"},
    {"query": "hads", "type": "typo", "accept_gids": [1]},
    {"query": "doom 1993", "type": "exact", "accept_gids": [4]},
    {"query": "hades", "type": "series", "accept_gids": [], "accept_prefix": ["Hades"]},
    {"query": "doom", "type": "typo", "accept_gids": [1]},
    {"query": "lmaooo", "type": "none", "accept_gids": []},
)


def bench(folder: Path, catalogue: str, queries: str, *options: str) -> Result:
    files = folder / "games.tsv.gz", folder / "queries.jsonl"
    files[0].write_bytes(gzip.compress(catalogue.encode()))
    files[1].write_text(queries, encoding="utf-8")
    command = ["bench", "games", "--catalogue", str(files[0]), "--queries", str(files[1]), *options]
    return CliRunner().invoke(main, command)


def lines(*queries: object) -> str:
    return "\n".join(map(json.dumps, queries))


def test_the_report_counts(tmp_path: Path) -> None:
    result = bench(tmp_path, CATALOGUE, lines(*QUERIES), "--json")
    assert result.exit_code == 0, result.output
    report = json.loads(result.output)
    assert report["headline"] == {"n": 5, "accuracy_at_1": 0.8, "accuracy_at_3": 0.8}
    assert report["by_type"]["typo"]["accuracy_at_1"] == 0.5
    assert report["by_type"]["exact"] == {"n": 2, "accuracy_at_1": 1, "accuracy_at_3": 1, "abstained": 0}
    assert report["by_type"]["series"]["accuracy_at_1"] == 1
    assert report["none_claimed"] == 0
    assert set(report["latency_ms"]) == {"p50", "p99"}
    assert set(report["index"]) == {"mb", "seconds"}
    assert 0 < report["ece"] < 1


def test_the_table_can_be_read(tmp_path: Path) -> None:
    result = bench(tmp_path, CATALOGUE, lines(*QUERIES))
    assert result.exit_code == 0, result.output
    assert "headline           5   80.0%" in result.output
    assert "expected calibration error" in result.output


@pytest.mark.parametrize(
    ("catalogue", "queries", "told"),
    [
        ("gid\tname\tyear\n1\tHades\t2020\n", lines(*QUERIES), "it has no column kind, pop."),
        ("", lines(*QUERIES), "it has no column gid, name, year, kind, pop."),
        (CATALOGUE + "six\tProject Six\t\tgame\t1\t\n", lines(*QUERIES), "line 7: this is no game"),
        (CATALOGUE + "7\n", lines(*QUERIES), "line 7: this is no game"),
        (CATALOGUE, '{"query": "hades"\n', "line 1: this is no question"),
        (CATALOGUE, lines(QUERIES[0], {"type": "typo"}), "line 2: this is no question"),
    ],
)
def test_a_broken_file_is_told_in_one_sentence(
    tmp_path: Path, catalogue: str, queries: str, told: str
) -> None:
    result = bench(tmp_path, catalogue, queries)
    assert result.exit_code == 1
    assert told in result.output
    assert len(result.output.strip().splitlines()) == 1


def test_a_file_that_is_no_text_is_told_too(tmp_path: Path) -> None:
    broken = tmp_path / "broken.gz"
    broken.write_bytes(b"\x1f\x8bno")
    result = CliRunner().invoke(
        main, ["bench", "games", "--catalogue", str(broken), "--queries", str(broken)]
    )
    assert result.exit_code == 1
    assert "broken.gz cannot be read" in result.output


def test_an_empty_prefix_accepts_nothing() -> None:
    assert not Question("hades", "exact").accepts(Game("Hades", ids=Ids(catalogue=1)))
