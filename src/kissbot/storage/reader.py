"""Quick reads of a SQLite file, for what is asked all the time."""

import sqlite3
from collections.abc import Callable
from typing import TypeVar

from kissbot.storage.thread import OwnThread

T = TypeVar("T")


class Reader(OwnThread):
    """Reads one statement at a time."""

    def __init__(self, place: str, connect: Callable[[], sqlite3.Connection]) -> None:
        super().__init__("database-reads", place, connect)

    async def read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """What `work` returns, which runs in the thread: one statement that changes nothing.

        It sees everything that was committed before. Raises `StorageTrouble`.
        """
        return await self._do(work)
