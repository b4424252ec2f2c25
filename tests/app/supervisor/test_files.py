"""The logs of children, and the marks of a supervisor."""

import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from kissbot.app.supervisor.place import Mark, Place, Supervising, mark_of
from kissbot.app.supervisor.reading import Tail
from kissbot.app.supervisor.rotating import RotatingLog


def test_a_log_is_rotated_by_size_and_the_oldest_goes(tmp_path: Path) -> None:
    log = RotatingLog(tmp_path / "logs" / "bot.log", size=10, kept=2)
    for number in range(5):
        log.write(f"{number}:seven\n".encode())
    log.close()
    found = {path.name: path.read_text() for path in (tmp_path / "logs").iterdir()}
    assert found == {"bot.log": "4:seven\n", "bot.log.1": "3:seven\n", "bot.log.2": "2:seven\n"}


def test_a_log_goes_on_where_an_earlier_process_stopped(tmp_path: Path) -> None:
    for number in range(3):
        log = RotatingLog(tmp_path / "bot.log", size=10, kept=2)
        log.write(f"{number}:ab\n".encode())
        log.close()
    assert (tmp_path / "bot.log").read_text() == "0:ab\n1:ab\n" or (tmp_path / "bot.log.1").exists()


def test_a_broken_disk_costs_lines_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "logs").write_text("a file where the folder should be")
    log = RotatingLog(tmp_path / "logs" / "bot.log")
    log.write(b"lost\n")
    (tmp_path / "logs").unlink()
    log.write(b"kept\n")
    log.close()
    assert (tmp_path / "logs" / "bot.log").read_bytes() == b"kept\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_a_full_disk_costs_lines_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "bot.log").symlink_to("/dev/full")
    RotatingLog(tmp_path / "bot.log").write(b"lost\n")


def test_a_tail_follows_over_a_rotation(tmp_path: Path) -> None:
    log = RotatingLog(tmp_path / "bot.log", size=10, kept=2)
    log.write(b"one\n")
    log.write(b"two\n")
    tail = Tail(tmp_path / "bot.log")
    assert tail.last(1) == b"two\n"
    assert tail.new() == b""
    log.write(b"3\n")
    log.write(b"four\n")
    log.write(b"five\n")
    assert tail.new() == b"3\nfour\nfive\n"
    log.close()


def test_a_tail_waits_for_a_file_that_is_not_there_yet(tmp_path: Path) -> None:
    tail = Tail(tmp_path / "bot.log")
    assert tail.last(5) == tail.new() == b""
    (tmp_path / "bot.log").write_bytes(b"here\n")
    assert tail.new() == b"here\n"


def test_a_long_log_is_read_from_its_end(tmp_path: Path) -> None:
    (tmp_path / "bot.log").write_bytes(b"".join(b"%d\n" % number for number in range(50_000)))
    assert Tail(tmp_path / "bot.log").last(2) == b"49998\n49999\n"


def test_only_one_supervisor_is_in_a_place(tmp_path: Path) -> None:
    place = Place(tmp_path)
    with place.taken():
        assert place.supervisor() == mark_of(os.getpid())
        with (
            pytest.raises(Supervising, match=f"running here already as process {os.getpid()}"),
            Place(tmp_path).taken(),
        ):
            raise AssertionError
    assert place.supervisor() is None
    with place.taken():
        pass


def test_a_mark_of_another_time_is_not_believed(tmp_path: Path) -> None:
    """Not of another run of the machine, and not of a process that has the number now."""
    place, mine = Place(tmp_path), mark_of(os.getpid())
    assert mine
    place.folder.mkdir()
    stale = [
        msgspec.structs.replace(mine, boot="another"),
        msgspec.structs.replace(mine, started=mine.started - 1),
        Mark(ended_pid(), mine.started, mine.boot),
    ]
    for mark in stale:
        (place.folder / "kissbot.pid").write_bytes(msgspec.json.encode(mark))
        assert place.supervisor() is None
    for content in (b"", b"{", b"123\n", b'{"pid": "x"}'):
        (place.folder / "kissbot.pid").write_bytes(content)
        assert place.supervisor() is None


def ended_pid() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_a_place_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "run").write_text("")
    with pytest.raises(Supervising, match="cannot be written"), Place(tmp_path).taken():
        raise AssertionError
