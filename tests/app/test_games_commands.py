"""`kissbot games`: the operator's own catalogue."""

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from kissbot.app.cli import main

HEADER = "gid\tname\tyear\tkind\tpop\tsteam_appid\tplatforms\n"
TABLE = HEADER + "7\tMy Own Game\t2026\tgame\t12.5\t99\tPC|Fridge\n8\tAnother One\t\tdlc\t\t\t\n"

Kissbot = Callable[..., Result]


@pytest.fixture
def kissbot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Kissbot:
    """The command line, in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    return lambda *words: CliRunner().invoke(main, words)


def test_a_table_becomes_the_catalogue(kissbot: Kissbot, tmp_path: Path) -> None:
    (tmp_path / "games.tsv").write_text(TABLE, encoding="utf-8")
    assert kissbot("games", "import", "games.tsv").output == "The catalogue has 2 games now.\n"
    assert kissbot("games", "find", "my", "own", "gmae").output.endswith("My Own Game (2026)\n")
    assert kissbot("games", "find", "qwertz").output == "Nothing comes near.\n"

    (tmp_path / "games.tsv.gz").write_bytes(
        gzip.compress((HEADER + "1\tHades\t2020\tgame\t90\t\t\n").encode())
    )
    assert kissbot("games", "import", "games.tsv.gz").output == "The catalogue has 1 games now.\n"
    assert kissbot("games", "find", "my own game").output == "Nothing comes near.\n"


def test_there_is_none_at_first(kissbot: Kissbot, tmp_path: Path) -> None:
    (tmp_path / "empty.tsv").write_text(HEADER)
    kissbot("games", "import", "empty.tsv")
    result = kissbot("games", "find", "hades")
    assert result.exit_code == 1
    assert "There is no catalogue yet. Begin with: kissbot games import FILE" in result.output


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is no catalogue of games: it has no column gid, name, year, kind, pop."),
        (b"gid\tname\n", "it has no column year, kind, pop."),
        (HEADER.encode() + b"7\tHades\n", "games.tsv, line 2: this is no game"),
        (HEADER.encode() + b"7\tHades\tlast year\tgame\t1\t\t\n", "games.tsv, line 2: this is no game"),
        (HEADER.encode() + b"7\t\t2020\tgame\t1\t\t\n", "games.tsv, line 2: this is no game (a name of 0"),
        (HEADER.encode() + b"7\t" + b"x" * 501 + b"\t2020\tgame\t1\t\t\n", "a name of 501 letters"),
        (
            HEADER.encode() + b"7\tH\t2020\tsong\t1\t\t\n",
            "games.tsv, line 2: this is no game ('song' is no kind",
        ),
        (HEADER.encode() + b"7\tH\t2020\tgame\tnan\t\t\n", "games.tsv, line 2: this is no game"),
        (
            HEADER.encode() + b"7\tH\t2020\tgame\t1\t99999999999999999999\t\n",
            "this is no game (99999999999999999999",
        ),
        (HEADER.encode() + b"7\t\xff\t2020\tgame\t1\t\t\n", "games.tsv cannot be read"),
        (b"\x1f\x8bnot packed", "games.tsv cannot be read"),
        (gzip.compress(TABLE.encode())[:-9], "games.tsv cannot be read"),
    ],
)
def test_a_bad_table_changes_nothing(kissbot: Kissbot, tmp_path: Path, content: bytes, says: str) -> None:
    (tmp_path / "good.tsv").write_text(TABLE, encoding="utf-8")
    kissbot("games", "import", "good.tsv")
    (tmp_path / "games.tsv").write_bytes(content)
    result = kissbot("games", "import", "games.tsv")
    assert result.exit_code == 1
    assert says in result.output
    assert kissbot("games", "find", "my own game").output.endswith("My Own Game (2026)\n")


def test_a_file_that_is_not_there_is_named(kissbot: Kissbot) -> None:
    result = kissbot("games", "import", "nowhere.tsv")
    assert result.exit_code == 1
    assert "nowhere.tsv cannot be read: No such file or directory." in result.output
