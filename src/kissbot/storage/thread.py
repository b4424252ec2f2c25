"""A SQLite file without ceremony: one change of threads for whatever is to be done with it."""

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

from kissbot.storage.trouble import telling

T = TypeVar("T")


class _Own(threading.local):
    """What belongs to the thread: `sqlite3` lets nobody else touch its connections."""

    connection: sqlite3.Connection | None = None


class OwnThread:
    """One connection in a thread of its own, both made when they are first needed."""

    def __init__(self, name: str, place: str, connect: Callable[[], sqlite3.Connection]) -> None:
        self._name, self._place, self._connect = name, place, connect
        self._thread: ThreadPoolExecutor | None = None
        self._own = _Own()

    async def _do(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """What `work` returns, which runs in the thread. Raises `StorageTrouble`.

        Once begun it runs to its end, even if nobody waits for it any more. After an error the connection is
        made anew.
        """
        self._thread = self._thread or ThreadPoolExecutor(1, self._name)
        with telling(self._place):
            return await asyncio.get_running_loop().run_in_executor(self._thread, partial(self._run, work))

    async def close(self) -> None:
        """Let go of the connection when what was begun has ended, even if nobody waits for that any more."""
        thread, self._thread = self._thread, None
        if thread:
            closing = thread.submit(self._let_go)
            thread.shutdown(wait=False)
            await asyncio.shield(asyncio.wrap_future(closing))

    def _run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        connection = self._own.connection = self._own.connection or self._connect()
        try:
            return work(connection)
        except BaseException:
            self._let_go()  # rolls back, whatever went wrong
            raise

    def _let_go(self) -> None:
        connection, self._own.connection = self._own.connection, None
        if connection:
            connection.close()
