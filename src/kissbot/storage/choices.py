"""What each channel chose at run time, in the database: changed, noted and numbered in one transaction."""

from typing import Any, Final

import msgspec
import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from kissbot.chat.audit import Actor, Record
from kissbot.chat.book import Changed, Entry, changed, moved
from kissbot.chat.changes import Change
from kissbot.chat.channels import Choices
from kissbot.chat.ports import Clock
from kissbot.storage import audit
from kissbot.storage.engine import Database
from kissbot.storage.tables import config, hub_state

UNREADABLE_SHOWN: Final = 500
"""Characters of a broken row that are told, so that a person can see what it was."""

log = structlog.get_logger(__name__)

_decode: Final = msgspec.json.Decoder(Choices).decode
_encode: Final = msgspec.json.Encoder(order="deterministic").encode


class SqlBook:
    """The table `config`. Revisions are committed in their order, on every database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock

    async def change(self, channel: str, by: Actor, change: Change) -> Changed:
        """Apply a change to what is kept now, and note who did it: both or nothing."""
        async with self._database.writing(durable=True) as connection:
            revision = await next_revision(self._database, connection)
            kept = await _kept(connection, channel)
            done = changed(channel, kept, change)
            if done.entry.choices == kept.choices and not kept.unreadable:
                return done
            choices = _encode(done.entry.choices).decode()
            await self._keep(connection, channel, revision, choices=choices)
            return await self._noted(connection, channel, by, done, revision)

    async def join(self, channel: str, by: Actor) -> Changed:
        """Want the bot in a channel, whatever the configuration says."""
        return await self._move(channel, by, present=True)

    async def part(self, channel: str, by: Actor) -> Changed:
        """Want the bot out of a channel, whatever the configuration says."""
        return await self._move(channel, by, present=False)

    async def since(self, revision: int = 0) -> tuple[int, dict[str, Entry]]:
        """The entries that changed after a revision (0: all there are), and the revision that they reach."""
        newer = sa.select(config).where(config.c.revision > revision)
        async with self._database.reading() as connection:
            rows = (await connection.execute(newer)).all()
        entries = {row.channel: _entry(row) for row in rows}
        return max((entry.revision for entry in entries.values()), default=revision), entries

    async def _move(self, channel: str, by: Actor, *, present: bool) -> Changed:
        async with self._database.writing(durable=True) as connection:
            revision = await next_revision(self._database, connection)
            kept = await _kept(connection, channel)
            done = moved(kept, present)
            if present is kept.present:
                return done
            await self._keep(connection, channel, revision, present=present)
            return await self._noted(connection, channel, by, done, revision)

    async def _keep(self, connection: AsyncConnection, channel: str, revision: int, **values: Any) -> None:
        """Write what is given; the rest of the row stays as it is."""
        values |= {"revision": revision, "changed_at": self._clock.time()}
        row = self._database.insert(config).values(**({"channel": channel, "choices": "{}"} | values))
        await connection.execute(row.on_conflict_do_update(index_elements=[config.c.channel], set_=values))

    async def _noted(
        self, connection: AsyncConnection, channel: str, by: Actor, done: Changed, revision: int
    ) -> Changed:
        record = Record(self._clock.time(), by, channel, done.what, done.before, done.after)
        await audit.write(connection, record)
        return msgspec.structs.replace(done, entry=msgspec.structs.replace(done.entry, revision=revision))


async def forget_login(database: Database, connection: AsyncConnection, login: str) -> int:
    """Remove a viewer from what channels chose for viewers; how many channels that were.

    It comes first in its transaction, as every revision does.
    """
    named = sa.select(config).where(config.c.choices.contains(f'"{login}"', autoescape=True))
    rows = [(row.channel, _entry(row).choices) for row in await connection.execute(named)]
    found = [(channel, choices) for channel, choices in rows if login in (choices.translated or ())]
    if not found:
        return 0
    revision = await next_revision(database, connection)
    for channel, choices in found:
        fewer = _encode(choices.but(translated=(choices.translated or frozenset()) - {login})).decode()
        this = sa.update(config).where(config.c.channel == channel)
        await connection.execute(this.values(choices=fewer, revision=revision))
    return len(found)


async def next_revision(database: Database, connection: AsyncConnection) -> int:
    """Comes first in a transaction: whoever has a revision is alone until the commit."""
    first = database.insert(hub_state).values(key="revision", number=1)
    following = first.on_conflict_do_update(
        index_elements=[hub_state.c.key], set_={"number": hub_state.c.number + 1}
    )
    number: int = (await connection.execute(following.returning(hub_state.c.number))).scalar_one()
    return number


async def _kept(connection: AsyncConnection, channel: str) -> Entry:
    row = (await connection.execute(sa.select(config).where(config.c.channel == channel))).one_or_none()
    return _entry(row) if row else Entry()


def _entry(row: sa.Row[Any]) -> Entry:
    """A row that cannot be read spoils nothing but itself: that channel has what the configuration says."""
    try:
        choices, unreadable = _decode(row.choices), ""
    except (msgspec.DecodeError, UnicodeError) as error:
        choices, unreadable = Choices(), f"{error}: {row.choices[:UNREADABLE_SHOWN]}"
        remedy = f"kissbot channel {row.channel} reset all"
        log.error("choices_unreadable", channel=row.channel, why=unreadable, remedy=remedy)
    return Entry(choices=choices, present=row.present, revision=row.revision, unreadable=unreadable)
