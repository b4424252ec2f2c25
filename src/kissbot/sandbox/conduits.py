"""Conduits and their shards: which socket gets a channel's events. No sockets; the time is passed in."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, Final
from uuid import uuid4
from zlib import crc32

from msgspec import Struct, field

from kissbot.sandbox.answers import Refused
from kissbot.sandbox.payloads import nanosecond
from kissbot.sandbox.sessions import Session

CONDUITS: Final = 5
SHARDS: Final = 20_000
KEPT: Final = 72 * 3600.0
"""Seconds for which a conduit without any enabled shard is kept."""

DISCONNECTED: Final = "websocket_disconnected"


class Shard(Struct, eq=False):
    """One of the sockets that share a conduit's events."""

    id: str
    session: Session | None = None
    status: str = DISCONNECTED
    connected_at: float = 0
    disconnected_at: float = 0

    @property
    def enabled(self) -> bool:
        """Whether it gets events."""
        return self.status == "enabled"

    def fields(self) -> dict[str, Any]:
        """The shard as answers show it."""
        transport: dict[str, Any] = {"method": "websocket"}
        if self.session:
            transport["session_id"] = self.session.id
            transport["connected_at"] = nanosecond(self.connected_at)
        if not self.enabled and self.disconnected_at:
            transport["disconnected_at"] = nanosecond(self.disconnected_at)
        return {"id": self.id, "status": self.status, "transport": transport}


class Conduit(Struct, eq=False):
    """A conduit; `dead_since` is when its last shard was disabled."""

    id: str
    dead_since: float
    shards: list[Shard] = field(default_factory=list)
    alive: int = 0
    """How many of the shards are enabled."""

    def fields(self) -> dict[str, Any]:
        """The conduit as answers show it."""
        return {"id": self.id, "shard_count": len(self.shards)}

    def shard(self, shard_id: str) -> Shard | None:
        """A shard by its id, which is its place in the row."""
        number = int(shard_id) if shard_id.isdecimal() and len(shard_id) <= len(str(SHARDS)) else SHARDS
        return self.shards[number] if number < len(self.shards) and shard_id == str(number) else None

    def pair(self, channel_id: str) -> tuple[Shard, Shard]:
        """The shard of a channel, and the one that stands in for it."""
        first = crc32(channel_id.encode()) % len(self.shards)
        return self.shards[first], self.shards[(first + 1) % len(self.shards)]


class ShardOrder(Struct):
    """One shard of an update, and the transport that it is to have."""

    id: str
    transport: dict[str, str]


class ShardError(Struct):
    """Why a shard was not updated."""

    id: str
    message: str
    code: str


class Conduits:
    """The conduits of the one client that the sandbox knows."""

    def __init__(self, session_of: Callable[[str], Session | None]) -> None:
        self._session_of = session_of
        self.all: dict[str, Conduit] = {}
        self.dropped: Counter[str] = Counter()
        """Events that no shard could be given, by their type."""
        self.told: Callable[[Conduit, Shard], None] = lambda conduit, shard: None
        """Called when a shard is disabled."""
        self.ended: Callable[[Conduit], None] = lambda conduit: None
        """Called when a conduit is deleted."""

    def find(self, conduit_id: str, now: float) -> Conduit:
        """A conduit by its id. Raises `Refused`."""
        self.tidy(now)
        conduit = self.all.get(conduit_id)
        if conduit is None:
            raise Refused(404, "conduit not found")
        return conduit

    def tidy(self, now: float) -> None:
        """Delete what had no enabled shard for too long."""
        for conduit in list(self.all.values()):
            if not conduit.alive and now - conduit.dead_since > KEPT:
                self.delete(conduit)

    def create(self, count: int, now: float) -> Conduit:
        """A new conduit. Raises `Refused`."""
        _checked(count)
        if len(self.all) >= CONDUITS:
            raise Refused(429, "maximum number of conduits exceeded")
        conduit = Conduit(str(uuid4()), now)
        self.all[conduit.id] = conduit
        self.resize(conduit, count, now)
        return conduit

    def resize(self, conduit: Conduit, count: int, now: float) -> None:
        """More shards, or fewer: then the highest ids go. Raises `Refused`."""
        _checked(count)
        for shard in conduit.shards[count:]:
            self._let_go(conduit, shard, now)
        del conduit.shards[count:]
        conduit.shards += [Shard(str(number)) for number in range(len(conduit.shards), count)]

    def delete(self, conduit: Conduit) -> None:
        """The end of a conduit."""
        for shard in conduit.shards:
            self._let_go(conduit, shard, conduit.dead_since)
        del self.all[conduit.id]
        self.ended(conduit)

    def attach(
        self, conduit: Conduit, orders: Sequence[ShardOrder], holder: str, now: float
    ) -> tuple[list[Shard], list[ShardError]]:
        """Give shards new transports; some may fail while others do not."""
        done: list[Shard] = []
        errors: list[ShardError] = []
        for order in orders:
            try:
                done.append(self._attach(conduit, order, holder, now))
            except Refused as refused:
                errors.append(ShardError(order.id, refused.message, "invalid_parameter"))
        return done, errors

    def _attach(self, conduit: Conduit, order: ShardOrder, holder: str, now: float) -> Shard:
        shard = conduit.shard(order.id)
        if shard is None:
            raise Refused(400, "The shard id is outside of the conduit's range")
        if order.transport.get("method") != "websocket":
            raise Refused(400, "This sandbox knows the transport websocket only")
        session = self._session_of(order.transport.get("session_id", ""))
        if session is None or session.holder not in ("", holder):
            raise Refused(400, "websocket transport session does not exist or has already disconnected")
        self._let_go(conduit, shard, now)
        session.used, session.holder = True, holder
        session.shards.add((conduit.id, shard.id))
        shard.session, shard.status, shard.connected_at = session, "enabled", now
        conduit.alive += 1
        return shard

    def lose(self, session: Session, status: str, now: float) -> None:
        """A session is gone: its shards are disabled, and whoever wants to know is told, by the others."""
        lost = [
            (conduit, shard)
            for conduit_id, shard_id in sorted(session.shards)
            if (conduit := self.all.get(conduit_id))
            and (shard := conduit.shard(shard_id))
            and shard.session is session
            and shard.enabled
        ]
        for conduit, shard in lost:
            self._disable(conduit, shard, status, now)
        for conduit, shard in lost:
            self.told(conduit, shard)

    def disable(self, conduit: Conduit, shard: Shard, status: str, now: float) -> None:
        """A shard gets no more events, though its session may be well."""
        self._disable(conduit, shard, status, now)
        self.told(conduit, shard)

    def route(self, conduit_id: str, channel_id: str, kind: str) -> Session | None:
        """Who gets an event: its channel's shard, else one other; None when both are disabled."""
        conduit = self.all.get(conduit_id)
        if conduit is None:
            return None
        for shard in conduit.pair(channel_id):
            if shard.enabled:
                return shard.session
        self.dropped[kind] += 1
        return None

    def hears(self, conduit_id: str, channel_id: str) -> bool:
        """Whether an event of a channel would find its way now."""
        conduit = self.all.get(conduit_id)
        if conduit is None or not conduit.alive:
            return False
        return conduit.alive == len(conduit.shards) or any(one.enabled for one in conduit.pair(channel_id))

    def state(self) -> list[dict[str, Any]]:
        """What there is, for whoever looks inside."""
        return [
            {"id": conduit.id, "shards": [shard.fields() for shard in conduit.shards]}
            for conduit in self.all.values()
        ]

    def _let_go(self, conduit: Conduit, shard: Shard, now: float) -> None:
        """A shard without a session, as it was at first."""
        if shard.enabled:
            self._disable(conduit, shard, DISCONNECTED, now)
        if shard.session:
            shard.session.shards.discard((conduit.id, shard.id))
        shard.session = None

    def _disable(self, conduit: Conduit, shard: Shard, status: str, now: float) -> None:
        shard.status, shard.disconnected_at = status, now
        conduit.alive -= 1
        if not conduit.alive:
            conduit.dead_since = now


def _checked(count: int) -> None:
    if not 1 <= count <= SHARDS:
        raise Refused(400, f"The shard_count must be between 1 and {SHARDS}")
