"""Leases and facts in the database: they hold for every process, and survive a restart."""

import sqlalchemy as sa

from kissbot.chat.leases import Lease
from kissbot.chat.ports import Clock
from kissbot.storage.engine import Database
from kissbot.storage.tables import hub_state

_TAKE = sa.text(
    "INSERT INTO hub_state (key, number, value, at) VALUES (:key, :mark, :holder, :until) "
    "ON CONFLICT (key) DO UPDATE SET number = excluded.number, value = excluded.value, at = excluded.at "
    "WHERE hub_state.value = excluded.value OR hub_state.at <= :now RETURNING key"
)


class SqlLeases:
    """Rows of `hub_state`: the holder is the value, the end its time. All methods raise `StorageTrouble`."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock

    async def take(self, name: str, holder: str, seconds: float, mark: int = 0) -> bool:
        """Have a lease from now on, or have it longer; False when somebody else has it."""
        now = self._clock.time()
        values = {"key": name, "holder": holder, "mark": mark, "until": now + seconds, "now": now}
        async with self._database.writing() as connection:
            return (await connection.execute(_TAKE, values)).first() is not None

    async def give(self, name: str, holder: str) -> None:
        """Give a lease back."""
        mine = (hub_state.c.key == name) & (hub_state.c.value == holder)
        async with self._database.writing() as connection:
            await connection.execute(sa.delete(hub_state).where(mine))

    async def held(self, prefix: str) -> dict[str, Lease]:
        """The leases that somebody has; those that ended are removed by and by."""
        query = sa.select(hub_state.c.key, hub_state.c.value, hub_state.c.at, hub_state.c.number).where(
            hub_state.c.key.startswith(prefix, autoescape=True), hub_state.c.at > self._clock.time()
        )
        async with self._database.reading() as connection:
            rows = (await connection.execute(query)).all()
        return {key.removeprefix(prefix): Lease(*lease) for key, *lease in rows}

    async def fact(self, name: str) -> str:
        """What was written under a name."""
        async with self._database.reading() as connection:
            found = await connection.scalar(sa.select(hub_state.c.value).where(hub_state.c.key == name))
        return found or ""

    async def write(self, name: str, value: str) -> None:
        """Write a fact."""
        row = {"key": name, "value": value, "at": self._clock.time()}
        insert = self._database.insert(hub_state).values(row)
        newer = insert.on_conflict_do_update(index_elements=["key"], set_={"value": value, "at": row["at"]})
        async with self._database.writing() as connection:
            await connection.execute(newer)
