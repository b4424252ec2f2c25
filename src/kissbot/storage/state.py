"""What a running bot lets others see of itself: written each second, read by whoever asks."""

import asyncio
import os
import secrets
import socket
from collections.abc import Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any, Final, Self

import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from kissbot.chat.ports import Clock
from kissbot.storage.batches import Regularly
from kissbot.storage.engine import Database
from kissbot.storage.tables import active_subscriptions, desired_subscriptions, hub_state, instances
from kissbot.storage.trouble import StorageTrouble

BEAT_EVERY: Final = 5.0
"""Seconds between two signs of life; what was heard where is written as often."""

GONE_AFTER: Final = 15.0
"""Seconds without a sign of life after which a process counts as gone."""

_AT_ONCE: Final = 500
"""Rows of one statement; the event loop has a turn in between."""

_SOCKET: Final = "socket"
_HEARD: Final = "heard"

_Key = tuple[str, ...]
_Row = Mapping[str, Any]


class Instance(Struct, frozen=True):
    """A running process of the bot."""

    id: str
    host: str
    pid: int
    version: str
    started_at: float
    beat_at: float
    """Its latest sign of life."""


class Subscription(Struct, frozen=True):
    """What became of the wish for one kind of event."""

    kind: str
    status: str
    """`wanted` as long as nothing else is known, then `enabled`, `refused` or `revoked`."""
    why: str = ""
    at: float = 0
    id: str = ""


class ChannelState(Struct, frozen=True):
    """What is known of a channel."""

    subscriptions: tuple[Subscription, ...]
    heard_at: float | None
    """When its latest line came; up to five seconds late."""
    event_at: float | None
    """When the latest line of any channel came."""
    connected: bool | None
    """Whether the socket is up; None: it never was, or is none of this database."""
    connected_since: float | None
    """When the socket came up or went down."""

    def of(self, kind: str) -> Subscription | None:
        """The subscription to one kind of event."""
        return next((found for found in self.subscriptions if found.kind == kind), None)


class State:
    """Takes what happens at once, and writes it soon; readers see what this process has not written yet.

    Enter it to have it written; only the process that calls `begins` becomes an instance.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock
        self._instance: Instance | None = None
        self._connected = False
        self._heard: dict[str, float] = {}
        self._rows: dict[tuple[sa.Table, _Key], _Row | None] = {}
        """By table and primary key; None: to be removed."""
        self._next_beat = 0.0
        self._writing = asyncio.Lock()
        self._regularly = Regularly(self._beat, "state")

    async def __aenter__(self) -> Self:
        await self._regularly.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._connected:
            self.socket(False)
        if self._instance:
            self._rows[instances, (self._instance.id,)] = None
            self._instance = None
        self._next_beat = 0
        await self._regularly.__aexit__(kind, error, trace)

    def begins(self, version: str) -> None:
        """This process is a bot that runs, until it is left."""
        now = self._clock.time()
        self._instance = Instance(secrets.token_hex(8), socket.gethostname(), os.getpid(), version, now, now)
        self._next_beat = 0

    def heard(self, channel_id: str) -> None:
        """A line was said in a channel."""
        self._heard[channel_id] = self._clock.time()

    def socket(self, connected: bool) -> None:
        """The connection was made or lost."""
        self._connected = connected
        self._fact(_SOCKET, self._clock.time(), int(connected))

    def wanted(self, channel_id: str, kind: str) -> None:
        """The bot wants to hear of such events."""
        row = {"channel_id": channel_id, "type": kind, "since": self._clock.time()}
        self._rows[desired_subscriptions, (channel_id, kind)] = row

    def unwanted(self, channel_id: str, kind: str) -> None:
        """The bot does not want to hear of them any more."""
        self._rows[desired_subscriptions, (channel_id, kind)] = None
        self._rows[active_subscriptions, (channel_id, kind)] = None

    def subscribed(self, channel_id: str, kind: str, subscription_id: str) -> None:
        """The platform will tell of such events."""
        self._became(channel_id, Subscription(kind, "enabled", id=subscription_id))

    def refused(self, channel_id: str, kind: str, why: str) -> None:
        """The platform will not."""
        self._became(channel_id, Subscription(kind, "refused", why))

    def revoked(self, channel_id: str, kind: str, why: str) -> None:
        """The platform will not any more."""
        self._became(channel_id, Subscription(kind, "revoked", why))

    async def running(self) -> list[Instance]:
        """The processes that run, oldest first. Raises `StorageTrouble`."""
        await self.flush()
        alive = instances.c.beat_at > self._clock.time() - GONE_AFTER
        query = sa.select(*_columns(instances, Instance)).where(alive).order_by(instances.c.started_at)
        async with self._database.reading() as connection:
            return [Instance(*row) for row in await connection.execute(query)]

    async def of_channel(self, channel_id: str) -> ChannelState:
        """What is known of a channel. Raises `StorageTrouble`."""
        await self.flush()
        async with self._database.reading() as connection:
            subscriptions = await _subscriptions(connection, channel_id)
            facts = await _facts(connection, (_SOCKET, _HEARD, f"{_HEARD}:{channel_id}"))
        up, since = facts.get(_SOCKET, (None, None))
        return ChannelState(
            subscriptions=subscriptions,
            heard_at=facts.get(f"{_HEARD}:{channel_id}", (0, None))[1],
            event_at=facts.get(_HEARD, (0, None))[1],
            connected=None if up is None else bool(up),
            connected_since=since,
        )

    async def flush(self) -> None:
        """Write everything now. Raises `StorageTrouble`; what was not written is kept for the next time."""
        self._next_beat = 0
        await self._beat()

    async def _beat(self) -> None:
        now = self._clock.time()
        if now >= self._next_beat:
            self._next_beat = now + BEAT_EVERY
            self._sign_of_life(now)
        async with self._writing:
            rows, self._rows = self._rows, {}
            try:
                await self._write(rows)
            except (StorageTrouble, asyncio.CancelledError):
                self._rows = {**rows, **self._rows}
                raise

    def _sign_of_life(self, now: float) -> None:
        if self._instance:
            row = {name: getattr(self._instance, name) for name in Instance.__struct_fields__}
            self._rows[instances, (self._instance.id,)] = {**row, "beat_at": now}
        heard, self._heard = self._heard, {}
        for channel_id, at in heard.items():
            self._fact(f"{_HEARD}:{channel_id}", at)
        if heard:
            self._fact(_HEARD, max(heard.values()))

    def _fact(self, key: str, at: float, number: int = 0) -> None:
        self._rows[hub_state, (key,)] = {"key": key, "number": number, "at": at}

    def _became(self, channel_id: str, found: Subscription) -> None:
        self._rows[active_subscriptions, (channel_id, found.kind)] = {
            "channel_id": channel_id,
            "type": found.kind,
            "subscription_id": found.id,
            "status": found.status,
            "why": found.why,
            "at": self._clock.time(),
        }

    async def _write(self, rows: Mapping[tuple[sa.Table, _Key], _Row | None]) -> None:
        if not rows:
            return
        async with self._database.writing() as connection:
            for table in (instances, desired_subscriptions, active_subscriptions, hub_state):
                # In one order everywhere, so that no two processes wait for each other.
                mine = sorted((key, row) for (its, key), row in rows.items() if its is table)
                for part in _parts([row for _, row in mine if row is not None]):
                    await connection.execute(_upsert(self._database, table), part)
                for part in _parts([_named(table, key) for key, row in mine if row is None]):
                    await connection.execute(_removal(table), part)


def _parts(rows: Sequence[_Row]) -> Iterator[Sequence[_Row]]:
    return (rows[start : start + _AT_ONCE] for start in range(0, len(rows), _AT_ONCE))


def _upsert(database: Database, table: sa.Table) -> Any:
    row = database.insert(table)
    newer = {column.name: row.excluded[column.name] for column in table.c if not column.primary_key}
    return row.on_conflict_do_update(index_elements=list(table.primary_key), set_=newer)


def _removal(table: sa.Table) -> sa.Delete:
    return sa.delete(table).where(
        *(column == sa.bindparam(f"at_{column.name}") for column in table.primary_key)
    )


def _named(table: sa.Table, key: _Key) -> _Row:
    return {f"at_{column.name}": part for column, part in zip(table.primary_key, key, strict=True)}


def _columns(table: sa.Table, shape: type[Struct]) -> list[sa.Column[Any]]:
    return [table.c[name] for name in shape.__struct_fields__]


async def _subscriptions(connection: AsyncConnection, channel_id: str) -> tuple[Subscription, ...]:
    wish, found = desired_subscriptions, active_subscriptions
    wishes = sa.select(wish.c.type, wish.c.since).where(wish.c.channel_id == channel_id)
    outcomes = sa.select(found.c.type, found.c.status, found.c.why, found.c.at, found.c.subscription_id)
    known = {kind: Subscription(kind, "wanted", at=at) for kind, at in await connection.execute(wishes)}
    for row in await connection.execute(outcomes.where(found.c.channel_id == channel_id)):
        known[row.type] = Subscription(*row)
    return tuple(known[kind] for kind in sorted(known))


async def _facts(connection: AsyncConnection, keys: Sequence[str]) -> dict[str, tuple[int, float]]:
    query = sa.select(hub_state.c.key, hub_state.c.number, hub_state.c.at).where(hub_state.c.key.in_(keys))
    return {key: (number, at) for key, number, at in await connection.execute(query)}
