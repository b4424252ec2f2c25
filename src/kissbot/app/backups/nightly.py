"""What is done each night: tidying up, and a backup."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Final

import structlog

from kissbot.app.backups.archive import BackupTrouble
from kissbot.chat.ports import Clock
from kissbot.storage.trouble import StorageTrouble

HOUR: Final = 4
"""Of the local day: chat is asleep."""
JITTER: Final = 30 * 60.0
"""Seconds over which the bots of one machine spread."""
FIRST_REST: Final = 60.0
"""Seconds that the start of the bot has for itself."""
AGAIN: Final = 60 * 60.0
"""Seconds after which what failed is tried again."""
LONGEST_SLEEP: Final = 10 * 60.0
"""Seconds; a machine that was asleep notices within them what time it is."""

_NAME: Final = re.compile(r"kissbot-\d{4}-\d{2}-\d{2}\.kissbot")

log = structlog.get_logger(__name__)

Work = Callable[[], Awaitable[object]]


async def nights(clock: Clock, random: Random, works: Mapping[str, Work], *, due: bool) -> None:
    """Do every work each night, by its name; at the start, too, if it is due. Never ends.

    What fails is logged, and tried again in an hour; it never stops the bot.
    """
    await _sleep_until(clock, clock.time() + FIRST_REST)
    while True:
        left = dict(works) if due else {}
        while left:
            left = {name: work for name, work in left.items() if not await _done(name, work)}
            if left:
                await _sleep_until(clock, clock.time() + AGAIN)
        due = True
        await _sleep_until(clock, next_night(clock.time()) + random.uniform(0, JITTER))


class Shelf:
    """The nightly backups in a folder, by their dates. Whatever else is there is never touched."""

    def __init__(self, folder: Path, keep: int, clock: Clock) -> None:
        self._folder, self._keep, self._clock = folder, keep, clock

    @property
    def lacks_one(self) -> bool:
        """Whether there is none since last night."""
        now = self._clock.time()
        last_night = _name(next_night(now) - 24 * 60 * 60)
        return not any(last_night <= name <= _name(now) for name in self._names())

    async def add(self, make: Callable[[Path], Awaitable[object]]) -> None:
        """Have `make` write today's, and let go of the oldest."""
        file = self._folder / _name(self._clock.time())
        await asyncio.to_thread(self._folder.mkdir, mode=0o700, parents=True, exist_ok=True)
        await make(file)
        await asyncio.to_thread(self._let_go, file.name)

    def _let_go(self, newest: str) -> None:
        others = sorted(self._names() - {newest}, reverse=True)
        for name in others[self._keep - 1 :]:
            (self._folder / name).unlink(missing_ok=True)

    def _names(self) -> set[str]:
        return {path.name for path in self._folder.glob("*") if _NAME.fullmatch(path.name)}


def next_night(now: float) -> float:
    """When the next night's work begins."""
    local = datetime.fromtimestamp(now, UTC).astimezone()
    begins = local.replace(hour=HOUR, minute=0, second=0, microsecond=0)
    return (begins if begins > local else begins + timedelta(days=1)).timestamp()


def _name(now: float) -> str:
    return f"kissbot-{datetime.fromtimestamp(now, UTC).astimezone():%Y-%m-%d}.kissbot"


async def _done(name: str, work: Work) -> bool:
    try:
        await work()
    except (BackupTrouble, StorageTrouble, OSError) as error:
        log.error("nightly_work_failed", work=name, reason=str(error), again="in an hour")
        return False
    except Exception as error:
        log.error("nightly_work_failed", work=name, again="in an hour", exc_info=error)
        return False
    log.info("nightly_work_done", work=name)
    return True


async def _sleep_until(clock: Clock, then: float) -> None:
    while (left := then - clock.time()) > 0:
        await asyncio.sleep(min(left, LONGEST_SLEEP))
