"""What was learnt of models, by every process: each one's lessons follow upon those of the others."""

import asyncio
from collections import deque
from collections.abc import Iterable
from typing import Final

import sqlalchemy as sa
from msgspec.structs import asdict
from sqlalchemy.ext.asyncio import AsyncConnection

from kissbot.knowledge.answers.bandit import Arm, Lesson, learned
from kissbot.knowledge.answers.model import StimulusClass
from kissbot.storage.batches import Regularly
from kissbot.storage.engine import Database
from kissbot.storage.tables import routes
from kissbot.storage.trouble import StorageTrouble

_WAITING: Final = 1000
"""Lessons that wait for a database which is away; older ones would have faded anyway."""


class MemoryExperience:
    """What was learnt, in a dictionary."""

    def __init__(self) -> None:
        self._known: dict[StimulusClass, dict[str, Arm]] = {}

    async def all(self) -> dict[StimulusClass, dict[str, Arm]]:
        """What is known, by class and route."""
        return {stimulus_class: dict(arms) for stimulus_class, arms in self._known.items()}

    def note(self, lesson: Lesson) -> None:
        """Take note of a lesson."""
        known = self._known.get(lesson.stimulus_class, {})
        self._known[lesson.stimulus_class] = learned(known, [lesson])


class SqlExperience(Regularly):
    """What was learnt, in a table. Enter it to have lessons written each second.

    Processes write one after the other, and each takes up what it finds: together they know what one process
    would know that had made all the requests.
    """

    def __init__(self, database: Database) -> None:
        super().__init__("routes")
        self._database = database
        self._lessons: deque[Lesson] = deque(maxlen=_WAITING)
        self._writing = asyncio.Lock()

    async def all(self) -> dict[StimulusClass, dict[str, Arm]]:
        """What is known, by class and route; lessons of a moment ago included. Raises `StorageTrouble`."""
        await self.flush()
        known: dict[StimulusClass, dict[str, Arm]] = {}
        async with self._database.reading() as connection:
            for row in await connection.execute(sa.select(routes)):
                known.setdefault(row.stimulus_class, {})[row.route] = _arm(row)
        return known

    def note(self, lesson: Lesson) -> None:
        """Take note of a lesson; returns at once, and is written soon."""
        self._lessons.append(lesson)

    async def _save(self) -> None:
        async with self._writing:
            lessons = list(self._lessons)
            self._lessons.clear()
            if not lessons:
                return
            try:
                await self._write(lessons)
            except (StorageTrouble, asyncio.CancelledError):
                self._lessons = deque([*lessons, *self._lessons], maxlen=_WAITING)
                raise

    async def _write(self, lessons: Iterable[Lesson]) -> None:
        by_class: dict[StimulusClass, list[Lesson]] = {}
        for lesson in lessons:
            by_class.setdefault(lesson.stimulus_class, []).append(lesson)
        # In one order everywhere, so that no two processes wait for each other.
        async with self._database.writing() as connection:
            for stimulus_class, taught in sorted(by_class.items()):
                await self._learn(connection, stimulus_class, taught)

    async def _learn(
        self, connection: AsyncConnection, stimulus_class: StimulusClass, lessons: list[Lesson]
    ) -> None:
        """Have the lessons of one class follow upon what is known."""
        before = await self._locked(connection, stimulus_class, {lesson.route for lesson in lessons})
        after = learned(before, lessons)
        row = self._database.insert(routes)
        newer = {name: row.excluded[name] for name in Arm.__struct_fields__}
        written = row.on_conflict_do_update(index_elements=["stimulus_class", "route"], set_=newer)
        await connection.execute(
            written,
            [{"stimulus_class": stimulus_class, "route": name, **asdict(arm)} for name, arm in after.items()],
        )
        if gone := before.keys() - after.keys():
            mine = (routes.c.stimulus_class == stimulus_class) & routes.c.route.in_(gone)
            await connection.execute(sa.delete(routes).where(mine))

    async def _locked(
        self, connection: AsyncConnection, stimulus_class: StimulusClass, names: Iterable[str]
    ) -> dict[str, Arm]:
        """What is known of a class, which nobody else changes until this is written."""
        empty = {"stimulus_class": stimulus_class, **asdict(Arm())}
        # There must be rows to lock; another process may have been faster.
        begun = self._database.insert(routes).on_conflict_do_nothing()
        await connection.execute(begun, [{**empty, "route": name} for name in sorted(names)])
        query = sa.select(routes).where(routes.c.stimulus_class == stimulus_class).order_by(routes.c.route)
        rows = await connection.execute(query.with_for_update())
        return {row.route: _arm(row) for row in rows}


def _arm(row: sa.Row[tuple[object, ...]]) -> Arm:
    return Arm(**{name: row._mapping[name] for name in Arm.__struct_fields__})
