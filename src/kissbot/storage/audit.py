"""Who changed what, in the database."""

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from kissbot.chat.audit import Actor, Record
from kissbot.chat.ports import Clock
from kissbot.storage.engine import Database
from kissbot.storage.tables import audit_log


class SqlAudit:
    """The table `audit_log`."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock

    async def note(
        self, by: Actor, what: str, *, channel: str = "", before: str = "", after: str = ""
    ) -> None:
        """Write a change down, now."""
        record = Record(self._clock.time(), by, channel, what, before, after)
        async with self._database.writing() as connection:
            await write(connection, record)

    async def latest(self, channel: str = "", limit: int = 50) -> list[Record]:
        """The latest changes, newest first: of one channel, or of all there is."""
        newest = sa.select(audit_log).order_by(audit_log.c.id.desc()).limit(limit)
        if channel:
            newest = newest.where(audit_log.c.channel == channel)
        async with self._database.reading() as connection:
            rows = (await connection.execute(newest)).all()
        return [
            Record(
                row.at, Actor(row.origin, row.who_id, row.who), row.channel, row.what, row.before, row.after
            )
            for row in rows
        ]


async def write(connection: AsyncConnection, record: Record) -> None:
    """Write a change down in the transaction that makes it."""
    await connection.execute(
        audit_log.insert().values(
            at=record.at,
            origin=record.by.origin,
            who_id=record.by.id,
            who=record.by.name,
            channel=record.channel,
            what=record.what,
            before=record.before,
            after=record.after,
        )
    )
