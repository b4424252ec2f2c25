"""What was asked of models in each hour: the numbers of all processes, added up."""

import asyncio
from collections.abc import Iterable
from typing import Final

import sqlalchemy as sa
from msgspec.structs import asdict

from kissbot.knowledge.answers.budget import Spending, together
from kissbot.storage.batches import Regularly
from kissbot.storage.engine import Database
from kissbot.storage.tables import spendings
from kissbot.storage.trouble import StorageTrouble

_KEY: Final = ("channel_id", "viewer_id", "hour")
_Key = tuple[str, str, int]


class MemorySpendings:
    """Spendings in a dictionary."""

    def __init__(self) -> None:
        self._spent: dict[_Key, Spending] = {}

    async def since(self, hour: int) -> list[Spending]:
        """What was spent in this hour and later."""
        return [spent for spent in self._spent.values() if spent.hour >= hour]

    def note(self, spent: Spending) -> None:
        """Add this to what is kept."""
        _add(self._spent, [spent])


class SqlSpendings(Regularly):
    """Spendings in a table. Enter it to have what is noted written each second."""

    def __init__(self, database: Database) -> None:
        super().__init__("spendings")
        self._database = database
        self._noted: dict[_Key, Spending] = {}
        self._writing = asyncio.Lock()

    async def since(self, hour: int) -> list[Spending]:
        """What was spent in this hour and later; what was noted a moment ago included.

        Raises `StorageTrouble`.
        """
        await self.flush()
        async with self._database.reading() as connection:
            rows = await connection.execute(sa.select(spendings).where(spendings.c.hour >= hour))
        return [Spending(**row._mapping) for row in rows]

    def note(self, spent: Spending) -> None:
        """Add this to what is kept; returns at once, and is written soon."""
        _add(self._noted, [spent])

    async def _save(self) -> None:
        async with self._writing:
            noted, self._noted = self._noted, {}
            if not noted:
                return
            try:
                await self._write(noted)
            except (StorageTrouble, asyncio.CancelledError):
                _add(self._noted, noted.values())
                raise

    async def _write(self, noted: dict[_Key, Spending]) -> None:
        row = self._database.insert(spendings)
        sums = {name: spendings.c[name] + row.excluded[name] for name in ("requests", "tokens")}
        # In one order everywhere, so that no two processes wait for each other.
        rows = [asdict(noted[key]) for key in sorted(noted)]
        async with self._database.writing() as connection:
            await connection.execute(row.on_conflict_do_update(index_elements=_KEY, set_=sums), rows)


def _add(spent: dict[_Key, Spending], more: Iterable[Spending]) -> None:
    for each in more:
        key = each.channel_id, each.viewer_id, each.hour
        spent[key] = together(spent[key], each) if key in spent else each
