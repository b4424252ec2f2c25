"""Files that lines are added to, on real disks that are full, taken away or slow."""

import os
import stat
import threading
import time
from pathlib import Path

import pytest

from kissbot.app.written import OPEN, Rotated, Writer

DAY = 86_400.0


class Clock:
    """The time of day, so many seconds from now."""

    def __init__(self, ahead: float = 0) -> None:
        self.ahead = ahead

    def time(self) -> float:
        return time.time() + self.ahead


def contents(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def test_a_file_that_would_get_too_large_is_put_aside_and_the_oldest_goes(tmp_path: Path) -> None:
    file = Rotated(tmp_path / "a.log", 10, keep=2)
    for number in range(1, 7):
        file.add(b"line%d\n" % number)
    file.close()
    assert contents(tmp_path) == {"a.log": b"line6\n", "a.log.1": b"line5\n", "a.log.2": b"line4\n"}


def test_nothing_earlier_is_kept_where_nobody_wants_it(tmp_path: Path) -> None:
    file = Rotated(tmp_path / "a.log", 10, keep=0)
    for number in range(3):
        file.add(b"line%d\n" % number)
    file.close()
    assert contents(tmp_path) == {"a.log": b"line2\n"}


def test_each_day_begins_a_file(tmp_path: Path) -> None:
    clock = Clock()
    file = Rotated(tmp_path / "a.log", 1000, keep=2, clock=clock)
    file.add(b"today\n")
    clock.ahead = DAY
    file.add(b"tomorrow\n")
    file.close()
    assert contents(tmp_path) == {"a.log": b"tomorrow\n", "a.log.1": b"today\n"}


def test_a_file_is_gone_on_with_after_a_restart_and_read_by_nobody_else(tmp_path: Path) -> None:
    for word in (b"one\n", b"two\n"):
        file = Rotated(tmp_path / "logs" / "a.log", 1000, keep=2)
        file.add(word)
        file.close()
    path = tmp_path / "logs" / "a.log"
    assert path.read_bytes() == b"one\ntwo\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_two_processes_may_write_the_same_file(tmp_path: Path) -> None:
    one, other = (Rotated(tmp_path / "a.log", 30, keep=100) for _ in range(2))
    for number in range(20):
        (one if number % 2 else other).add(b"line %02d\n" % number)
    one.close()
    other.close()
    lines = sorted(line for content in contents(tmp_path).values() for line in content.splitlines())
    assert lines == [b"line %02d" % number for number in range(20)]


def test_a_folder_that_was_taken_away_is_made_again(tmp_path: Path) -> None:
    path = tmp_path / "logs" / "a.log"
    file = Rotated(path, 1000, keep=2)
    file.add(b"before\n")
    path.unlink()
    path.parent.rmdir()
    file.add(b"after\n")
    file.close()
    assert path.read_bytes() == b"after\n"


def test_a_full_disk_takes_a_whole_line_or_nothing(tmp_path: Path) -> None:
    """A disk with so little room, as the kernel lets a process have it."""
    import resource
    import signal

    before, ignored = resource.getrlimit(resource.RLIMIT_FSIZE), signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    file = Rotated(tmp_path / "a.log", 1000, keep=2)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (10, before[1]))
        file.add(b"line 1\n")
        with pytest.raises(OSError, match="No space left"):
            file.add(b"line 2\n")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)
    assert (tmp_path / "a.log").read_bytes() == b"line 1\n"
    file.add(b"line 3\n")
    file.close()
    assert (tmp_path / "a.log").read_bytes() == b"line 1\nline 3\n"


def test_a_full_disk_is_told_once_and_so_is_its_end(tmp_path: Path) -> None:
    told: list[str] = []
    path = tmp_path / "a.log"
    path.symlink_to("/dev/full")
    with Writer(1000, 2, told.append) as writer:
        for _ in range(5):
            writer.put(path, b"lost\n")
        writer.put(tmp_path / "b.log", b"kept\n")
        wait_until(lambda: (tmp_path / "b.log").exists())
        path.unlink()
        writer.put(path, b"kept\n")
    assert path.read_bytes() == (tmp_path / "b.log").read_bytes() == b"kept\n"
    assert told == [
        f"{path} cannot be written: No space left on device. "
        "The bot goes on; such lines are lost until it can.",
        f"{path} can be written again. Lines lost so far: 5.",
    ]
    assert (writer.unwritten, writer.overflowed) == (5, 0)


def test_a_place_that_is_no_folder_is_told_once(tmp_path: Path) -> None:
    told: list[str] = []
    (tmp_path / "logs").write_text("a file")
    with Writer(1000, 2, told.append) as writer:
        for name in ("a.log", "b.log", "a.log"):
            writer.put(tmp_path / "logs" / name, b"lost\n")
    assert len(told) == 1
    assert "cannot be written" in told[0]
    assert writer.unwritten == 3


def test_a_disk_that_hangs_holds_up_nobody_and_what_does_not_fit_is_counted(tmp_path: Path) -> None:
    """A pipe that nobody reads from: to open it takes for ever."""
    pipe = tmp_path / "a.log"
    os.mkfifo(pipe)
    with Writer(1000, 2, print, waiting=3) as writer:
        for number in range(10):
            writer.put(pipe, b"line %d\n" % number)
        assert writer.overflowed >= 6
        reader = os.open(pipe, os.O_RDONLY)
    os.close(reader)


def test_few_files_are_open_at_a_time(tmp_path: Path) -> None:
    with Writer(1000, 2, print) as writer:
        for number in range(3 * OPEN):
            writer.put(tmp_path / f"{number}.log", b"line\n")
        wait_until(lambda: (tmp_path / f"{3 * OPEN - 1}.log").exists())
        opened = [link for link in Path("/proc/self/fd").iterdir() if tmp_path in _target(link).parents]
        assert len(opened) <= OPEN
    assert len(list(tmp_path.iterdir())) == 3 * OPEN
    assert "files" not in [thread.name for thread in threading.enumerate()]


def _target(link: Path) -> Path:
    try:
        return link.readlink()
    except OSError:  # it was closed meanwhile
        return Path()


def wait_until(condition: object) -> None:
    assert callable(condition)
    until = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.005)
