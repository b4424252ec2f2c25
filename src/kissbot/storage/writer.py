"""Writing to a SQLite file without ceremony: a whole transaction for one change of threads."""

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final, TypeVar

from kissbot.storage.trouble import telling

THREAD: Final = "database"

T = TypeVar("T")


class Writer:
    """One connection in a thread of its own, both made when they are needed first."""

    def __init__(self, place: str, connect: Callable[[], sqlite3.Connection]) -> None:
        self._place, self._connect = place, connect
        self._thread = ThreadPoolExecutor(1, THREAD)
        self._connection: sqlite3.Connection | None = None
        self.turn: Final = asyncio.Lock()
        """SQLite lets writers of one process wait by sleeping, which is slow and unfair; a queue is neither."""

    async def write(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """What `work` returns, which runs in the thread and in one transaction. Raises `StorageTrouble`.

        Once begun it runs to its end, even if nobody waits for it any more.
        """
        async with self.turn:
            with telling(self._place):
                loop = asyncio.get_running_loop()
                return await loop.run_in_executor(self._thread, partial(self._transact, work))

    async def close(self) -> None:
        """Let go of the connection after what was begun; whoever is cancelled here leaves nothing open."""
        closing = self._thread.submit(self._let_go)
        self._thread.shutdown(wait=False)
        await asyncio.shield(asyncio.wrap_future(closing))

    def _transact(self, work: Callable[[sqlite3.Connection], T]) -> T:
        if self._connection is None:
            self._connection = self._connect()
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            result = work(self._connection)
            self._connection.execute("COMMIT")
        except BaseException:
            self._let_go()  # which rolls back, whatever state the connection is in
            raise
        return result

    def _let_go(self) -> None:
        connection, self._connection = self._connection, None
        if connection:
            connection.close()
