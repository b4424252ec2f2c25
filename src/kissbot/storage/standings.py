"""What the bot's account was in each channel when last seen: for every process, and the next start."""

import asyncio

import sqlalchemy as sa

from kissbot.chat.messages import Rank
from kissbot.chat.ports import Clock
from kissbot.storage.batches import Regularly
from kissbot.storage.engine import Database
from kissbot.storage.tables import standings
from kissbot.storage.trouble import StorageTrouble


class MemoryStandings:
    """Standings in a dictionary."""

    def __init__(self) -> None:
        self._ranks: dict[str, Rank] = {}

    async def all(self) -> dict[str, Rank]:
        """What is known, by channel id."""
        return dict(self._ranks)

    def note(self, channel_id: str, rank: Rank) -> None:
        """Take note of what the account is in a channel."""
        self._ranks[channel_id] = rank


class SqlStandings(Regularly):
    """Standings in a table. Enter it to have what is noted written each second."""

    def __init__(self, database: Database, clock: Clock) -> None:
        super().__init__("standings")
        self._database, self._clock = database, clock
        self._noted: dict[str, dict[str, object]] = {}
        self._writing = asyncio.Lock()

    async def all(self) -> dict[str, Rank]:
        """What is known, by channel id; what was noted a moment ago included. Raises `StorageTrouble`."""
        await self.flush()
        async with self._database.reading() as connection:
            rows = await connection.execute(sa.select(standings.c.channel_id, standings.c.rank))
        return {channel_id: Rank(rank) for channel_id, rank in rows}

    def note(self, channel_id: str, rank: Rank) -> None:
        """Take note of what the account is in a channel; returns at once, and is written soon."""
        row = {"channel_id": channel_id, "rank": int(rank), "at": self._clock.time()}
        self._noted[channel_id] = row

    async def _save(self) -> None:
        async with self._writing:
            noted, self._noted = self._noted, {}
            if not noted:
                return
            try:
                await self._write(noted)
            except (StorageTrouble, asyncio.CancelledError):
                self._noted = {**noted, **self._noted}
                raise

    async def _write(self, noted: dict[str, dict[str, object]]) -> None:
        row = self._database.insert(standings)
        newer = {"rank": row.excluded.rank, "at": row.excluded.at}
        # In one order everywhere, so that no two processes wait for each other.
        rows = [noted[channel_id] for channel_id in sorted(noted)]
        async with self._database.writing() as connection:
            await connection.execute(
                row.on_conflict_do_update(index_elements=["channel_id"], set_=newer), rows
            )
