"""No task without an owner."""

import asyncio

from structlog.testing import capture_logs

from kissbot.chat.tasks import Tasks
from kissbot.testing.clock import settle


async def forever() -> None:
    await asyncio.Event().wait()


async def test_a_failed_task_is_logged_by_name() -> None:
    async def fail() -> None:
        raise LookupError("a bug")

    with capture_logs() as logged:
        async with Tasks() as tasks:
            tasks.start(fail(), "the failing one")
            await settle()
    assert [(entry["event"], entry["task"]) for entry in logged] == [("task_failed", "the failing one")]


async def test_leaving_ends_what_still_runs() -> None:
    async with Tasks() as tasks:
        task = tasks.start(forever(), "forever")
        await settle()
    assert task.cancelled()
    assert len(tasks) == 0


async def test_leaving_with_grace_lets_work_end() -> None:
    done: list[str] = []

    async def work() -> None:
        await settle()
        done.append("done")

    async with Tasks(grace=60) as tasks:
        tasks.start(work(), "work")
    assert done == ["done"]


async def test_grace_is_also_for_what_was_started_meanwhile() -> None:
    done: list[str] = []

    async with Tasks(grace=60) as tasks:

        async def work(times: int) -> None:
            await settle()
            done.append("done")
            if times:
                tasks.start(work(times - 1), "more work")

        tasks.start(work(2), "work")
    assert done == ["done"] * 3


async def test_what_has_ended_is_forgotten() -> None:
    async with Tasks() as tasks:
        tasks.start(settle(), "short")
        assert len(tasks) == 1
        await settle()
        await settle()
        assert len(tasks) == 0
