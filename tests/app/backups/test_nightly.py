"""Each night the bot is backed up; what goes wrong is told and tried again, and stops nothing."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest
import structlog

from kissbot.app.backups.archive import BackupTrouble
from kissbot.app.backups.nightly import AGAIN, FIRST_REST, JITTER, Shelf, Work, next_night, nights
from kissbot.chat.tasks import Tasks
from kissbot.testing.clock import ManualClock

HOURS = 3600.0
DAYS = 24 * HOURS

Start = Callable[..., None]


@pytest.fixture
async def clock() -> ManualClock:
    """It is noon of some day."""
    clock = ManualClock(next_night(1_800_000_000.0) + 8 * HOURS)
    clock.rule(asyncio.get_running_loop())
    return clock


@pytest.fixture
async def start(clock: ManualClock) -> AsyncIterator[Start]:
    async with Tasks() as tasks:

        def start(*, due: bool = False, **works: Work) -> None:
            tasks.start(nights(clock, Random(1), works, due=due), "nights")

        yield start
        assert len(tasks) == 1


async def pass_time(clock: ManualClock, seconds: float) -> None:
    """Sleeps are short, so time passes in small steps."""
    until = clock.time() + seconds
    while (left := until - clock.time()) > 0:
        await clock.push(min(left, 300))


class Works:
    """Counts, and fails when told to."""

    def __init__(self, clock: ManualClock) -> None:
        self._clock = clock
        self.times: list[float] = []
        self.trouble: Exception | None = None

    async def __call__(self) -> None:
        self.times.append(self._clock.time())
        if self.trouble:
            raise self.trouble


async def test_work_is_done_each_night_at_four(clock: ManualClock, start: Start) -> None:
    work = Works(clock)
    start(work=work)
    await pass_time(clock, 3 * DAYS)
    assert len(work.times) == 3
    for moment in work.times:
        local = datetime.fromtimestamp(moment, UTC).astimezone()
        assert 4 * HOURS <= local.hour * HOURS + local.minute * 60 <= 4 * HOURS + JITTER + 600


async def test_work_that_is_due_is_done_when_the_start_is_over(clock: ManualClock, start: Start) -> None:
    work, began = Works(clock), clock.time()
    start(work=work, due=True)
    await clock.push(0)
    await pass_time(clock, FIRST_REST / 2)
    assert not work.times
    await pass_time(clock, FIRST_REST / 2)
    assert work.times == [began + FIRST_REST]
    await pass_time(clock, 12 * HOURS)
    assert len(work.times) == 1


@pytest.mark.parametrize("trouble", [BackupTrouble("the disk is full"), OSError("no"), ZeroDivisionError()])
async def test_what_fails_is_told_and_tried_again_in_an_hour(
    clock: ManualClock, start: Start, trouble: Exception
) -> None:
    good, bad = Works(clock), Works(clock)
    bad.trouble = trouble
    with structlog.testing.capture_logs() as logs:
        start(good=good, bad=bad, due=True)
        await clock.push(0)
        await pass_time(clock, FIRST_REST + 1.5 * AGAIN)
        bad.trouble = None
        await pass_time(clock, 3 * HOURS)
    assert (len(good.times), len(bad.times)) == (1, 3)
    assert bad.times[1] - bad.times[0] == AGAIN
    errors = [entry for entry in logs if entry["log_level"] == "error"]
    assert [(entry["work"], entry["again"]) for entry in errors] == [("bad", "in an hour")] * 2


# The shelf


async def made(file: Path) -> None:
    await asyncio.to_thread(file.write_text, "a backup")


def on(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


async def test_the_newest_backups_are_kept_and_nothing_else_is_touched(
    clock: ManualClock, tmp_path: Path
) -> None:
    folder = tmp_path / "backups"
    shelf = Shelf(folder, 3, clock)
    await shelf.add(made)
    assert folder.stat().st_mode & 0o777 == 0o700
    others = [
        "kissbot-mine.kissbot",
        "kissbot-2020-01-01.kissbot.old",
        "notes.txt",
        "x-kissbot-2020-01-01.kissbot",
    ]
    for name in others:
        (folder / name).write_text("mine")
    for _ in range(5):
        await pass_time(clock, DAYS)
        await shelf.add(made)
    kept = [name for name in on(folder) if name not in others]
    assert len(kept) == 3
    assert len(on(folder)) == 3 + len(others)
    today = f"{datetime.fromtimestamp(clock.time(), UTC).astimezone():%Y-%m-%d}"
    assert kept[-1] == f"kissbot-{today}.kissbot"


async def test_a_backup_that_fails_lets_go_of_none(clock: ManualClock, tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, 1, clock)
    await shelf.add(made)
    await pass_time(clock, DAYS)

    async def fail(_: Path) -> None:
        raise BackupTrouble("the disk is full")

    before = on(tmp_path)
    with pytest.raises(BackupTrouble):
        await shelf.add(fail)
    assert on(tmp_path) == before


async def test_a_file_from_the_future_does_not_push_out_the_newest(
    clock: ManualClock, tmp_path: Path
) -> None:
    (tmp_path / "kissbot-2999-01-01.kissbot").write_text("made when the clock was wrong")
    shelf = Shelf(tmp_path, 1, clock)
    assert shelf.lacks_one
    await shelf.add(made)
    assert not shelf.lacks_one
    assert len(on(tmp_path)) == 1


async def test_a_backup_is_lacking_when_there_is_none_since_last_night(
    clock: ManualClock, tmp_path: Path
) -> None:
    shelf = Shelf(tmp_path / "backups", 7, clock)
    assert shelf.lacks_one
    await shelf.add(made)
    assert not shelf.lacks_one
    await pass_time(clock, 15 * HOURS)  # three in the morning
    assert not shelf.lacks_one
    await pass_time(clock, 2 * HOURS)
    assert shelf.lacks_one
