"""EventSub's rules: sessions, subscriptions, costs and limits. No sockets; the time is passed in."""

from collections import defaultdict
from collections.abc import Callable
from typing import Any, Final
from uuid import uuid4

import msgspec
from msgspec import Raw, Struct, field

from kissbot.sandbox.answers import Refused
from kissbot.sandbox.kinds import KINDS, Kind
from kissbot.sandbox.payloads import encode, nanosecond
from kissbot.sandbox.tokens import Token, secret

SOCKETS: Final = 3
PER_SOCKET: Final = 300
MAX_COST: Final = 10
SAME: Final = 3
"""How many subscriptions of one type and condition a client may have, on different sockets."""
LISTED: Final = 60.0
"""Seconds for which a subscription that ended is still listed."""


class Transport(Struct):
    """Where the events of a subscription go."""

    method: str
    session_id: str = ""


class Order(Struct):
    """What a client asks for when it subscribes."""

    type: str
    version: str
    condition: dict[str, str]
    transport: Transport


class Session(Struct, eq=False):
    """One client at the other end of a socket; it outlives the socket when asked to reconnect."""

    id: str
    connected_at: float
    keepalive: int
    status: str = "connected"
    holder: str = ""
    """The client and user whose subscriptions it serves, from the first one on."""
    challenge: str = ""
    """What the reconnect URL must carry, once there is one."""
    used: bool = False

    def fields(self, status: str, reconnect_url: str | None = None) -> dict[str, Any]:
        """The session as frames show it."""
        return {
            "id": self.id,
            "status": status,
            "connected_at": nanosecond(self.connected_at),
            "keepalive_timeout_seconds": self.keepalive if status == "connected" else None,
            "reconnect_url": reconnect_url,
            "recovery_url": None,
        }


class Subscription(Struct, eq=False):
    """What a client is told about."""

    id: str
    type: str
    version: str
    condition: dict[str, str]
    session_id: str
    cost: int
    created_at: float
    holder: str
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

    def fields(self) -> dict[str, Any]:
        """The subscription as frames and answers show it."""
        return {
            "id": self.id,
            "status": self.status,
            "type": self.type,
            "version": self.version,
            "condition": self.condition,
            "transport": {"method": "websocket", "session_id": self.session_id},
            "created_at": nanosecond(self.created_at),
            "cost": self.cost,
        }


class EventSub:
    """All sessions and subscriptions."""

    def __init__(self, granted: Callable[[str], frozenset[str]]) -> None:
        self._granted = granted
        self.sessions: dict[str, Session] = {}
        self._subscriptions: dict[str, Subscription] = {}
        self._listeners: defaultdict[tuple[str, str], list[Subscription]] = defaultdict(list)

    def open(self, keepalive: int, now: float) -> Session:
        """A new session, which has a few seconds to subscribe to something."""
        session = Session(f"AgoQ{secret(22)}EgZjZWxsLWE", now, min(max(keepalive, 10), 600))
        self.sessions[session.id] = session
        return session

    def ask_to_reconnect(self, session: Session) -> str:
        """The challenge for the reconnect URL."""
        session.status, session.challenge = "reconnecting", str(uuid4())
        return session.challenge

    def resume(self, session_id: str, challenge: str) -> Session | None:
        """The session that goes on over a new socket, subscriptions and all; None for a wrong URL."""
        session = self.sessions.get(session_id)
        if session is None or not challenge or session.challenge != challenge:
            return None
        session.status, session.challenge = "connected", ""
        return session

    def close(self, session: Session, status: str, now: float) -> None:
        """End a session; its subscriptions end with it."""
        self.sessions.pop(session.id, None)
        for subscription in self.of_session(session):
            self.end(subscription, status, now)

    def end(self, subscription: Subscription, status: str, now: float) -> None:
        """Stop the events of one subscription; it stays listed for a minute."""
        subscription.status, subscription.ended_at = status, now
        subscription.raw = Raw(encode(subscription.fields()))
        self._listeners[subscription.type, subscription.about].remove(subscription)

    def of_session(self, session: Session) -> list[Subscription]:
        """The enabled subscriptions of a session."""
        return [one for one in self.enabled if one.session_id == session.id]

    @property
    def enabled(self) -> list[Subscription]:
        """Every enabled subscription."""
        return [one for one in self._subscriptions.values() if one.enabled]

    def listeners(self, kind: str, user_id: str) -> list[Subscription]:
        """Who wants to know of such an event in the channel of that user."""
        return self._listeners.get((kind, user_id), [])

    def listed(self, token: Token, now: float) -> list[Subscription]:
        """The subscriptions of a client and user, with those that ended a moment ago."""
        for old in [one.id for one in self._subscriptions.values() if now - one.ended_at > LISTED]:
            del self._subscriptions[old]
        return [one for one in self._subscriptions.values() if one.holder == token.bucket]

    def cost(self, holder: str) -> int:
        """What the enabled subscriptions of a client and user cost together."""
        return sum(one.cost for one in self.enabled if one.holder == holder)

    def subscribe(self, order: Order, token: Token, now: float) -> Subscription:
        """A new subscription, if all the rules allow it. Raises `Refused`."""
        kind = _checked(order)
        session = self._session_for(order, token)
        _consented(kind, order, token)
        self._room_for(order, token, session)
        cost = self._cost_of(kind, order)
        if self.cost(token.bucket) + cost > MAX_COST:
            raise Refused(429, "maximum total cost exceeded")
        return self._add(order, token, cost, now)

    def _add(self, order: Order, token: Token, cost: int, now: float) -> Subscription:
        session = self.sessions[order.transport.session_id]
        session.used, session.holder = True, token.bucket
        subscription = Subscription(
            id=str(uuid4()),
            type=order.type,
            version=order.version,
            condition=order.condition,
            session_id=session.id,
            cost=cost,
            created_at=now,
            holder=token.bucket,
        )
        subscription.raw = Raw(encode(subscription.fields()))
        self._subscriptions[subscription.id] = subscription
        self._listeners[order.type, subscription.about].append(subscription)
        return subscription

    def unsubscribe(self, subscription_id: str, token: Token) -> None:
        """Forget a subscription. Raises `Refused` when it is not the token's."""
        subscription = self._subscriptions.get(subscription_id)
        if subscription is None or subscription.holder != token.bucket:
            raise Refused(404, "subscription not found")
        if subscription.enabled:
            self._listeners[subscription.type, subscription.about].remove(subscription)
        del self._subscriptions[subscription_id]

    def _session_for(self, order: Order, token: Token) -> Session:
        if order.transport.method != "websocket":
            raise Refused(
                400, f"transport method {order.transport.method!r} is not supported by this sandbox"
            )
        if token.user is None:
            raise Refused(400, "invalid transport and auth combination")
        session = self.sessions.get(order.transport.session_id)
        if session is None:
            raise Refused(400, "websocket transport session does not exist or has already disconnected")
        if session.holder not in ("", token.bucket):
            raise Refused(400, "websocket transport cannot have subscriptions created by different users")
        return session

    def _room_for(self, order: Order, token: Token, session: Session) -> None:
        mine = [one for one in self.enabled if one.holder == token.bucket]
        same = [one for one in mine if one.type == order.type and one.condition == order.condition]
        if any(one.session_id == session.id for one in same):
            raise Refused(409, "subscription already exists")
        if len(same) >= SAME:
            raise Refused(429, "too many subscriptions of the same type and condition")
        if len({one.session_id for one in mine} - {session.id}) >= SOCKETS:
            raise Refused(429, "number of websocket transports limit exceeded")
        if sum(one.session_id == session.id for one in mine) >= PER_SOCKET:
            raise Refused(429, "number of subscriptions per websocket transport limit exceeded")

    def _cost_of(self, kind: Kind, order: Order) -> int:
        about = [order.condition[key] for key in kind.condition if key in order.condition]
        return 0 if kind.scopes or any(self._granted(user_id) for user_id in about) else 1


def _checked(order: Order) -> Kind:
    kind = KINDS.get(order.type)
    if kind is None or order.version != kind.version:
        raise Refused(400, f"invalid subscription type and version: {order.type} {order.version}")
    given = set(order.condition)
    complete = bool(given) if kind.one_of else given >= set(kind.condition)
    if not complete or not given <= set(kind.condition) or "" in order.condition.values():
        raise Refused(400, f"invalid condition: {order.type} takes {', '.join(kind.condition)}")
    return kind


def _consented(kind: Kind, order: Order, token: Token) -> None:
    if not kind.scopes:
        return
    asked_for = order.condition[kind.subject]
    if token.user is None or token.user.id != asked_for or token.scopes.isdisjoint(kind.scopes):
        raise Refused(403, "subscription missing proper authorization")


def ordered(body: bytes) -> Order:
    """The order in the body of a call. Raises `Refused`."""
    try:
        return msgspec.json.decode(body, type=Order)
    except msgspec.DecodeError as error:
        raise Refused(400, f"invalid subscription: {error}") from None
