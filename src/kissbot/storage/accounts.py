"""The accounts that the bot serves, by their ids: what a channel is called now, and which channel that is."""

from collections.abc import Iterable

import sqlalchemy as sa

from kissbot.chat.messages import Channel
from kissbot.chat.ports import Clock
from kissbot.storage.engine import Database
from kissbot.storage.tables import users


class Accounts:
    """The table `users`. Every method raises `StorageTrouble`."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock

    async def remember(self, channels: Iterable[Channel]) -> None:
        """Keep what these channels are called."""
        now = self._clock.time()
        rows = [{"id": channel.id, "login": channel.login, "seen_at": now} for channel in channels]
        if not rows:
            return
        row = self._database.insert(users)
        newer = {"login": row.excluded.login, "seen_at": row.excluded.seen_at}
        async with self._database.writing() as connection:
            await connection.execute(row.on_conflict_do_update(index_elements=["id"], set_=newer), rows)

    async def find(self, login: str) -> Channel | None:
        """Who is called so, or was the last to be."""
        query = sa.select(users.c.id).where(users.c.login == login).order_by(users.c.seen_at.desc()).limit(1)
        async with self._database.reading() as connection:
            found = await connection.scalar(query)
        return Channel(found, login) if found else None

    async def names(self) -> dict[str, str]:
        """What every account is called, by its id."""
        async with self._database.reading() as connection:
            return {
                row.id: row.login for row in await connection.execute(sa.select(users.c.id, users.c.login))
            }
