"""The latest stream of each channel, in the database: noted, and announced by one process only."""

from collections.abc import Callable, Collection, Iterator
from typing import Final

import sqlalchemy as sa
from msgspec.structs import asdict
from sqlalchemy.ext.asyncio import AsyncConnection

from kissbot.chat.airing import LEASE, STAYS_NEWS, Airing, Take, begun, ended, settled, taken
from kissbot.chat.happenings import StreamOffline, StreamOnline
from kissbot.chat.ports import Clock
from kissbot.storage.engine import Database
from kissbot.storage.tables import streams

BATCH: Final = 500

_COLUMNS: Final = [streams.c[name] for name in Airing.__struct_fields__]


class SqlStreams:
    """The table `streams`. Every method raises `StorageTrouble`."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock
        self._mine: set[str] = set()
        """Channels whose stream this process is announcing."""

    async def begin(self, online: StreamOnline) -> Take | None:
        """Note that a stream runs; a `Take` when it is to be announced, and nobody else is about to."""
        now = self._clock.time()
        async with self._database.writing() as connection:
            await self._make(connection, online.channel.id)
            kept = await _kept(connection, online.channel.id)
            airing = begun(kept, online, now)
            due = airing.stream_id == online.stream_id and airing.is_due(now)
            await _keep(connection, taken(airing, now) if due else airing)
        if not due:
            return None
        self._mine.add(airing.channel_id)
        again = kept is not None and kept.stream_id == airing.stream_id
        return Take(airing.began_at + STAYS_NEWS - now, again)

    async def end(self, offline: StreamOffline) -> bool:
        """Note that a stream has ended; whether that was not known."""
        return await self._change(offline.channel.id, lambda kept: ended(kept, offline, self._clock.time()))

    async def settle(self, online: StreamOnline, *, done: bool) -> None:
        """What was taken is announced, or given back."""
        self._mine.discard(online.channel.id)
        now = self._clock.time()
        await self._change(online.channel.id, lambda kept: settled(kept, online, now, done=done))

    async def running(self) -> dict[str, Airing]:
        """Every stream that is not known to have ended, by its channel's id."""
        query = sa.select(*_COLUMNS).where(streams.c.ended_at.is_(None), streams.c.stream_id != "")
        async with self._database.reading() as connection:
            rows = (await connection.execute(query)).all()
        return {row.channel_id: Airing(**row._mapping) for row in rows}

    async def seen(self, channel_ids: Collection[str]) -> None:
        """These run still; and this process is still about to announce what it has taken."""
        if not channel_ids and not self._mine:
            return
        now = self._clock.time()
        run = {"seen_at": now}, streams.c.ended_at.is_(None), channel_ids
        take = {"taken_until": now + LEASE}, streams.c.taken_until > 0, self._mine
        async with self._database.writing() as connection:
            for values, condition, ids in (run, take):
                for batch in _batches(ids):
                    these = streams.c.channel_id.in_(batch)
                    await connection.execute(sa.update(streams).where(these, condition).values(values))

    async def _make(self, connection: AsyncConnection, channel_id: str) -> None:
        """A row to lock."""
        empty = Airing(channel_id=channel_id, stream_id="", began_at=0, seen_at=0)
        row = self._database.insert(streams).values(asdict(empty))
        await connection.execute(row.on_conflict_do_nothing())

    async def _change(self, channel_id: str, change: Callable[[Airing], Airing | None]) -> bool:
        async with self._database.writing() as connection:
            kept = await _kept(connection, channel_id)
            changed = change(kept) if kept else None
            if changed is None or changed == kept:
                return False
            await _keep(connection, changed)
            return True


async def _kept(connection: AsyncConnection, channel_id: str) -> Airing | None:
    """Locked until the end of the transaction."""
    query = sa.select(*_COLUMNS).where(streams.c.channel_id == channel_id).with_for_update()
    row = (await connection.execute(query)).one_or_none()
    return Airing(**row._mapping) if row and row.stream_id else None


async def _keep(connection: AsyncConnection, airing: Airing) -> None:
    these = streams.c.channel_id == airing.channel_id
    await connection.execute(sa.update(streams).where(these).values(asdict(airing)))


def _batches(ids: Collection[str]) -> Iterator[list[str]]:
    ordered = sorted(ids)  # in one order everywhere, so that no two processes wait for each other
    return (ordered[start : start + BATCH] for start in range(0, len(ordered), BATCH))
