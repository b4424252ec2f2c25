"""Writes to a SQLite file without ceremony: a whole transaction for one change of threads."""

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final, TypeVar

from kissbot.storage.trouble import telling

THREAD: Final = "database"

T = TypeVar("T")


class _Own(threading.local):
    """What belongs to the thread: `sqlite3` lets nobody else touch its connections."""

    connection: sqlite3.Connection | None = None


class Writer:
    """One connection in a thread of its own, both made when they are first needed."""

    def __init__(self, place: str, connect: Callable[[], sqlite3.Connection]) -> None:
        self._place, self._connect = place, connect
        self._thread: ThreadPoolExecutor | None = None
        self._own = _Own()
        # SQLite lets writers of one process wait by sleeping, which is slow and unfair; a queue is neither.
        self.turn: Final = asyncio.Lock()

    async def write(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """What `work` returns, which runs in the thread, in one transaction. Raises `StorageTrouble`.

        Once begun it runs to its end, even if nobody waits for it any more.
        """
        async with self.turn:
            self._thread = self._thread or ThreadPoolExecutor(1, THREAD)
            with telling(self._place):
                loop = asyncio.get_running_loop()
                return await loop.run_in_executor(self._thread, partial(self._transact, work))

    async def close(self) -> None:
        """Let go of the connection when what was begun has ended, even if nobody waits for that any more."""
        thread, self._thread = self._thread, None
        if thread:
            closing = thread.submit(self._let_go)
            thread.shutdown(wait=False)
            await asyncio.shield(asyncio.wrap_future(closing))

    def _transact(self, work: Callable[[sqlite3.Connection], T]) -> T:
        connection = self._own.connection = self._own.connection or self._connect()
        try:
            connection.execute("BEGIN IMMEDIATE")
            result = work(connection)
            connection.execute("COMMIT")
        except BaseException:
            self._let_go()  # rolls back, whatever went wrong
            raise
        return result

    def _let_go(self) -> None:
        connection, self._own.connection = self._own.connection, None
        if connection:
            connection.close()
