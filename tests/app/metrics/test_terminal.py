"""Samples, as a person in a terminal sees them."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner

from kissbot.app.cli import main
from kissbot.app.metrics.samples import EVERY, Sample, read_samples
from kissbot.app.metrics.terminal import STALE, alerts, bars, page

START = 1_800_000_000.0

WELL: dict[str, Any] = {
    "pid": 7,
    "cpu_percent": 2.0,
    "rss_bytes": 60_000_000,
    "threads": 4,
    "tasks": 30,
    "files": 20,
    "late_seconds": 0.001,
    "lines": 0,
    "answered": 0,
    "failed": 0,
    "dropped": 0,
    "waiting": 0,
    "deaf": False,
    "database": True,
}


def samples(count: int = 12, **changed: Any) -> list[Sample]:
    """So many, ten seconds apart; 5 lines and one answer came between two of them."""
    grown = [{"lines": 5 * number, "answered": number} for number in range(count)]
    return [
        Sample(at=START + number * EVERY, **{**WELL, **counts, **changed})
        for number, counts in enumerate(grown)
    ]


NOW = START + 11 * EVERY + 1


def test_bars_rise_with_their_values() -> None:
    assert bars([0, 1, 2, 3, 4, 5, 6, 7]) == "▁▂▃▄▅▆▇█"
    assert bars([5, 5]) == "▁▁"
    assert bars([]) == ""


def test_a_peak_is_seen_however_many_values_there_are() -> None:
    shown = bars([0.0] * 500 + [9.0] + [0.0] * 500, wide=48)
    assert len(shown) <= 48
    assert shown.count("█") == 1


def test_a_page_says_what_is_and_how_fast_it_grows() -> None:
    lines = list(page(samples(), NOW))
    assert lines[0] == "process 7, sampled 1 s ago; 2 min from left to right"
    rows = {line.split("  ")[0]: line.split()[-4:] for line in lines[2:]}
    assert rows["RAM"] == ["60.0", "60.0", "60.0", "MB"]
    assert rows["lines"] == ["30.0", "30.0", "30.0", "/min"]
    assert rows["answers"] == ["6.0", "6.0", "6.0", "/min"]


def test_a_restart_is_no_negative_growth() -> None:
    first, second = samples(3), [msgspec.structs.replace(one, pid=8, at=one.at + 30) for one in samples(3)]
    row = next(line for line in page([*first, *second], NOW) if line.startswith("lines"))
    assert "-" not in row


def test_a_bot_that_is_well_raises_no_alert() -> None:
    assert list(alerts(samples(), NOW)) == []


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"deaf": True}, "no connection to Twitch"),
        ({"database": False}, "database"),
        ({"cpu_percent": 95.0}, "more than 80 %"),
        ({"rss_bytes": 700_000_000}, "700 MB"),
        ({"late_seconds": 3.0}, "held up"),
    ],
)
def test_what_is_wrong_is_said(changed: dict[str, Any], says: str) -> None:
    (told,) = alerts(samples(**changed), NOW)
    assert says in told


def test_a_bot_that_is_gone_is_said_to_be() -> None:
    (told,) = alerts(samples(), NOW + STALE + 60)
    assert told == "the bot has not been seen for 91 s: ./kissbot.sh run"


def test_a_bot_that_starts_again_and_again_is_said_to() -> None:
    often = [msgspec.structs.replace(one, pid=number // 3) for number, one in enumerate(samples())]
    (told,) = alerts(often, NOW)
    assert "started again 3 times" in told


def test_what_is_no_sample_is_left_out(tmp_path: Path) -> None:
    file = tmp_path / "samples.jsonl"
    whole = [msgspec.json.encode(one) for one in samples(3)]
    Path(f"{file}.1").write_bytes(whole[0] + b"\n")
    file.write_bytes(b"\n".join([whole[1], b"torn {", b"\xff\xfe", whole[2], b""]))
    assert read_samples(file) == samples(3)
    assert read_samples(file, most=2) == samples(3)[2:]


def test_the_command_shows_them_and_ends_with_1_for_an_alert(tmp_path: Path) -> None:
    config, file = tmp_path / "config.yaml", tmp_path / "logs" / "samples.jsonl"
    config.write_text("bot: {name: kiss}")
    run = CliRunner()
    words = ["metrics", "view", "--config", str(config)]
    told = run.invoke(main, words)
    assert told.exit_code == 1
    assert "there are no samples" in told.output
    file.parent.mkdir()
    old = [msgspec.structs.replace(one, at=one.at - START) for one in samples()]
    file.write_bytes(b"".join(msgspec.json.encode(one) + b"\n" for one in old))
    shown = run.invoke(main, words)
    assert shown.exit_code == 0
    assert "RAM" in shown.output
    alarmed = run.invoke(main, [*words, "--alerts"])
    assert alarmed.exit_code == 1
    assert len(alarmed.output.splitlines()) == 1
    config.write_text("metrics: {samples: ''}")
    assert "metrics.samples is empty" in run.invoke(main, words).output
