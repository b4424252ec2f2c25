"""Starting and stopping a supervisor from a terminal that may be closed."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

import click

from kissbot.app.settings import Settings
from kissbot.app.supervisor.child import GRACE
from kissbot.app.supervisor.overview import overview
from kissbot.app.supervisor.place import Mark, Place, ProcessState, Supervising

STOPS_WITHIN: Final = GRACE + 10
"""Seconds: its children get ten, and it has something to write."""

_LOOK_EVERY: Final = 0.05
_WRITTEN_WITHIN: Final = 3.0
"""Seconds: a bot writes down once a second what it hears."""

_FELL: Final = 3
"""So many falls at the start, and whoever waits is told why."""


async def start(settings: Settings, folder: Path, config: Path | None, within: float) -> int:
    """Start a supervisor and wait until its children hear their channels; the exit status.

    Raises `Supervising`.
    """
    place = Place(folder)
    if mark := place.supervisor():
        raise Supervising(f"KissBot is running here already as process {mark.pid}. See: ./kissbot.sh status")
    process, log = _detached(place, config)
    with suppress(TimeoutError):
        async with asyncio.timeout(within):
            while process.poll() is None:
                children = _children(place, process.pid)
                if children and all(child.state == "ready" for child in children):
                    return await _told(settings, place)
                if any(child.restarts >= _FELL or child.state == "failed" for child in children):
                    break
                await asyncio.sleep(_LOOK_EVERY)
    if process.poll() is not None:
        raise Supervising(f"KissBot did not start. {_last_line(log).removeprefix('kissbot: ')}")
    _tell_why(_children(place, process.pid), within)
    return 1


def _detached(place: Place, config: Path | None) -> tuple["subprocess.Popen[bytes]", Path]:
    """A supervisor in a session of its own: no terminal that closes can end it."""
    log = place.logs / "supervisor.log"
    named = ("--config", str(config)) if config else ()
    try:
        log.parent.mkdir(exist_ok=True)
        with log.open("wb") as file:
            process = subprocess.Popen(  # noqa: S603 (ourselves)
                (sys.executable, "-m", "kissbot", "up", *named),
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                start_new_session=True,
            )
    except OSError as error:
        raise Supervising(f"{log} cannot be written: {error.strerror}. Mend its rights.") from None
    return process, log


def _children(place: Place, pid: int) -> tuple[ProcessState, ...]:
    snapshot = place.snapshot()
    return snapshot.processes if snapshot and snapshot.mark.pid == pid else ()


async def _told(settings: Settings, place: Place) -> int:
    found = await overview(settings, place)
    ends_at = time.monotonic() + _WRITTEN_WITHIN
    while any(channel.state == "waiting" for channel in found.channels) and time.monotonic() < ends_at:
        await asyncio.sleep(_LOOK_EVERY)
        found = await overview(settings, place)
    heard = [channel.channel for channel in found.channels if channel.state == "heard"]
    refused = [channel for channel in found.channels if channel.state in ("refused", "revoked")]
    click.echo(f"KissBot runs as process {found.supervisor} and hears: {', '.join(heard) or 'no channel'}")
    for channel in refused:
        click.echo(f"✗ {channel.channel}: {channel.why}. See: ./kissbot.sh why {channel.channel}")
    return 0


def _tell_why(children: tuple[ProcessState, ...], within: float) -> None:
    for child in children:
        if child.state == "ready":
            continue
        why = child.why or f"it does not hear its channels after {within:g} s"
        click.echo(f"✗ {child.name}: {why}", err=True)
    click.echo("It is tried again. See: ./kissbot.sh doctor, ./kissbot.sh logs, ./kissbot.sh stop", err=True)


def _last_line(log: Path) -> str:
    lines = log.read_text(errors="replace").strip().splitlines()
    return lines[-1] if lines else "It said nothing."


async def stop(place: Place, within: float = STOPS_WITHIN) -> str:
    """Stop the supervisor here and all that is its own; what to tell. Raises `Supervising`."""
    mark = place.supervisor()
    if mark is None:
        return "KissBot is not running."
    _send(mark, signal.SIGTERM)
    if await _gone(mark, within):
        return "KissBot has stopped."
    _send(mark, signal.SIGKILL)  # its children end by themselves when it is gone
    if await _gone(mark, within):
        return f"KissBot did not stop within {within:g} s, and was killed."
    raise Supervising(f"process {mark.pid} cannot be stopped: the machine does not let go of it.")


async def _gone(mark: Mark, within: float) -> bool:
    with suppress(TimeoutError):
        async with asyncio.timeout(within):
            while mark.is_running:
                await asyncio.sleep(_LOOK_EVERY)
            return True
    return False


def _send(mark: Mark, number: signal.Signals) -> None:
    try:
        os.kill(mark.pid, number)
    except ProcessLookupError:
        return
    except PermissionError:
        raise Supervising(f"process {mark.pid} belongs to somebody else; stop it as that user.") from None
