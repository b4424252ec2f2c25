"""All the processes of one bot: which they are, and how they are."""

import asyncio
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from kissbot.app.lifeline import Lifeline
from kissbot.app.settings import Settings
from kissbot.app.supervisor.child import Care, Child, Spec
from kissbot.app.supervisor.place import Place, Snapshot, mark_of
from kissbot.chat.tasks import Tasks

_SHOWN_EVERY: Final = 1.0


def specs_for(config: Path | None) -> tuple[Spec, ...]:
    """What `supervisor.isolation: none` means: one process for all channels."""
    named = ("--config", str(config.absolute())) if config else ()
    command = (sys.executable, "-m", "kissbot", "run", "--attached", *named)
    return (Spec(name="kissbot", command=command),)


def care_for(settings: Settings) -> Care:
    """How the settings have children looked after."""
    return Care(memory_mb=settings.supervisor.memory_mb)


class Supervisor:
    """Keeps its children running. One that is given up leaves the others alone."""

    def __init__(self, place: Place, specs: Sequence[Spec], care: Care) -> None:
        self._place, self._care, self._specs = place, care, specs
        self._since = time.time()
        self._children: list[Child] = []
        self._news = asyncio.Event()

    async def run(self) -> None:
        """Until cancelled; then every child is stopped. Raises `Supervising`."""
        with self._place.taken(), TemporaryDirectory(prefix="kissbot-") as sockets:
            async with Tasks() as tasks:  # on leaving, each child is stopped
                for spec in self._specs:
                    child = Child(spec, self._care, Path(sockets), self._place.logs, self._news.set)
                    self._children.append(child)
                    tasks.start(child.run(), spec.name)
                await self._tell()

    async def _tell(self) -> None:
        """Show everybody who asks how the children are, and whoever looks after us that we live."""
        line, told = Lifeline(), False
        try:
            while True:
                self._news.clear()
                self._place.show(self.snapshot)
                ready = all(child.state.state == "ready" for child in self._children)
                line.say("WATCHDOG=1", *(("READY=1",) if ready and not told else ()))
                told = told or ready
                await self._wait(min(_SHOWN_EVERY, line.seconds))
        finally:
            line.say("STOPPING=1")
            line.close()

    async def _wait(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._news.wait(), seconds)
        except TimeoutError:
            return

    @property
    def snapshot(self) -> Snapshot:
        """How everything is now."""
        mark = mark_of(os.getpid())
        assert mark  # noqa: S101 (this process runs)
        return Snapshot(
            mark=mark, since=self._since, processes=tuple(child.state for child in self._children)
        )
