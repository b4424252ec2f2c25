"""Real processes that fall, hang, grow and refuse to end."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

from kissbot.app.supervisor.child import Care, Child, Spec
from kissbot.app.supervisor.resilience import Resilience

PATIENCE = 20.0
QUICK = Resilience(first=0.01, longest=0.02, longest_after_ready=0.02)

BEATS = """
import os, socket, sys, time
line = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
say = lambda facts: line.sendto(facts.encode(), os.environ["NOTIFY_SOCKET"])
"""
WELL = f"""{BEATS}
print("here I am", os.getpid(), flush=True)
say("READY=1")
while True:
    say("WATCHDOG=1\\nX_LINES=7\\nX_ANSWERED=2\\nX_TASKS=3")
    time.sleep(0.05)
"""


@asynccontextmanager
async def kept(
    script: str, folder: Path, care: Care | None = None, name: str = "bot"
) -> AsyncIterator[tuple[Child, "asyncio.Task[None]"]]:
    """A child that runs a script, while this lasts."""
    with TemporaryDirectory(prefix="kb-") as sockets:
        spec = Spec(name=name, command=(sys.executable, "-c", script))
        child = Child(spec, care or Care(resilience=QUICK), Path(sockets), folder, lambda: None)
        task = asyncio.create_task(child.run())
        try:
            yield child, task
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def until(true: Callable[[], object]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not true():
            await asyncio.sleep(0.01)


async def test_a_child_tells_how_it_is_and_what_it_prints_is_kept(tmp_path: Path) -> None:
    async with kept(WELL, tmp_path) as (child, _):
        await until(lambda: child.state.state == "ready" and child.state.lines)
        state = child.state
        assert (state.lines, state.answered, state.tasks, state.restarts) == (7, 2, 3, 0)
        assert state.memory_mb > 1
        await until(lambda: (tmp_path / "bot.out").read_text() == f"here I am {state.pid}\n")
    assert child.state.state == "stopped"
    assert not psutil.pid_exists(state.pid)


async def test_a_killed_child_comes_back(tmp_path: Path) -> None:
    async with kept(WELL, tmp_path, Care()) as (child, _):
        await until(lambda: child.state.state == "ready")
        before = child.state.pid
        os.kill(before, signal.SIGKILL)
        killed_at = time.monotonic()
        await until(lambda: child.state.state == "ready" and child.state.pid != before)
        print(f"back after {time.monotonic() - killed_at:.2f} s")  # noqa: T201
        assert child.state.restarts == 1
        assert child.state.why == "it was ended by SIGKILL"


async def test_one_that_always_falls_is_given_up_after_ten_times_and_says_why(tmp_path: Path) -> None:
    async with (
        kept("raise SystemExit('no such key')", tmp_path, name="ill") as (ill, task),
        kept(WELL, tmp_path, name="well") as (well, _),
    ):
        async with asyncio.timeout(PATIENCE):
            await task
        assert ill.state.state == "failed"
        assert ill.state.restarts == 10
        assert ill.state.why == "it ended by itself with status 1: no such key"
        await until(lambda: well.state.state == "ready")
        assert well.state.restarts == 0


async def test_what_cannot_be_started_at_all_is_given_up(tmp_path: Path) -> None:
    with TemporaryDirectory(prefix="kb-") as sockets:
        spec = Spec(name="bot", command=(str(tmp_path / "nothing"),))
        child = Child(spec, Care(resilience=QUICK), Path(sockets), tmp_path, lambda: None)
        async with asyncio.timeout(PATIENCE):
            await child.run()
    assert child.state.state == "failed"
    assert "No such file" in child.state.why


async def test_one_that_stands_still_is_replaced(tmp_path: Path) -> None:
    async with kept(WELL, tmp_path, Care(resilience=QUICK, beats_within=1)) as (child, _):
        await until(lambda: child.state.state == "ready")
        before = child.state.pid
        os.kill(before, signal.SIGSTOP)
        await until(lambda: child.state.state == "ready" and child.state.pid != before)
        assert "no sign of life" in child.state.why
        assert not psutil.pid_exists(before)


async def test_one_that_says_nothing_from_its_start_is_replaced(tmp_path: Path) -> None:
    care = Care(resilience=QUICK, starts_within=0.2)
    async with kept("import time; time.sleep(60)", tmp_path, care) as (child, _):
        await until(lambda: child.state.restarts)
        assert "no sign of life" in child.state.why


async def test_one_that_takes_too_much_memory_is_replaced(tmp_path: Path) -> None:
    leaks = f"""{BEATS}
say("READY=1")
hoard = []
while True:
    say("WATCHDOG=1")
    hoard.append(b"x" * 5_000_000)
    time.sleep(0.05)
"""
    async with kept(leaks, tmp_path, Care(resilience=QUICK, memory_mb=100)) as (child, _):
        await until(lambda: child.state.restarts)
        assert "100 are allowed" in child.state.why


async def test_much_output_blocks_nobody(tmp_path: Path) -> None:
    floods = f"""{BEATS}
for _ in range(200):
    sys.stdout.write("x" * 9_999 + "\\n")
sys.stdout.flush()
say("READY=1")
while True:
    say("WATCHDOG=1")
    time.sleep(0.05)
"""
    async with kept(floods, tmp_path) as (child, _):
        await until(lambda: child.state.state == "ready")
    assert (tmp_path / "bot.out").stat().st_size == 2_000_000


async def test_one_that_does_not_want_to_end_is_killed_with_what_it_started(tmp_path: Path) -> None:
    stubborn = f"""{BEATS}
import signal, subprocess
signal.signal(signal.SIGTERM, signal.SIG_IGN)
other = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print(other.pid, flush=True)
say("READY=1")
time.sleep(600)
"""
    bystander = await asyncio.create_subprocess_exec(sys.executable, "-c", "import time; time.sleep(600)")
    try:
        async with kept(stubborn, tmp_path, Care(resilience=QUICK, grace=0.3)) as (child, _):
            await until(lambda: child.state.state == "ready" and (tmp_path / "bot.out").exists())
            other = psutil.Process(int((tmp_path / "bot.out").read_text()))
        await until(lambda: not other.is_running() or other.status() == psutil.STATUS_ZOMBIE)
        assert child.state.state == "stopped"
        assert bystander.returncode is None
    finally:
        bystander.kill()
        await bystander.wait()
