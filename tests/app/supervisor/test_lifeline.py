"""What a process says to whoever looks after it, on a real datagram socket."""

import asyncio
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from kissbot.app.lifeline import Lifeline, lifeline
from kissbot.chat.tally import Tally

PATIENCE = 10.0


@pytest.fixture
def folder() -> Iterator[Path]:
    """A path that is short enough for a socket."""
    with TemporaryDirectory(prefix="kb-") as name:
        yield Path(name)


def listening(address: str) -> socket.socket:
    here = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    here.bind(address)
    here.settimeout(PATIENCE)
    return here


async def facts(here: socket.socket) -> dict[str, str]:
    told = (await asyncio.to_thread(here.recv, 4096)).decode()
    return dict(line.split("=", 1) for line in told.splitlines())


async def test_it_beats_then_is_ready_and_says_that_it_stops(folder: Path) -> None:
    path = str(folder / "notify")
    with listening(path) as here:
        line = Lifeline({"NOTIFY_SOCKET": path, "WATCHDOG_USEC": "20000"})
        assert line.seconds == pytest.approx(0.01)
        async with lifeline(Tally(time.time(), lines=1234), line) as is_ready:
            beat = await facts(here)
            assert beat["WATCHDOG"] == "1"
            assert beat["X_LINES"] == "1234"
            assert beat["STATUS"] == "1,234 lines heard, 0 commands answered"
            is_ready()
            said = await facts(here)
            while "READY" not in said:
                said = await facts(here)
            assert said["READY"] == "1"
        while "STOPPING" not in said:
            said = await facts(here)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux has abstract sockets")
async def test_an_abstract_address_is_understood(folder: Path) -> None:
    with listening(f"\0{folder}/notify") as here:
        line = Lifeline({"NOTIFY_SOCKET": f"@{folder}/notify"})
        line.say("READY=1")
        line.close()
        assert await facts(here) == {"READY": "1"}


async def test_nobody_needs_to_listen(folder: Path) -> None:
    for environment in ({}, {"NOTIFY_SOCKET": str(folder / "nobody")}):
        async with lifeline(Tally(0), Lifeline(environment)) as is_ready:
            is_ready()


async def test_one_who_does_not_read_stops_nothing(folder: Path) -> None:
    path = str(folder / "notify")
    with listening(path):
        line = Lifeline({"NOTIFY_SOCKET": path})
        for _ in range(5000):
            line.say("WATCHDOG=1")
        line.close()
