"""Reads from a SQLite file without ceremony: one statement for one change of threads."""

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final, TypeVar

from kissbot.storage.trouble import telling

THREAD: Final = "database-reads"

T = TypeVar("T")


class Reader:
    """One connection in a thread of its own, both made when they are first needed."""

    def __init__(self, place: str, connect: Callable[[], sqlite3.Connection]) -> None:
        self._place, self._connect = place, connect
        self._thread: ThreadPoolExecutor | None = None
        self._connection: sqlite3.Connection | None = None
        """Only the thread touches it."""

    async def read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """What `work` returns, which runs in the thread: one statement that changes nothing.

        It sees everything that was committed before. Raises `StorageTrouble`.
        """
        self._thread = self._thread or ThreadPoolExecutor(1, THREAD)
        with telling(self._place):
            return await asyncio.get_running_loop().run_in_executor(self._thread, partial(self._run, work))

    async def close(self) -> None:
        """Let go of the connection."""
        thread, self._thread = self._thread, None
        if thread:
            closing = thread.submit(self._let_go)
            thread.shutdown(wait=False)
            await asyncio.shield(asyncio.wrap_future(closing))

    def _run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        self._connection = self._connection or self._connect()
        try:
            return work(self._connection)
        except BaseException:
            self._let_go()  # whatever went wrong, the next one begins anew
            raise

    def _let_go(self) -> None:
        connection, self._connection = self._connection, None
        if connection:
            connection.close()
