"""Notes in the database: claims that hold for every process, and survive a restart."""

import asyncio
import sqlite3
from collections.abc import Collection, Sequence
from functools import lru_cache, partial
from typing import Final

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from kissbot.chat.ports import Clock
from kissbot.chat.tasks import Tasks
from kissbot.storage.engine import Database
from kissbot.storage.tables import notes

SWEEP_EVERY: Final = 1000
"""Claims between two removals of what has expired."""

_AT_ONCE: Final = 500


class _Wish(Struct, eq=False):
    key: str
    seconds: float
    """To be claimed for; less than zero: to be released."""
    left: asyncio.Future[float]


class SqlNotes:
    """Claims in a table. Those that come in while a transaction runs go together into the next one."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock
        self._waiting: list[_Wish] = []
        self._tasks = Tasks()
        self._at_work = False
        self._claims_since_sweep = 0

    async def claim(self, key: str, seconds: float) -> float:
        """Take `key` for `seconds`, if nobody holds it: 0 when it is yours now, else the seconds left."""
        return await self._wish(key, max(seconds, 0))

    async def release(self, key: str) -> None:
        """Give a claim back before its time; unknown keys are nothing to worry about."""
        await self._wish(key, -1)

    async def peek(self, key: str) -> float:
        """How many seconds `key` is still held; 0 when it is free. Claims nothing."""
        async with self._database.reading() as connection:
            until = await connection.scalar(sa.select(notes.c.until).where(notes.c.key == key))
        return max(0.0, (until or 0) - self._clock.time())

    async def forget(self, viewer_id: str) -> int:
        """Release every key that has the viewer's id as a part between colons; how many that were."""
        async with self._database.writing() as connection:
            return (await connection.execute(sa.delete(notes).where(names(viewer_id)))).rowcount

    async def _wish(self, key: str, seconds: float) -> float:
        wish = _Wish(key, seconds, asyncio.get_running_loop().create_future())
        self._waiting.append(wish)
        if not self._at_work:
            self._at_work = True
            self._tasks.start(self._work(), "notes")
        return await wish.left

    async def _work(self) -> None:
        """Ends when nothing waits any more; nobody's claim is lost when somebody else is cancelled."""
        try:
            while self._waiting:
                await asyncio.sleep(0)  # for those who are about to ask, often because of the last answers
                batch = [wish for wish in self._waiting[:_AT_ONCE] if not wish.left.done()]
                del self._waiting[:_AT_ONCE]
                await self._settle(batch)
        finally:
            self._at_work = False

    async def _settle(self, batch: Sequence[_Wish]) -> None:
        try:
            lefts = await self._decide(batch) if batch else ()
        except Exception as error:
            for wish in batch:
                if not wish.left.done():
                    wish.left.set_exception(error)
        else:
            for wish, left in zip(batch, lefts, strict=True):
                if not wish.left.done():
                    wish.left.set_result(left)

    async def _decide(self, batch: Sequence[_Wish]) -> Sequence[float]:
        """The seconds left for each wish."""
        now, is_due = self._clock.time(), self._is_sweep_due(batch)
        if writer := self._database.writer:
            return await writer.write(partial(_decide_in_file, batch, now, is_due))
        return await self._decide_on_server(batch, now, is_due)

    def _is_sweep_due(self, batch: Sequence[_Wish]) -> bool:
        self._claims_since_sweep += sum(wish.seconds >= 0 for wish in batch)
        if self._claims_since_sweep < SWEEP_EVERY:
            return False
        self._claims_since_sweep = 0
        return True

    async def _decide_on_server(self, batch: Sequence[_Wish], now: float, is_due: bool) -> Sequence[float]:
        claims: dict[str, float] = {}
        for wish in batch:
            if wish.seconds >= 0:
                claims.setdefault(wish.key, now + wish.seconds)
        released = [wish.key for wish in batch if wish.seconds < 0]
        if released:  # in a transaction of its own, so that no two processes wait for each other
            async with self._database.writing() as connection:
                await _give_back(connection, released)
        if not claims:
            return [0.0] * len(batch)
        async with self._database.writing() as connection:
            won = await _take(connection, claims, now)
            lost = [wish.key for wish in batch if wish.seconds >= 0 and wish.key not in won]
            until = await _until(connection, lost) if lost else {}
            if is_due:
                await sweep(connection, now)
        return _lefts(batch, won, {**claims, **until}, now)


async def sweep(connection: AsyncConnection, now: float) -> int:
    """Remove what has expired, passing over what somebody claims at this moment; how many rows it were."""
    expired = sa.select(notes.c.key).where(notes.c.until <= now).with_for_update(skip_locked=True)
    return (await connection.execute(sa.delete(notes).where(notes.c.key.in_(expired)))).rowcount


def names(viewer_id: str) -> sa.ColumnElement[bool]:
    """Of keys that have the viewer's id as a part between colons."""
    return (sa.literal(":") + notes.c.key + ":").contains(f":{viewer_id}:", autoescape=True)


async def _give_back(connection: AsyncConnection, keys: list[str]) -> None:
    mine = sa.select(notes.c.key).where(notes.c.key.in_(keys)).order_by(notes.c.key).with_for_update()
    await connection.execute(sa.delete(notes).where(notes.c.key.in_(mine)))


async def _take(connection: AsyncConnection, claims: dict[str, float], now: float) -> set[str]:
    """The keys of those claims that are granted."""
    # In one order everywhere, so that no two processes wait for each other.
    rows = sorted(claims.items())
    values: dict[str, object] = {"now": now}
    for number, (key, until) in enumerate(rows):
        values |= {f"key{number}": key, f"until{number}": until}
    return set((await connection.execute(_claiming(len(rows)), values)).scalars())


async def _until(connection: AsyncConnection, keys: list[str]) -> dict[str, float]:
    """Until when others hold those keys."""
    rows = await connection.execute(sa.select(notes.c.key, notes.c.until).where(notes.c.key.in_(keys)))
    return {row.key: row.until for row in rows}


@lru_cache(_AT_ONCE)
def _claiming(count: int) -> sa.TextClause:
    """Written by hand: SQLAlchemy would compile an insert of many rows anew each time."""
    rows = ", ".join(f"(:key{number}, :until{number})" for number in range(count))
    return sa.text(
        f"INSERT INTO notes (key, until) VALUES {rows} ON CONFLICT (key) DO UPDATE "  # noqa: S608 - numbers only
        "SET until = excluded.until WHERE notes.until <= :now RETURNING key"
    )


def _lefts(batch: Sequence[_Wish], won: set[str], until: dict[str, float], now: float) -> list[float]:
    """Of several who wanted one key, the first has it."""
    lefts = []
    for wish in batch:
        if wish.seconds < 0:
            lefts.append(0.0)
        elif wish.key in won:
            won.remove(wish.key)
            lefts.append(0.0)
        else:
            lefts.append(max(until[wish.key] - now, 1e-6))
    return lefts


def _decide_in_file(
    batch: Sequence[_Wish], now: float, is_due: bool, connection: sqlite3.Connection
) -> list[float]:
    """Nobody else writes meanwhile, so that a few statements do for the whole batch."""
    before = _held(connection, {wish.key for wish in batch}, now)
    after = before.copy()
    lefts = [_grant(after, wish, now) for wish in batch]
    _write(connection, dict(after.items() - before.items()))
    _remove(connection, before.keys() - after.keys())
    if is_due:
        connection.execute("DELETE FROM notes WHERE until <= ?", (now,))
    return lefts


def _grant(held: dict[str, float], wish: _Wish, now: float) -> float:
    if wish.seconds < 0:
        held.pop(wish.key, None)
        return 0
    left = held.get(wish.key, now) - now
    if left <= 0:
        held[wish.key] = now + wish.seconds
    return max(left, 0)


def _held(connection: sqlite3.Connection, keys: Collection[str], now: float) -> dict[str, float]:
    marks = _times(len(keys), "?")
    sql = f"SELECT key, until FROM notes WHERE key IN ({marks}) AND until > ?"  # noqa: S608 - question marks only
    return dict(connection.execute(sql, (*keys, now)).fetchall())


def _write(connection: sqlite3.Connection, claims: dict[str, float]) -> None:
    if claims:
        marks = _times(len(claims), "(?, ?)")
        sql = f"INSERT OR REPLACE INTO notes (key, until) VALUES {marks}"  # noqa: S608 - question marks only
        connection.execute(sql, [value for claim in claims.items() for value in claim])


def _remove(connection: sqlite3.Connection, keys: Collection[str]) -> None:
    if keys:
        sql = f"DELETE FROM notes WHERE key IN ({_times(len(keys), '?')})"  # noqa: S608 - question marks only
        connection.execute(sql, tuple(keys))


def _times(count: int, mark: str) -> str:
    return ", ".join([mark] * count)
