"""Writing together, once a second, what nobody waits for."""

import asyncio
from abc import ABC, abstractmethod
from contextlib import suppress
from types import TracebackType
from typing import Final, Self

import structlog

from kissbot.chat.tasks import Tasks
from kissbot.storage.trouble import StorageTrouble

EVERY: Final = 1.0

_GRACE: Final = 30.0
"""Seconds that a write under way gets to end."""

log = structlog.get_logger(__name__)


class Regularly(ABC):
    """Takes things at once and writes them each second while it is entered, and once more on leaving.

    Trouble is logged once.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._tasks, self._left = Tasks(_GRACE), asyncio.Event()
        self.in_trouble = False
        """Whether the latest attempt to write failed."""

    async def __aenter__(self) -> Self:
        self._tasks.start(self._run(), self._name)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._left.set()
        await self._tasks.__aexit__(kind, error, trace)
        await self._try()

    @abstractmethod
    async def _save(self) -> None:
        """Write what waits. Raises `StorageTrouble`; what was not written is kept for the next time."""

    async def flush(self) -> None:
        """Write everything now. Raises `StorageTrouble`; what was not written is kept for the next time."""
        await self._save()

    async def _run(self) -> None:
        while not self._left.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(EVERY):
                    await self._left.wait()
                    return
            await self._try()

    async def _try(self) -> None:
        try:
            await self._save()
        except StorageTrouble as error:
            if not self.in_trouble:
                log.error("writing_failed", what=self._name, error=str(error))
            self.in_trouble = True
        except Exception:
            log.exception("writing_failed", what=self._name)
        else:
            self.in_trouble = False
