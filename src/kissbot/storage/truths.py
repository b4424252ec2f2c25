"""What the crowd settled, in the database: every change has a revision, by which other processes follow."""

import sqlite3
from collections import defaultdict
from collections.abc import Collection
from typing import Any, Final

import msgspec
import sqlalchemy as sa
import structlog
from msgspec.structs import asdict, replace
from sqlalchemy.ext.asyncio import AsyncConnection

from kissbot.chat.audit import Actor, Record
from kissbot.chat.ports import Clock
from kissbot.knowledge.truth.records import EVAPORATES, Confirmation, Option, Shown
from kissbot.storage import audit
from kissbot.storage.engine import Database
from kissbot.storage.tables import candidates, hub_state, truths

REVISION: Final = "truth"

_REACHED: Final = "SELECT number FROM hub_state WHERE key = 'truth'"

_COLUMNS: Final = [truths.c[name] for name in Confirmation.__struct_fields__]
_decode: Final = msgspec.json.Decoder(tuple[Option, ...]).decode

log = structlog.get_logger(__name__)


class SqlTruths:
    """The tables `truths` and `candidates`. Every method raises `StorageTrouble`."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock

    async def since(self, revision: int = 0) -> tuple[int, list[Confirmation]]:
        """The confirmations that changed after a revision, undone ones too, and the revision they reach."""
        if (reader := self._database.reader) and await reader.read(_reached) <= revision:
            return revision, []
        newer = sa.select(*_COLUMNS).where(truths.c.revision > revision).order_by(truths.c.id)
        async with self._database.reading() as connection:
            reached = await connection.scalar(sa.text(_REACHED)) or 0
            rows = (await connection.execute(newer)).all() if reached > revision else ()
        return max(reached, revision), [Confirmation(**row._mapping) for row in rows]

    async def confirm(self, confirmation: Confirmation) -> bool:
        """Add one; False when it is this channel's latest of that name already, from the same person."""
        async with self._database.writing(durable=True) as connection:
            revision = await next_revision(self._database, connection)
            before = await _latest(connection, confirmation)
            if before and (before.choice, before.who_id) == (confirmation.choice, confirmation.who_id):
                return False
            await add(connection, [confirmation], revision)
            await audit.write(connection, confirmation.by(before.title if before else "", str(confirmation)))
            return True

    async def undo(self, confirmation: Confirmation, by: Actor) -> bool:
        """Take one back; False when somebody has done so already."""
        this = sa.update(truths).where(truths.c.id == confirmation.id, truths.c.undone.is_(False))
        async with self._database.writing(durable=True) as connection:
            revision = await next_revision(self._database, connection)
            done = await connection.execute(this.values(undone=True, revision=revision))
            if not done.rowcount:
                return False
            now, channel = self._clock.time(), confirmation.channel
            await audit.write(connection, Record(now, by, channel, "truth", str(confirmation), "undone"))
            return True

    async def renew(self, domain: str, identity: str, item: str) -> None:
        """Newer data of a thing, wherever it was confirmed."""
        these = sa.update(truths).where(truths.c.domain == domain, truths.c.identity == identity)
        async with self._database.writing() as connection:
            revision = await next_revision(self._database, connection)
            now = self._clock.time()
            await connection.execute(these.values(item=item, told_at=now, revision=revision))

    async def keep(self, shown: Shown) -> None:
        """A list was shown; the channel's earlier one of that name is no more."""
        options = msgspec.json.encode(shown.options).decode()
        values = asdict(shown) | {"options": options, "searched_at": self._clock.time()}
        row = self._database.insert(candidates).values(values)
        newer = {name: row.excluded[name] for name in ("query", "options", "at", "searched_at")}
        async with self._database.writing() as connection:
            key = candidates.primary_key.columns
            await connection.execute(row.on_conflict_do_update(index_elements=key, set_=newer))

    async def shown(self, domain: str, channel_id: str, key: str) -> Shown | None:
        """The list that a channel was shown last of a name, however old; looking makes it last longer."""
        this = _of(domain, channel_id) & (candidates.c.key == key)
        async with self._database.reading() as connection:
            row = (await connection.execute(sa.select(candidates).where(this))).one_or_none()
        if row is None or self._has_evaporated(row.searched_at):
            return None
        async with self._database.writing() as connection:
            searched = sa.update(candidates).where(this).values(searched_at=self._clock.time())
            await connection.execute(searched)
        return _shown(row)

    async def drop(self, domain: str, channel_id: str, *, key: str = "", before: float = 0) -> int:
        """Forget a channel's list of that name, or all that were made before a time; how many these were."""
        these = (candidates.c.key == key) if key else (candidates.c.at < before)
        async with self._database.writing() as connection:
            gone = await connection.execute(sa.delete(candidates).where(_of(domain, channel_id), these))
        return gone.rowcount

    async def open_keys(self) -> dict[str, set[str]]:
        """By domain: what lists are kept of, in any channel, confirmed or not."""
        fresh = candidates.c.searched_at >= self._clock.time() - EVAPORATES
        query = sa.select(candidates.c.domain, candidates.c.key).where(fresh).distinct()
        found: dict[str, set[str]] = defaultdict(set)
        async with self._database.reading() as connection:
            for domain, key in await connection.execute(query):
                found[domain].add(key)
        return dict(found)

    def _has_evaporated(self, searched_at: float) -> bool:
        return searched_at < self._clock.time() - EVAPORATES


def _reached(connection: sqlite3.Connection) -> int:
    row = connection.execute(_REACHED).fetchone()
    return int(row[0]) if row else 0


async def next_revision(database: Database, connection: AsyncConnection) -> int:
    """Comes first in a transaction: whoever has a revision is alone until the commit."""
    first = database.insert(hub_state).values(key=REVISION, number=1)
    following = first.on_conflict_do_update(
        index_elements=[hub_state.c.key], set_={"number": hub_state.c.number + 1}
    )
    number: int = (await connection.execute(following.returning(hub_state.c.number))).scalar_one()
    return number


async def add(connection: AsyncConnection, them: Collection[Confirmation], revision: int) -> None:
    """Write confirmations in the transaction that has the revision."""
    rows = [asdict(replace(each, revision=revision)) for each in them]
    for row in rows:
        del row["id"]
    await connection.execute(truths.insert(), rows)


async def _latest(connection: AsyncConnection, like: Confirmation) -> Confirmation | None:
    """The one that holds in the same channel for the same name."""
    alike = [truths.c[name] == getattr(like, name) for name in ("domain", "key", "channel_id")]
    standing = sa.select(*_COLUMNS).where(*alike, truths.c.undone.is_(False))
    newest = standing.order_by(truths.c.at.desc(), truths.c.id.desc()).limit(1)
    row = (await connection.execute(newest)).one_or_none()
    return Confirmation(**row._mapping) if row else None


def _of(domain: str, channel_id: str) -> sa.ColumnElement[bool]:
    return (candidates.c.domain == domain) & (candidates.c.channel_id == channel_id)


def _shown(row: sa.Row[Any]) -> Shown | None:
    """A list that cannot be read is made anew when somebody asks."""
    try:
        options = _decode(row.options)
    except (msgspec.DecodeError, UnicodeError) as error:
        log.warning("candidates_unreadable", query=row.query, why=str(error))
        return None
    kept = {name: row._mapping[name] for name in ("domain", "channel_id", "key", "query", "at")}
    return Shown(**kept, options=options)
