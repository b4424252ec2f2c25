"""The bot in the background, as an operator starts, watches and stops it. Real processes."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from kissbot.app.supervisor.place import Place, ProcessState, mark_of
from kissbot.sandbox.twitch import Sandbox

from .home import PATIENCE, Home


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[Home]:
    """A folder with a configuration and a login, and nothing running; whatever was started is stopped."""
    async with Sandbox(("ada", "bob"), enforce_limits=False) as twitch:
        home = Home(tmp_path, twitch)
        home.configure(("ada", "bob"))
        config = tmp_path / "config.yaml"
        content = msgspec.json.decode(config.read_bytes())
        content["twitch"] |= {"token": twitch.credentials.token}
        content["twitch"] |= {"refresh_token": twitch.credentials.refresh_token}
        config.write_bytes(msgspec.json.encode(content))
        yield home
        await home.runs("down", within=40)


async def up(home: Home) -> None:
    done = await home.runs("up", "--background", within=60)
    assert done.status == 0, done
    assert "hears: ada, bob" in done.out


async def status(home: Home) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.json.decode((await home.runs("status", "--json")).out)
    return found


async def when(home: Home, true: Callable[[ProcessState], object]) -> ProcessState:
    """The bot's process as its supervisor sees it, once it is so."""
    place = Place(home.folder)
    async with asyncio.timeout(2 * PATIENCE):
        while not ((found := place.snapshot()) and true(found.processes[0])):
            await asyncio.sleep(0.01)
    return found.processes[0]


async def replaced(home: Home, before: int) -> ProcessState:
    """Another process in the place of that one, once it is ready."""
    return await when(home, lambda process: process.state == "ready" and process.pid != before)


def is_ready(found: dict[str, Any]) -> bool:
    return [process["state"] for process in found["processes"]] == ["ready"]


def states(found: dict[str, Any]) -> dict[str, str]:
    return {channel["channel"]: channel["state"] for channel in found["channels"]}


async def test_a_day_in_the_background(home: Home) -> None:
    assert (await home.runs("status")).status == 3
    await up(home)
    assert "🏓" in await home.answers("!ping")
    await when(home, lambda process: process.answered == 1)
    found = await status(home)
    assert (is_ready(found), states(found)) == (True, {"ada": "heard", "bob": "heard"})
    shown = await home.runs("status")
    assert shown.status == 0
    assert "kissbot    ready" in shown.out
    assert "KissBot is starting as kissbot in: ada, bob" in (await home.runs("logs")).out

    twice = await home.runs("up")
    assert (twice.status, twice.out) == (1, "")
    assert "kissbot: KissBot is running here already as process" in twice.err

    process, supervisor = found["processes"][0]["pid"], found["supervisor"]
    stopped = await home.runs("down")
    assert (stopped.status, stopped.out) == (0, "KissBot has stopped.\n")
    assert mark_of(process) is None
    assert mark_of(supervisor) is None
    assert (await status(home))["processes"] == []
    assert (await home.runs("down")).out == "KissBot is not running.\n"


async def test_a_stopped_channel_stays_stopped_over_restarts_and_crashes(home: Home) -> None:
    await up(home)
    await home.runs("part", "bob")
    await home.hears(1)
    assert states(await status(home)) == {"ada": "heard", "bob": "stopped"}
    before = (await when(home, lambda process: process.state == "ready")).pid
    os.kill(before, signal.SIGKILL)
    await replaced(home, before)
    assert home.twitch.audible == 1
    await home.runs("down", within=40)
    await home.runs("up", "--background", within=60)
    assert states(await status(home)) == {"ada": "heard", "bob": "stopped"}
    await home.runs("join", "bob")
    await home.hears(2)
    again = await home.runs("rejoin", "bob")
    assert again.status == 0
    await home.hears(2)
    assert await home.answers("!ping", channel="bob")


async def test_what_falls_or_hangs_is_replaced_and_hears_again(home: Home) -> None:
    await up(home)
    process = await when(home, lambda process: process.state == "ready")
    for blow, why in ((signal.SIGKILL, "it was ended by SIGKILL"), (signal.SIGSTOP, "no sign of life")):
        os.kill(process.pid, blow)
        struck_at = time.monotonic()
        process = await replaced(home, process.pid)
        print(f"{blow.name}: hears again after {time.monotonic() - struck_at:.1f} s")  # noqa: T201
        assert why in process.why
        assert "🏓" in await home.answers("!ping")
    assert process.restarts == 2


async def test_a_supervisor_that_is_killed_leaves_nothing_behind(home: Home) -> None:
    await up(home)
    found = await status(home)
    os.kill(found["supervisor"], signal.SIGKILL)
    async with asyncio.timeout(PATIENCE):
        while mark_of(found["processes"][0]["pid"]):
            await asyncio.sleep(0.05)
    assert (home.folder / "run" / "kissbot.pid").exists()  # a stale one, which nobody believes
    assert (await home.runs("down")).out == "KissBot is not running.\n"
    await up(home)


async def test_nothing_else_is_stopped(home: Home) -> None:
    async with home.bot(channels=2) as other:
        await up(home)
        assert len((await status(home))["processes"]) == 2
        await home.runs("down", within=40)
        assert other.returncode is None
        assert [process["pid"] for process in (await status(home))["processes"]] == [other.pid]


async def test_who_cannot_start_says_why(tmp_path: Path) -> None:
    async with Sandbox(("ada",)) as twitch:
        home = Home(tmp_path, twitch)
        home.configure(("ada",))  # without any login
        done = await home.runs("up", "--background", within=60)
        assert done.status == 1
        assert "kissbot login --bot" in done.err
        assert "Traceback" not in done.err
        shown = await home.runs("status")
        assert shown.status == 1
        assert "last fell" in shown.out
        await home.runs("down", within=40)


async def test_a_folder_that_cannot_be_used_is_told_in_a_sentence(home: Home) -> None:
    (home.folder / "logs").write_text("")
    done = await home.runs("up", "--background")
    assert done.status == 1
    assert done.err.startswith("kissbot: ")
    assert "cannot be written" in done.err
    (home.folder / "logs").unlink()
