"""EventSub's rules: who may subscribe to what, where, at which cost. No sockets; the time is passed in."""

from collections.abc import Callable
from typing import Final
from uuid import uuid4

import msgspec
from msgspec import Struct

from kissbot.sandbox.answers import Refused
from kissbot.sandbox.conduits import Conduit, Conduits
from kissbot.sandbox.kinds import BROADCASTER, CHAT, KINDS, MODERATOR, Kind
from kissbot.sandbox.register import Register, Subscription, wish
from kissbot.sandbox.sessions import Session
from kissbot.sandbox.tokens import Token, secret

SOCKETS: Final = 3
PER_SOCKET: Final = 300
MAX_COST: Final = 10
MAX_APP_COST: Final = 10_000
SAME: Final = 3
"""How many subscriptions of one type and condition a client may have, in different places."""


class Transport(Struct):
    """Where the events of a subscription go."""

    method: str
    session_id: str = ""
    conduit_id: str = ""


class Order(Struct):
    """What a client asks for when it subscribes."""

    type: str
    version: str
    condition: dict[str, str]
    transport: Transport


class EventSub:
    """All sessions, conduits and subscriptions.

    `granted` tells what a user allows the client, `moderates` whether one moderates another's channel.
    """

    def __init__(
        self, granted: Callable[[str], frozenset[str]], moderates: Callable[[str, str], bool]
    ) -> None:
        self._granted, self._moderates = granted, moderates
        self.sessions: dict[str, Session] = {}
        self.register = Register()
        self.conduits = Conduits(self.sessions.get)

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
        """End a session; its subscriptions end with it, and its shards get nothing more."""
        self.sessions.pop(session.id, None)
        for subscription in self.register.at(session.id):
            self.register.end(subscription, status, now)
        if session.shards:
            self.conduits.lose(session, status, now)

    def subscribe(self, order: Order, token: Token, now: float) -> Subscription:
        """A new subscription, if all the rules allow it. Raises `Refused`."""
        kind = _checked(order)
        place = self._place_for(order, token, now)
        self._consented(kind, order, token)
        self._room_for(order, token, place)
        cost = self._cost_of(kind, order)
        if self.register.cost(token.bucket) + cost > max_cost(token):
            raise Refused(429, "maximum total cost exceeded")
        return self._add(order, token, cost, now)

    def _add(self, order: Order, token: Token, cost: int, now: float) -> Subscription:
        subscription = Subscription(
            id=str(uuid4()),
            type=order.type,
            version=order.version,
            condition=order.condition,
            cost=cost,
            created_at=now,
            holder=token.bucket,
            session_id=order.transport.session_id,
            conduit_id=order.transport.conduit_id,
        )
        if session := self.sessions.get(subscription.session_id):
            session.used, session.holder = True, token.bucket
            subscription.connected_at = session.connected_at
        self.register.add(subscription)
        return subscription

    def unsubscribe(self, subscription_id: str, token: Token) -> None:
        """Forget a subscription. Raises `Refused` when it is not the token's."""
        subscription = self.register.get(subscription_id)
        if subscription is None or subscription.holder != token.bucket:
            raise Refused(404, "subscription not found")
        self.register.remove(subscription)

    def _place_for(self, order: Order, token: Token, now: float) -> Session | Conduit:
        """The session or the conduit that is asked for."""
        match order.transport.method:
            case "websocket":
                order.transport.conduit_id = ""
                return self._session_for(order, token)
            case "conduit":
                order.transport.session_id = ""
                if token.user is not None:
                    raise Refused(400, "invalid transport and auth combination")
                return self.conduits.find(order.transport.conduit_id, now)
            case method:
                raise Refused(400, f"transport method {method!r} is not supported by this sandbox")

    def _session_for(self, order: Order, token: Token) -> Session:
        if token.user is None:
            raise Refused(400, "invalid transport and auth combination")
        session = self.sessions.get(order.transport.session_id)
        if session is None:
            raise Refused(400, "websocket transport session does not exist or has already disconnected")
        if session.holder not in ("", token.bucket):
            raise Refused(400, "websocket transport cannot have subscriptions created by different users")
        return session

    def _room_for(self, order: Order, token: Token, place: Session | Conduit) -> None:
        same = self.register.same(token.bucket, wish(order.type, order.condition))
        if any(one.place == place.id for one in same):
            raise Refused(409, "subscription already exists")
        if len(same) >= SAME:
            raise Refused(429, "too many subscriptions of the same type and condition")
        if isinstance(place, Conduit):
            return
        if len(self.register.places(token.bucket) - {place.id}) >= SOCKETS:
            raise Refused(429, "number of websocket transports limit exceeded")
        if self.register.count_at(place.id) >= PER_SOCKET:
            raise Refused(429, "number of subscriptions per websocket transport limit exceeded")

    def _cost_of(self, kind: Kind, order: Order) -> int:
        if kind.scopes or kind.app_only:
            return 0
        about = [order.condition[key] for key in kind.condition if key in order.condition]
        return 0 if any(self._granted(user_id) for user_id in about) else 1

    def _consented(self, kind: Kind, order: Order, token: Token) -> None:
        """Whether those whom the events are about, or who read them, let the client."""
        if kind.app_only:
            if token.user is not None or order.condition["client_id"] != token.client_id:
                raise Refused(403, "subscription missing proper authorization")
        elif kind.scopes and not self._allows(kind, order.condition, token):
            raise Refused(403, "subscription missing proper authorization")

    def _allows(self, kind: Kind, condition: dict[str, str], token: Token) -> bool:
        asked_for = condition[kind.subject]
        if token.user is None:
            allowed = self._granted_to_app(kind, asked_for)
        else:
            allowed = token.user.id == asked_for and not token.scopes.isdisjoint(kind.scopes)
        return allowed and self._is_let_in(kind, condition, by_app=token.user is None)

    def _granted_to_app(self, kind: Kind, asked_for: str) -> bool:
        granted = self._granted(asked_for)
        return not granted.isdisjoint(kind.scopes) and (kind is not CHAT or "user:bot" in granted)

    def _is_let_in(self, kind: Kind, condition: dict[str, str], *, by_app: bool) -> bool:
        """Whether the channel has a say, and lets in who reads."""
        channel_id, reader = condition.get(BROADCASTER, ""), condition[kind.subject]
        if kind is CHAT and by_app:
            return "channel:bot" in self._granted(channel_id) or self._moderates(reader, channel_id)
        return kind.subject != MODERATOR or self._moderates(reader, channel_id)

    def goes_on(self, one: Subscription) -> bool:
        """Whether a subscription would be allowed now; what its own user's token allows is not asked."""
        kind, by_app = KINDS[one.type], bool(one.conduit_id)
        if not kind.scopes:
            return True
        if by_app and not self._granted_to_app(kind, one.condition[kind.subject]):
            return False
        return self._is_let_in(kind, one.condition, by_app=by_app)


def max_cost(token: Token) -> int:
    """The budget of a user's, or of the application's subscriptions."""
    return MAX_COST if token.user else MAX_APP_COST


def _checked(order: Order) -> Kind:
    kind = KINDS.get(order.type)
    if kind is None or order.version != kind.version:
        raise Refused(400, f"invalid subscription type and version: {order.type} {order.version}")
    given = set(order.condition)
    complete = given >= set(kind.needed) and (bool(given) or not kind.one_of)
    if not complete or not given <= set(kind.condition) or "" in order.condition.values():
        raise Refused(400, f"invalid condition: {order.type} takes {', '.join(kind.condition)}")
    return kind


def ordered(body: bytes) -> Order:
    """The order in the body of a call. Raises `Refused`."""
    try:
        return msgspec.json.decode(body, type=Order)
    except msgspec.DecodeError as error:
        raise Refused(400, f"invalid subscription: {error}") from None
