"""Ledgers in the database: what an account said lately, changed by one process after the other."""

import sqlite3
from collections.abc import Callable
from functools import partial
from typing import Final, TypeVar

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from kissbot.chat.ports import Clock
from kissbot.storage.engine import Database
from kissbot.storage.tables import ledgers

T = TypeVar("T")

Change = Callable[[bytes | None], tuple[bytes, T]]
"""From what is kept (None: nothing) to what is to be kept, and what it returns besides."""

_READ: Final = "SELECT content FROM ledgers WHERE account = ?"
_WRITE: Final = "INSERT OR REPLACE INTO ledgers (account, content, changed_at) VALUES (?, ?, ?)"


class MemoryLedgers:
    """Ledgers in a dictionary; one event loop makes changes follow each other."""

    def __init__(self) -> None:
        self._contents: dict[str, bytes] = {}

    async def update(self, account: str, change: Callable[[bytes | None], tuple[bytes, T]]) -> T:
        """Replace what is kept by what `change` makes of it."""
        self._contents[account], result = change(self._contents.get(account) or None)
        return result


class SqlLedgers:
    """Ledgers in a table. Raises `StorageTrouble`."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock

    async def update(self, account: str, change: Callable[[bytes | None], tuple[bytes, T]]) -> T:
        """Replace what is kept by what `change` makes of it, which may run in another thread."""
        if writer := self._database.writer:
            return await writer.write(partial(self._in_file, account, change))
        async with self._database.writing() as connection:
            return await self._on_server(connection, account, change)

    def _in_file(self, account: str, change: Change[T], connection: sqlite3.Connection) -> T:
        row = connection.execute(_READ, (account,)).fetchone()
        before = row[0] if row else None
        after, result = change(before)
        if after != (before or b""):
            connection.execute(_WRITE, (account, after, self._clock.time()))
        return result

    async def _on_server(self, connection: AsyncConnection, account: str, change: Change[T]) -> T:
        mine = ledgers.c.account == account
        before = await connection.scalar(sa.select(ledgers.c.content).where(mine).with_for_update())
        if before is None:
            before = await self._begun(connection, account)
        after, result = change(before or None)
        if after != before:
            values = {"content": after, "changed_at": self._clock.time()}
            await connection.execute(sa.update(ledgers).where(mine).values(values))
        return result

    async def _begun(self, connection: AsyncConnection, account: str) -> bytes:
        """Make a row, to have something to lock; another process may have been faster."""
        row = {"account": account, "content": b"", "changed_at": self._clock.time()}
        await connection.execute(self._database.insert(ledgers).values(row).on_conflict_do_nothing())
        query = sa.select(ledgers.c.content).where(ledgers.c.account == account).with_for_update()
        return bytes((await connection.scalars(query)).one())
