"""Copies every row of one database into another, whatever kinds they are, and tells whether two are equal."""

from collections.abc import AsyncIterator, Collection, Sequence
from hashlib import sha256
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from kissbot.storage.engine import Database
from kissbot.storage.tables import metadata

TABLES: Final = tuple(table for table in metadata.sorted_tables if not table.info)
"""All but those that can be made again from a file."""

BATCH: Final = 250
"""Rows at a time: few enough for a running bot not to notice."""

_WHOLE: Final = 1 << 256


class Digest(Struct):
    """What is in one table: how many rows, and a number that any other row would change."""

    rows: int = 0
    number: int = 0
    """The sum of the rows' hashes: their order does not matter."""

    def add(self, row: sa.Row[Any]) -> None:
        """Count a row in."""
        self.rows += 1
        hashed = int.from_bytes(sha256(msgspec.msgpack.encode(tuple(row))).digest(), "big")
        self.number = (self.number + hashed) % _WHOLE


Digests = dict[str, Digest]
"""By table."""


async def copy(source: Database, target: Database, *, without: Collection[sa.Table] = ()) -> Digests:
    """Replace everything in `target` by what `source` holds at this moment; what that is.

    One transaction on both sides: others may write to the source all the while, and the target has all or
    nothing of it. Both have the newest tables. `without`: these stay empty. Raises `StorageTrouble`.
    """
    digests = {}
    async with source.reading() as reading, target.writing(durable=True) as writing:
        for table in reversed(TABLES):
            await writing.execute(table.delete())
        for table in TABLES:
            if table in without:
                digests[table.name] = Digest()
            else:
                digests[table.name] = await _copy(table, reading, writing)
            await _count_on(table, writing)
    return digests


async def digests(database: Database) -> Digests:
    """What is in a database at this moment. Raises `StorageTrouble`."""
    async with database.reading() as reading:
        return {table.name: await _digest(table, reading) for table in TABLES}


async def equal(one: Database, other: Database) -> bool:
    """Whether both hold the same rows. Raises `StorageTrouble`."""
    return await digests(one) == await digests(other)


async def _copy(table: sa.Table, reading: AsyncConnection, writing: AsyncConnection) -> Digest:
    digest = Digest()
    async for batch in _batches(table, reading, digest):
        await writing.execute(table.insert(), [dict(row._mapping) for row in batch])
    return digest


async def _digest(table: sa.Table, reading: AsyncConnection) -> Digest:
    digest = Digest()
    async for _ in _batches(table, reading, digest):
        pass
    return digest


async def _batches(
    table: sa.Table, reading: AsyncConnection, digest: Digest
) -> AsyncIterator[Sequence[sa.Row[Any]]]:
    """The rows of a table, each of them counted into `digest`."""
    async with reading.stream(sa.select(table)) as rows:
        async for batch in rows.partitions(BATCH):
            for row in batch:
                digest.add(row)
            yield batch


async def _count_on(table: sa.Table, writing: AsyncConnection) -> None:
    """Let PostgreSQL number the next row after those that came with numbers; SQLite does by itself."""
    column = table.autoincrement_column
    if column is None or writing.dialect.name == "sqlite":
        return
    sequence = sa.func.pg_get_serial_sequence(table.name, column.name)
    newest = sa.select(sa.func.coalesce(sa.func.max(column), 0) + 1).scalar_subquery()
    await writing.execute(sa.select(sa.func.setval(sequence, newest, sa.false())))
