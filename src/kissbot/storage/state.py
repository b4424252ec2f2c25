"""What a running bot lets others see of itself: written each second, read by whoever asks."""

import asyncio
import os
import secrets
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from kissbot.chat.hearing import Attention, Gap, Listening
from kissbot.chat.ports import Clock
from kissbot.storage.batches import Regularly
from kissbot.storage.engine import Database
from kissbot.storage.gaps import LATELY, LATEST, gaps_of, insert_gaps
from kissbot.storage.tables import active_subscriptions, desired_subscriptions, hub_state, instances
from kissbot.storage.trouble import StorageTrouble

BEAT_EVERY: Final = 5.0
"""Seconds between two signs of life; what was heard where is written as often."""

GONE_AFTER: Final = 15.0
"""Seconds without a sign of life after which a process counts as gone."""

_START: Final = 60.0
"""Seconds before the first sign of life in which a process may already have said what it wants."""

_AT_ONCE: Final = 500
"""Rows of one statement; the event loop has a turn in between."""

_SOCKET: Final = "socket"
_HEARD: Final = "heard"
_LISTENING: Final = "listening:"

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
    way: str = ""
    """By which it comes."""


class ChannelState(Struct, frozen=True):
    """What is known of a channel."""

    subscriptions: tuple[Subscription, ...]
    heard_at: float | None
    """When its latest line came; up to five seconds late."""
    event_at: float | None
    """When the latest line of any channel came."""
    connected: bool | None
    """Whether a socket is up; None: it never was, or is none of this database."""
    connected_since: float | None
    """When the socket came up or went down."""
    listening: tuple[Listening, ...] = ()
    """How each process hears."""
    gaps: tuple[Gap, ...] = ()
    """When it was deaf lately, newest first."""

    def of(self, kind: str) -> Subscription | None:
        """The subscription to one kind of event."""
        return next((found for found in self.subscriptions if found.kind == kind), None)


class State(Regularly):
    """Takes what happens at once, and writes it soon; readers see what this process has not written yet.

    Enter it to have it written; only the process that calls `begins` becomes an instance.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        super().__init__("state")
        self._database, self._clock = database, clock
        self._instance: Instance | None = None
        self._connected = False
        self._heard: dict[str, float] = {}
        self._listening: Listening | None = None
        self._gaps: list[Gap] = []
        self.attention = Attention()
        self._rows: dict[tuple[sa.Table, _Key], _Row | None] = {}
        """By table and primary key; None: to be removed."""
        self._next_beat = 0.0
        self._writing = asyncio.Lock()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._connected:
            self.socket(False)
        if self._instance:
            self._rows[instances, (self._instance.id,)] = None
            self._rows[hub_state, (f"{_LISTENING}{self._instance.id}",)] = None
            self._instance = None
        self._next_beat = 0
        await super().__aexit__(kind, error, trace)

    def begins(self, version: str) -> None:
        """This process is a bot that runs, until it is left."""
        now = self._clock.time()
        self._instance = Instance(secrets.token_hex(8), socket.gethostname(), os.getpid(), version, now, now)
        self._next_beat = 0
        if self._listening:
            self.listening(self._listening)

    def heard(self, channel_id: str) -> None:
        """A line was said in a channel."""
        self._heard[channel_id] = self._clock.time()

    def socket(self, connected: bool) -> None:
        """The connection was made or lost."""
        self._connected = connected
        self._fact(_SOCKET, self._clock.time(), int(connected))

    def listening(self, how: Listening) -> None:
        """By which way this process hears, and over which connections."""
        self._listening = how
        self.attention.listening(how)
        if self._instance:
            value = msgspec.json.encode(how).decode()
            self._fact(f"{_LISTENING}{self._instance.id}", self._clock.time(), value=value)

    def gap(self, gap: Gap) -> None:
        """Channels were deaf."""
        self._gaps.append(gap)
        self.attention.gap(gap)

    def wanted(self, channel_id: str, kind: str) -> None:
        """The bot wants to hear of such events."""
        row = {"channel_id": channel_id, "type": kind, "since": self._clock.time()}
        self._rows[desired_subscriptions, (channel_id, kind)] = row

    def unwanted(self, channel_id: str, kind: str) -> None:
        """The bot does not want to hear of them any more."""
        self._rows[desired_subscriptions, (channel_id, kind)] = None
        self._rows[active_subscriptions, (channel_id, kind)] = None

    def subscribed(self, channel_id: str, kind: str, subscription_id: str, way: str = "") -> None:
        """The platform will tell of such events."""
        self._became(channel_id, Subscription(kind, "enabled", id=subscription_id, way=way))

    def refused(self, channel_id: str, kind: str, why: str, way: str = "") -> None:
        """The platform will not."""
        self._became(channel_id, Subscription(kind, "refused", why, way=way))

    def revoked(self, channel_id: str, kind: str, why: str, way: str = "") -> None:
        """The platform will not any more."""
        self._became(channel_id, Subscription(kind, "revoked", why, way=way))

    async def running(self) -> list[Instance]:
        """The processes that run, oldest first. Raises `StorageTrouble`."""
        await self.flush()
        alive = instances.c.beat_at > self._clock.time() - GONE_AFTER
        query = sa.select(*_columns(instances, Instance)).where(alive).order_by(instances.c.started_at)
        async with self._database.reading() as connection:
            return [Instance(*row) for row in await connection.execute(query)]

    async def away_since(self, is_gone: Callable[[Instance], bool]) -> float:
        """When the bot's last process was heard of; 0 when one runs, or none did for a day.

        `is_gone`: whether a process that still counts as running certainly does not. Raises `StorageTrouble`.
        """
        if not all(is_gone(instance) for instance in await self.running()):
            return 0
        async with self._database.reading() as connection:
            beat_at = await connection.scalar(sa.select(sa.func.max(instances.c.beat_at)))
            up, changed_at = (await _facts(connection, (_SOCKET,))).get(_SOCKET, (1, 0))
        latest = max(beat_at or 0, 0 if up else changed_at)
        return latest if latest > self._clock.time() - LATELY else 0

    async def of_channel(self, channel_id: str) -> ChannelState:
        """What is known of a channel. Raises `StorageTrouble`."""
        await self.flush()
        async with self._database.reading() as connection:
            subscriptions = await _subscriptions(connection, channel_id)
            facts = await _facts(connection, (_SOCKET, _HEARD, f"{_HEARD}:{channel_id}"))
            listening = await _how(connection, self._clock.time())
            gaps = await gaps_of(connection, self._clock.time(), channel_id)
        up, since = facts.get(_SOCKET, (None, None))
        return ChannelState(
            subscriptions=subscriptions,
            heard_at=facts.get(f"{_HEARD}:{channel_id}", (0, None))[1],
            event_at=facts.get(_HEARD, (0, None))[1],
            connected=None if up is None else bool(up),
            connected_since=since,
            listening=tuple(how for _, how in listening),
            gaps=tuple(gaps),
        )

    async def hearing(self) -> list[tuple[Instance, Listening]]:
        """How each process that runs hears, oldest first. Raises `StorageTrouble`."""
        await self.flush()
        running = {instance.id: instance for instance in await self.running()}
        async with self._database.reading() as connection:
            found = await _how(connection, self._clock.time())
        return [(running[instance], how) for instance, how in found if instance in running]

    async def gaps(self, limit: int = LATEST) -> list[Gap]:
        """When any channel was deaf lately, newest first. Raises `StorageTrouble`."""
        await self.flush()
        async with self._database.reading() as connection:
            return await gaps_of(connection, self._clock.time(), limit=limit)

    async def subscriptions(self) -> list[tuple[str, Subscription]]:
        """What became of every wish, by the channel's id. Raises `StorageTrouble`."""
        await self.flush()
        async with self._database.reading() as connection:
            return await _all_subscriptions(connection)

    async def heard_at(self) -> dict[str, float]:
        """When each channel's latest line came, by the channel's id. Raises `StorageTrouble`."""
        await self.flush()
        query = sa.select(hub_state.c.key, hub_state.c.at).where(hub_state.c.key.startswith(f"{_HEARD}:"))
        async with self._database.reading() as connection:
            return {row.key.partition(":")[2]: row.at for row in await connection.execute(query)}

    async def desired(self) -> set[tuple[str, str]]:
        """Every channel's id and kind of events that any process wants. Raises `StorageTrouble`.

        What was wanted by processes that run no more is forgotten by the only one that does.
        """
        await self.flush()
        wish = desired_subscriptions
        if self._instance and [one.id for one in await self.running()] == [self._instance.id]:
            async with self._database.writing() as connection:
                await connection.execute(
                    sa.delete(wish).where(wish.c.since < self._instance.started_at - _START)
                )
        async with self._database.reading() as connection:
            rows = await connection.execute(sa.select(wish.c.channel_id, wish.c.type))
            return {(row.channel_id, row.type) for row in rows}

    async def flush(self) -> None:
        """Write everything now, a sign of life included. Raises `StorageTrouble`."""
        self._next_beat = 0
        await super().flush()

    async def _save(self) -> None:
        now = self._clock.time()
        if now >= self._next_beat:
            self._next_beat = now + BEAT_EVERY
            self._sign_of_life(now)
        async with self._writing:
            rows, self._rows = self._rows, {}
            gaps, self._gaps = self._gaps, []
            try:
                await self._write(rows, gaps)
            except (StorageTrouble, asyncio.CancelledError):
                self._rows = {**rows, **self._rows}
                self._gaps = gaps + self._gaps
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

    def _fact(self, key: str, at: float, number: int = 0, value: str = "") -> None:
        self._rows[hub_state, (key,)] = {"key": key, "number": number, "value": value, "at": at}

    def _became(self, channel_id: str, found: Subscription) -> None:
        self._rows[active_subscriptions, (channel_id, found.kind)] = {
            "channel_id": channel_id,
            "type": found.kind,
            "subscription_id": found.id,
            "status": found.status,
            "why": found.why,
            "at": self._clock.time(),
            "way": found.way,
        }

    async def _write(self, rows: Mapping[tuple[sa.Table, _Key], _Row | None], gaps: Sequence[Gap]) -> None:
        if not rows and not gaps:
            return
        async with self._database.writing() as connection:
            await insert_gaps(connection, gaps)
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
    outcomes = sa.select(*_outcome())
    known = {kind: Subscription(kind, "wanted", at=at) for kind, at in await connection.execute(wishes)}
    for row in await connection.execute(outcomes.where(found.c.channel_id == channel_id)):
        known[row.type] = Subscription(*row)
    return tuple(known[kind] for kind in sorted(known))


async def _facts(connection: AsyncConnection, keys: Sequence[str]) -> dict[str, tuple[int, float]]:
    query = sa.select(hub_state.c.key, hub_state.c.number, hub_state.c.at).where(hub_state.c.key.in_(keys))
    return {key: (number, at) for key, number, at in await connection.execute(query)}


def _outcome() -> list[sa.Column[Any]]:
    """What makes a `Subscription`, field by field."""
    found = active_subscriptions.c
    return [found.type, found.status, found.why, found.at, found.subscription_id, found.way]


async def _all_subscriptions(connection: AsyncConnection) -> list[tuple[str, Subscription]]:
    wish, found = desired_subscriptions, active_subscriptions
    wishes = await connection.execute(sa.select(wish.c.channel_id, wish.c.type, wish.c.since))
    known = {(channel, kind): Subscription(kind, "wanted", at=at) for channel, kind, at in wishes}
    for channel, *outcome in await connection.execute(sa.select(found.c.channel_id, *_outcome())):
        known[channel, outcome[0]] = Subscription(*outcome)
    return [(channel, known[channel, kind]) for channel, kind in sorted(known)]


async def _how(connection: AsyncConnection, now: float) -> list[tuple[str, Listening]]:
    """How the processes that show signs of life hear, by their ids; oldest first."""
    alive = sa.select(instances.c.id).where(instances.c.beat_at > now - GONE_AFTER)
    keys = [f"{_LISTENING}{one}" for one in await connection.scalars(alive.order_by(instances.c.started_at))]
    found = await connection.execute(
        sa.select(hub_state.c.key, hub_state.c.value).where(hub_state.c.key.in_(keys))
    )
    told = {row.key: row.value for row in found}
    return [
        (key.removeprefix(_LISTENING), msgspec.json.decode(told[key], type=Listening))
        for key in keys
        if key in told
    ]
