"""One process, kept alive: started, listened to, replaced when it falls, hangs or grows, and stopped."""

import asyncio
import os
import signal
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec
import psutil
import structlog
from msgspec import Struct

from kissbot.app.lifeline import ADDRESS, PATIENCE
from kissbot.app.supervisor.ear import Ear, LastLines
from kissbot.app.supervisor.place import ProcessState
from kissbot.app.supervisor.resilience import Falls, Resilience
from kissbot.app.supervisor.rotating import RotatingLog

GRACE: Final = 10.0
"""Seconds that a child gets to end when it is asked to."""

_CHUNK: Final = 65_536
_LOOK_EVERY: Final = 0.5
_DRAINED_WITHIN: Final = 1.0
"""Seconds for what an ended child had still to say: whatever it left running may hold the pipe open."""

log = structlog.get_logger(__name__)


class Spec(Struct, frozen=True, kw_only=True):
    """A process that is to run."""

    name: str
    """What it is called in `status`, and what its log is called."""
    command: tuple[str, ...]
    channels: tuple[str, ...] = ()
    """Whose it serves; empty: all."""


class Care(Struct, frozen=True, kw_only=True):
    """How children are looked after. Seconds."""

    resilience: Resilience = Resilience()
    beats_within: float = 5.0
    """Silent for longer, and it hangs."""
    starts_within: float = 60.0
    """Silent for longer from its start, and it hangs."""
    memory_mb: float = 0
    """More, and it leaks; 0: whatever it likes."""
    grace: float = GRACE


class Child:
    """Keeps one process running until it is stopped or given up."""

    def __init__(
        self, spec: Spec, care: Care, sockets: Path, logs: Path, changed: Callable[[], None]
    ) -> None:
        self.spec, self._care, self._changed = spec, care, changed
        self._ear = Ear(sockets / spec.name)
        self._falls = Falls(care.resilience)
        self._log = RotatingLog(logs / f"{spec.name}.out")
        self._process: asyncio.subprocess.Process | None = None
        self._state = ProcessState(name=spec.name, state="starting", channels=spec.channels)
        self._said = LastLines()

    @property
    def state(self) -> ProcessState:
        """How it is now."""
        heard = self._ear
        lines, answered, tasks = map(heard.number, ("X_LINES", "X_ANSWERED", "X_TASKS"))
        return msgspec.structs.replace(
            self._state, memory_mb=round(self._memory_mb(), 1), lines=lines, answered=answered, tasks=tasks
        )

    async def run(self) -> None:
        """Start it again and again; returns when it is given up. Cancelled, it is stopped first."""
        try:
            while True:
                ready_at = None
                why = "it could not be started"
                try:
                    ready_at, why = await self._once()
                except OSError as error:
                    why = f"it could not be started: {error.strerror or error}"
                ready_for = None if ready_at is None else time.monotonic() - ready_at
                wait = self._falls.next(ready_for)
                self._fell(why, wait)
                if wait is None:
                    return
                await asyncio.sleep(wait)
        except asyncio.CancelledError:
            self._became("stopped", pid=0)
            raise
        finally:
            self._log.close()

    def _fell(self, why: str, wait: float | None) -> None:
        name = self.spec.name
        self._became(
            "failed" if wait is None else "waiting", pid=0, why=why, restarts=self._state.restarts + 1
        )
        if wait is None:
            log.error("given_up", process=name, why=why, falls=self._falls.at_start)
        else:
            log.warning("fell", process=name, why=why, again_in=wait)

    def _became(self, state: str, **more: object) -> None:
        self._state = msgspec.structs.replace(self._state, state=state, **more)
        self._changed()

    async def _once(self) -> tuple[float | None, str]:
        """One life: when it was ready (None: never), and why it ended."""
        self._ear, ready_at = Ear(self._ear.path), None
        self._said.clear()
        await self._ear.open()
        try:
            process = self._process = await self._start()
            self._became("starting", pid=process.pid, since=time.time())
            tasks = [asyncio.create_task(work) for work in (self._drain(process), self._readiness())]
            try:
                why = await self._watch(process)
            finally:
                await self._stop(process)
                await self._end(tasks)
            ready_at = tasks[1].result() if tasks[1].done() and not tasks[1].cancelled() else None
            return ready_at, f"{why}{f': {self._said}' if ready_at is None and self._said else ''}"
        finally:
            self._process = None
            self._ear.close()

    async def _start(self) -> asyncio.subprocess.Process:
        environment = {**os.environ, ADDRESS: str(self._ear.path)}
        environment[PATIENCE] = str(int(self._care.beats_within * 1e6))
        return await asyncio.create_subprocess_exec(
            *self.spec.command,
            stdin=asyncio.subprocess.PIPE,  # held open for as long as this process lives
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env=environment,
            start_new_session=True,  # a group of its own: what is killed is it and its own
        )

    async def _drain(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout  # noqa: S101 (a pipe was asked for)
        while data := await process.stdout.read(_CHUNK):
            self._said.take(data)
            self._log.write(data)

    async def _readiness(self) -> float:
        await self._ear.ready.wait()
        self._became("ready")
        log.info("ready", process=self.spec.name)
        return time.monotonic()

    async def _watch(self, process: asyncio.subprocess.Process) -> str:
        """Wait until it ends, hangs or has grown too much; why."""
        looked_at = time.monotonic()
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_EVERY):
                    return _ended(await process.wait())
            now = time.monotonic()
            if now - looked_at > 4 * _LOOK_EVERY:  # we were asleep ourselves; what it said waits to be read
                self._ear.beat_at = now
            looked_at = now
            if why := self._is_ill(now):
                return why

    def _is_ill(self, now: float) -> str:
        ear, care = self._ear, self._care
        silent = now - ear.beat_at
        if silent > (care.beats_within if ear.has_beaten else care.starts_within):
            self._kill()
            return f"it hung: no sign of life for {silent:.0f} s"
        if care.memory_mb and (memory := self._memory_mb()) > care.memory_mb:
            return f"it took {memory:.0f} MB of memory, and {care.memory_mb:g} are allowed"
        return ""

    def _memory_mb(self) -> float:
        if self._process is None or self._process.returncode is not None:
            return 0
        try:
            return float(psutil.Process(self._process.pid).memory_info().rss) / 1e6
        except psutil.Error:
            return 0

    async def _stop(self, process: asyncio.subprocess.Process) -> None:
        """Ask it to end, and end it and what it started when it does not."""
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.send_signal(signal.SIGTERM)
            try:
                await asyncio.wait_for(process.wait(), self._care.grace)
            except TimeoutError:
                log.warning("killed", process=self.spec.name, why=f"it ran on for {self._care.grace:g} s")
                self._kill()
                await process.wait()

    def _kill(self) -> None:
        """Its group, while it certainly is its own: nobody has waited for it yet."""
        if self._process and self._process.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)

    async def _end(self, tasks: Sequence["asyncio.Task[object]"]) -> None:
        drain, *others = tasks
        for task in others:
            task.cancel()
        await asyncio.wait(tasks, timeout=_DRAINED_WITHIN)
        drain.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _ended(status: int) -> str:
    if status < 0:
        return f"it was ended by {signal.Signals(-status).name}"
    return f"it ended by itself with status {status}"
