"""Quick writes to a SQLite file: a whole transaction for one change of threads."""

import asyncio
import sqlite3
from collections.abc import Callable
from functools import partial
from typing import Final, TypeVar

from kissbot.storage.thread import OwnThread

THREAD: Final = "database"

T = TypeVar("T")


class Writer(OwnThread):
    """Writes one transaction at a time."""

    def __init__(self, place: str, connect: Callable[[], sqlite3.Connection]) -> None:
        super().__init__(THREAD, place, connect)
        # SQLite lets writers of one process wait by sleeping, which is slow and unfair; a queue is neither.
        self.turn: Final = asyncio.Lock()

    async def write(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """What `work` returns, which runs in the thread, in one transaction. Raises `StorageTrouble`.

        Once begun it runs to its end, even if nobody waits for it any more.
        """
        async with self.turn:
            return await self._do(partial(_transact, work))


def _transact(work: Callable[[sqlite3.Connection], T], connection: sqlite3.Connection) -> T:
    connection.execute("BEGIN IMMEDIATE")
    result = work(connection)
    connection.execute("COMMIT")
    return result
