"""The subscriptions that there are, found by whatever the rules ask about. No rules in it."""

from collections import Counter, defaultdict, deque
from collections.abc import Collection
from typing import Any, Final

from msgspec import Raw, Struct, field

from kissbot.sandbox.payloads import encode, nanosecond

LISTED: Final = 60.0
"""Seconds for which a subscription that ended is still listed."""

Wish = tuple[str, frozenset[tuple[str, str]]]
"""A type and a condition."""


def wish(kind: str, condition: dict[str, str]) -> Wish:
    """What a subscription asks for."""
    return kind, frozenset(condition.items())


class Subscription(Struct, eq=False):
    """What a client is told about: on the socket of a session, or through a conduit."""

    id: str
    type: str
    version: str
    condition: dict[str, str]
    cost: int
    created_at: float
    holder: str
    session_id: str = ""
    conduit_id: str = ""
    connected_at: float = 0
    """When the session began."""
    status: str = "enabled"
    ended_at: float = float("inf")
    raw: Raw = field(default_factory=Raw)
    """It, encoded, as every notification repeats it."""

    @property
    def enabled(self) -> bool:
        """Whether events still flow."""
        return self.status == "enabled"

    @property
    def about(self) -> str:
        """The channel that it listens to, by its owner's id."""
        condition = self.condition
        return condition.get("broadcaster_user_id") or condition.get("to_broadcaster_user_id", "")

    @property
    def place(self) -> str:
        """The session or the conduit."""
        return self.session_id or self.conduit_id

    def row(self) -> dict[str, Any]:
        """The subscription as answers show it: they know more of a socket than its frames do."""
        transport = self._transport()
        if self.session_id:
            transport["connected_at"] = nanosecond(self.connected_at)
        if self.session_id and not self.enabled:
            transport["disconnected_at"] = nanosecond(self.ended_at)
        return {**self.fields(), "transport": transport}

    def fields(self) -> dict[str, Any]:
        """The subscription as frames show it."""
        return {
            "id": self.id,
            "status": self.status,
            "type": self.type,
            "version": self.version,
            "condition": self.condition,
            "transport": self._transport(),
            "created_at": nanosecond(self.created_at),
            "cost": self.cost,
        }

    def _transport(self) -> dict[str, str]:
        if self.conduit_id:
            return {"method": "conduit", "conduit_id": self.conduit_id}
        return {"method": "websocket", "session_id": self.session_id}


class Register:
    """All of them. Only enabled ones are found by place, holder's wish and listener."""

    def __init__(self) -> None:
        self._all: dict[str, Subscription] = {}
        self._listed: defaultdict[str, dict[str, Subscription]] = defaultdict(dict)
        self._ended: deque[Subscription] = deque()
        self._enabled: dict[str, Subscription] = {}
        self._listeners: defaultdict[tuple[str, str], list[Subscription]] = defaultdict(list)
        self._places: defaultdict[str, dict[str, Subscription]] = defaultdict(dict)
        self._wishes: defaultdict[tuple[str, Wish], dict[str, Subscription]] = defaultdict(dict)
        self._holders: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self._costs: Counter[str] = Counter()

    @property
    def enabled(self) -> list[Subscription]:
        """Every enabled subscription."""
        return list(self._enabled.values())

    def get(self, subscription_id: str) -> Subscription | None:
        """A subscription that there is, or was a moment ago."""
        return self._all.get(subscription_id)

    def at(self, place: str) -> list[Subscription]:
        """Those of a session or a conduit."""
        return list(self._places.get(place, {}).values())

    def count_at(self, place: str) -> int:
        """How many those are."""
        return len(self._places.get(place, ()))

    def same(self, holder: str, asked: Wish) -> Collection[Subscription]:
        """Those with which a holder asks for the same."""
        return self._wishes.get((holder, asked), {}).values()

    def places(self, holder: str) -> set[str]:
        """Where a holder has any."""
        return set(self._holders[holder])

    def total(self, holder: str) -> int:
        """How many a holder has."""
        return self._holders[holder].total()

    def cost(self, holder: str) -> int:
        """What they cost together."""
        return self._costs[holder]

    def listeners(self, kind: str, user_id: str) -> list[Subscription]:
        """Who wants to know of such an event in the channel of that user."""
        return self._listeners.get((kind, user_id), [])

    def listed(self, holder: str, now: float) -> list[Subscription]:
        """A holder's subscriptions, with those that ended a moment ago."""
        while self._ended and now - self._ended[0].ended_at > LISTED:
            self._forget(self._ended.popleft())
        return list(self._listed[holder].values())

    def add(self, one: Subscription) -> None:
        """A new one."""
        one.raw = Raw(encode(one.fields()))
        self._all[one.id] = self._enabled[one.id] = self._listed[one.holder][one.id] = one
        self._listeners[one.type, one.about].append(one)
        self._places[one.place][one.id] = one
        self._wishes[one.holder, wish(one.type, one.condition)][one.id] = one
        self._holders[one.holder][one.place] += 1
        self._costs[one.holder] += one.cost

    def end(self, one: Subscription, status: str, now: float) -> None:
        """Stop its events; it stays listed for a minute."""
        if one.enabled:
            self._take_out(one)
            self._ended.append(one)
        one.status, one.ended_at = status, now
        one.raw = Raw(encode(one.fields()))

    def remove(self, one: Subscription) -> None:
        """Forget it."""
        if one.enabled:
            self._take_out(one)
        self._forget(one)

    def _forget(self, one: Subscription) -> None:
        self._all.pop(one.id, None)
        self._listed[one.holder].pop(one.id, None)

    def _take_out(self, one: Subscription) -> None:
        del self._enabled[one.id]
        self._listeners[one.type, one.about].remove(one)
        del self._places[one.place][one.id]
        if not self._places[one.place]:
            del self._places[one.place]
        del self._wishes[one.holder, wish(one.type, one.condition)][one.id]
        places = self._holders[one.holder]
        places[one.place] -= 1
        if not places[one.place]:
            del places[one.place]
        self._costs[one.holder] -= one.cost
