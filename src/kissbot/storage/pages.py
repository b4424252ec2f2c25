"""What the bot looked up elsewhere, kept for every process and the next start."""

import asyncio

import sqlalchemy as sa

from kissbot.storage.batches import Regularly
from kissbot.storage.engine import Database
from kissbot.storage.tables import pages
from kissbot.storage.trouble import StorageTrouble


class MemoryPages:
    """Pages for as long as the process lives."""

    def __init__(self) -> None:
        self._pages: dict[str, tuple[bytes, float]] = {}

    async def get(self, key: str) -> tuple[bytes, float] | None:
        """What is kept."""
        return self._pages.get(key)

    def put(self, key: str, content: bytes, fresh_until: float) -> None:
        """Keep this."""
        self._pages[key] = content, fresh_until

    async def count(self) -> int:
        """How many there are."""
        return len(self._pages)


class SqlPages(Regularly):
    """Pages in a table. Enter it to have what is put written each second."""

    def __init__(self, database: Database) -> None:
        super().__init__("pages")
        self._database = database
        self._waiting: dict[str, dict[str, object]] = {}
        self._writing = asyncio.Lock()

    async def get(self, key: str) -> tuple[bytes, float] | None:
        """What is kept, fresh or not; what was put a moment ago included. Raises `StorageTrouble`."""
        if key in self._waiting:
            await self.flush()
        query = sa.select(pages.c.content, pages.c.fresh_until).where(pages.c.key == key)
        async with self._database.reading() as connection:
            row = (await connection.execute(query)).first()
        return (bytes(row.content), row.fresh_until) if row else None

    def put(self, key: str, content: bytes, fresh_until: float) -> None:
        """Keep this instead of what was there; returns at once, and is written soon."""
        self._waiting[key] = {"key": key, "content": content, "fresh_until": fresh_until}

    async def count(self) -> int:
        """How many there are. Raises `StorageTrouble`."""
        await self.flush()
        async with self._database.reading() as connection:
            return await connection.scalar(sa.select(sa.func.count()).select_from(pages)) or 0

    async def _save(self) -> None:
        async with self._writing:
            waiting, self._waiting = self._waiting, {}
            if not waiting:
                return
            try:
                await self._write(waiting)
            except (StorageTrouble, asyncio.CancelledError):
                self._waiting = {**waiting, **self._waiting}
                raise

    async def _write(self, waiting: dict[str, dict[str, object]]) -> None:
        row = self._database.insert(pages)
        newer = {"content": row.excluded.content, "fresh_until": row.excluded.fresh_until}
        # In one order everywhere, so that no two processes wait for each other.
        rows = [waiting[key] for key in sorted(waiting)]
        async with self._database.writing() as connection:
            await connection.execute(row.on_conflict_do_update(index_elements=["key"], set_=newer), rows)
