"""`kissbot replay`: a recorded chat through real sockets."""

import gzip
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest


def kissbot(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "kissbot", *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def recorded(*lines: dict[str, Any]) -> bytes:
    return "".join(json.dumps(line) + "\n" for line in lines).encode()


LINES = (
    {"w": 1, "t": 0, "ch": "fr01", "u": "ua", "m": "!ping"},
    {"w": 1, "t": 200, "ch": "en01", "u": "ub", "m": "hello"},
    {"w": 1, "t": 300, "ch": "fr01", "u": "ua", "m": "!gi hades"},
    {"w": 1, "t": 400, "ch": "fr01", "u": "ua", "m": "!gi celeste"},
    {"w": 2, "t": 0, "ch": "en01", "u": "nightbot", "m": "!ping"},
    {"w": 2, "t": 50, "ch": "en01", "u": "uc", "m": "!unknown"},
)


@pytest.mark.parametrize("speed", ["max", "2"])
def test_a_replay_counts_what_happened(tmp_path: Path, speed: str) -> None:
    file = tmp_path / "chat.jsonl.gz"
    file.write_bytes(gzip.compress(recorded(*LINES)))
    done = kissbot("replay", str(file), "--speed", speed, "--channel-prefix", "x_", "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["lines"] == 6
    assert report["channels"] == 2
    assert report["commands"] == {"seen": 3, "answered": 2, "refused": 1, "by_name": {"gi": 2, "ping": 1}}
    assert (report["lost"], report["doubled"], report["unhandled_errors"]) == (0, 0, 0)
    assert report["latency_ms"]["p50"] > 0
    assert report["cpu_us_per_line"] >= 0
    assert report["rss_mb"] > 10


def test_a_whole_hour_of_real_chat_is_replayed_without_a_loss(shared: Path) -> None:
    done = kissbot("replay", str(shared / "data" / "chat_replay_dev.jsonl.gz"), "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert (report["lines"], report["channels"]) == (117_427, 53)
    assert (report["lost"], report["doubled"], report["unhandled_errors"]) == (0, 0, 0)


def test_a_flood_of_commands_is_answered_to_the_last(tmp_path: Path) -> None:
    file = tmp_path / "chat.jsonl"
    pings = ({"w": 1, "t": n, "ch": f"c{n % 9}", "u": f"u{n}", "m": "!ping"} for n in range(3000))
    file.write_bytes(recorded(*pings))
    report = json.loads(kissbot("replay", str(file), "--json").stdout)
    assert report["commands"]["seen"] == 3000
    assert report["commands"]["answered"] == 3000
    assert (report["lost"], report["doubled"], report["unhandled_errors"]) == (0, 0, 0)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "holds no lines"),
        (b'{"w":1,"t":0,"ch":"a","u":"b","m":"c"}\nnot json\n', "line 2"),
        (b'{"w":1,"t":0,"ch":"a","u":"b"}\n', "line 1"),
        (b"\xff\xfe\x00", "line 1"),
    ],
)
def test_a_file_that_is_no_recording_is_refused_in_one_sentence(
    tmp_path: Path, content: bytes, complaint: str
) -> None:
    file = tmp_path / "chat.jsonl"
    file.write_bytes(content)
    done = kissbot("replay", str(file))
    assert done.returncode == 1
    assert complaint in done.stderr
    assert "Traceback" not in done.stderr


def test_a_broken_archive_is_refused_in_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "chat.jsonl.gz"
    file.write_bytes(gzip.compress(recorded(*LINES))[:-20])
    done = kissbot("replay", str(file))
    assert done.returncode == 1
    assert "cannot be read" in done.stderr
    assert "Traceback" not in done.stderr
