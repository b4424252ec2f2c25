"""The trail in the database: written each second, read when somebody asks why."""

import asyncio
from collections import Counter
from typing import Final

import msgspec
import sqlalchemy as sa

from kissbot.chat.trail import Step
from kissbot.storage.batches import Regularly
from kissbot.storage.engine import Database
from kissbot.storage.memory import KEPT
from kissbot.storage.tables import trail
from kissbot.storage.trouble import StorageTrouble

WAITING: Final = 10_000
"""Steps that wait for a database which does not work; older ones are let go."""

_TIDY_AFTER: Final = 100
_STEP: Final = tuple(trail.c[name] for name in Step.__struct_fields__)


class SqlTrail(Regularly):
    """Keeps the latest steps of each channel. Enter it to have what is noted written each second."""

    def __init__(self, database: Database) -> None:
        super().__init__("trail")
        self._database = database
        self._waiting: list[Step] = []
        self._grown: Counter[str] = Counter()
        self._writing = asyncio.Lock()

    def note(self, step: Step) -> None:
        """Take a step; returns at once, and is written soon."""
        self._waiting.append(step)

    async def latest(self, channel_id: str, limit: int = 50) -> list[Step]:
        """The latest steps of a channel, newest first, those noted a moment ago included."""
        await self.flush()
        query = (
            sa.select(*_STEP)
            .where(trail.c.channel_id == channel_id)
            .order_by(trail.c.at.desc(), trail.c.id.desc())
            .limit(min(limit, KEPT))
        )
        async with self._database.reading() as connection:
            return [Step(*row) for row in await connection.execute(query)]

    async def _save(self) -> None:
        async with self._writing:
            batch, self._waiting = self._waiting[-WAITING:], []
            if not batch:
                return
            try:
                await self._write(batch)
            except (StorageTrouble, asyncio.CancelledError):
                self._waiting = batch + self._waiting
                raise

    async def _write(self, batch: list[Step]) -> None:
        grown = self._grown + Counter(step.channel_id for step in batch)
        full = [channel_id for channel_id, steps in grown.items() if steps >= _TIDY_AFTER]
        async with self._database.writing() as connection:
            await connection.execute(sa.insert(trail), [msgspec.structs.asdict(step) for step in batch])
            for channel_id in full:
                await connection.execute(_OLD, {"channel": channel_id})
        for channel_id in full:
            del grown[channel_id]
        self._grown = grown


def _old() -> sa.Delete:
    mine = trail.c.channel_id == sa.bindparam("channel")
    newest_old = sa.select(trail.c.id).where(mine).order_by(trail.c.id.desc()).offset(KEPT).limit(1)
    return sa.delete(trail).where(mine, trail.c.id <= newest_old.scalar_subquery())


_OLD: Final = _old()
