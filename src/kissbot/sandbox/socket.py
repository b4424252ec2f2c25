"""The EventSub WebSocket: who is connected, keep-alives, reconnects, and how events find their way."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any, Final

from aiohttp import web
from msgspec import Raw, Struct

from kissbot.chat.tasks import Tasks
from kissbot.sandbox.conduits import Conduit, Shard
from kissbot.sandbox.eventsub import EventSub
from kissbot.sandbox.faults import EVERY_SOCKET, Faults, Narrow
from kissbot.sandbox.link import REASONS, Clock, Link
from kissbot.sandbox.payloads import (
    SURPRISE,
    Metadata,
    Notification,
    Payload,
    encode,
    keepalive,
    nanosecond,
    session_frame,
)
from kissbot.sandbox.register import Subscription
from kissbot.sandbox.sessions import Session
from kissbot.sandbox.world import Ids, Line

STATUSES: Final = {
    4000: "websocket_internal_error",
    4001: "websocket_received_inbound_traffic",
    4002: "websocket_failed_ping_pong",
    4003: "websocket_connection_unused",
    4004: "websocket_failed_to_reconnect",
    4005: "websocket_network_timeout",
    4006: "websocket_network_error",
}
DISCONNECTED: Final = "websocket_disconnected"


class Timing(Struct, frozen=True, kw_only=True):
    """Time limits of EventSub and IRC, and how late the API is, in seconds."""

    keepalive: float | None = None
    """When to send a keep-alive; None: as the client asked."""
    subscribe_within: float = 10
    reconnect_grace: float = 30
    irc_ping: float = 240
    """How often a client of IRC is asked whether it is there."""
    irc_pong_within: float = 10
    streams_lag: float = 0
    """How much later than EventSub Get Streams knows who is live, and who is not any more."""


class Sockets:
    """Every EventSub connection, and how an event finds its way to those who listen."""

    def __init__(
        self, eventsub: EventSub, faults: Faults, ids: Ids, tasks: Tasks, clock: Clock, timing: Timing
    ) -> None:
        self.eventsub = eventsub
        self.frames = 0
        self.changed: Callable[[], None] = lambda: None
        self._faults = faults
        self._ids = ids
        self._tasks = tasks
        self._clock = clock
        self._timing = timing
        self._links: set[Link] = set()
        self._current: dict[str, Link] = {}
        self._events = 0
        eventsub.conduits.told = self._tell_of_shard
        eventsub.conduits.ended = self._end_conduit

    @property
    def links(self) -> list[Link]:
        """The connections that are open."""
        return [link for link in self._links if link.open]

    @property
    def connected(self) -> bool:
        """Whether anybody listens to anything."""
        return any(
            session.holder and session.id in self._current for session in self.eventsub.sessions.values()
        )

    async def drained(self) -> None:
        """Wait until every frame so far has been written to its socket."""
        for link in self.links:
            await link.drained()

    # What happens, told to those who subscribed

    def notify(self, kind: str, user_id: str, event: dict[str, Any], line: Line | None = None) -> None:
        """Send an event of a user's channel to everybody who listens."""
        self._events += 1
        if self._events % SURPRISE == 0:
            event["sandbox_surprise"] = {"documented": False}
        raw = Raw(encode(event))
        for subscription in self.eventsub.register.listeners(kind, user_id):
            self._send(subscription, raw, line)

    def audible(self, kind: str, user_id: str) -> bool:
        """Whether such an event would reach anybody now."""
        return any(
            one.session_id in self._current or self.eventsub.conduits.hears(one.conduit_id, user_id)
            for one in self.eventsub.register.listeners(kind, user_id)
        )

    def _link_for(self, subscription: Subscription) -> Link | None:
        """The connection that a subscription's events go to."""
        if not subscription.conduit_id:
            return self._current.get(subscription.session_id)
        session = self.eventsub.conduits.route(subscription.conduit_id, subscription.about, subscription.type)
        return self._current.get(session.id) if session else None

    def _send(self, subscription: Subscription, event: Raw, line: Line | None) -> None:
        link = self._link_for(subscription)
        if link is None:
            return
        frame = self._frame(subscription, event)
        self.frames += 1
        if self._faults.quiet:
            link.send(frame, line)
        else:
            self._send_badly(link, frame, line, lambda: self._frame(subscription, event))

    def _frame(self, subscription: Subscription, event: Raw) -> bytes:
        metadata = self._metadata("notification", subscription)
        return encode(Notification(metadata, Payload(subscription.raw, event)))

    def _tell_of_shard(self, conduit: Conduit, shard: Shard) -> None:
        """To those who subscribed to it, by the shards that are left."""
        event = {"conduit_id": conduit.id, "shard_id": shard.id, **_disabled(shard)}
        for subscription in self.eventsub.register.listeners("conduit.shard.disabled", ""):
            if subscription.condition.get("conduit_id", conduit.id) == conduit.id:
                self._send(subscription, Raw(encode(event)), None)

    def _end_conduit(self, conduit: Conduit) -> None:
        for subscription in self.eventsub.register.at(conduit.id):
            self.eventsub.register.end(subscription, "conduit_deleted", self._clock.time())

    def _send_badly(self, link: Link, frame: bytes, line: Line | None, anew: Callable[[], bytes]) -> None:
        copies = [frame]
        if again := self._faults.copy():
            copies.append(frame if again.same_id else anew())
        for copy in copies:
            if delay := self._faults.delay():
                asyncio.get_running_loop().call_later(delay, link.send, copy, line)  # lost if closed by then
            else:
                link.send(copy, line)

    def revoke(self, kind: str, status: str, channel_id: str = "") -> None:
        """Take away the subscriptions of a type, or all, in one channel or in all, and say so."""
        for subscription in self.eventsub.register.enabled:
            if kind in ("", subscription.type) and channel_id in ("", subscription.about):
                self._revoke(subscription, status)

    def withdraw(self, holder: str, user_id: str) -> None:
        """Take away what a user's consent was needed for, as that is gone."""
        for subscription in self.eventsub.register.enabled:
            gone = user_id in subscription.condition.values() and not self.eventsub.goes_on(subscription)
            if subscription.holder == holder or gone:
                self._revoke(subscription, "authorization_revoked")

    def expel(self, channel_id: str) -> None:
        """Take away what only a moderator of a channel may have, where its reader is none any more."""
        for subscription in self.eventsub.register.enabled:
            if subscription.about == channel_id and not self.eventsub.goes_on(subscription):
                self._revoke(subscription, "moderator_removed")

    def _revoke(self, subscription: Subscription, status: str) -> None:
        link = self._link_for(subscription)
        self.eventsub.register.end(subscription, status, self._clock.time())
        metadata = self._metadata("revocation", subscription)
        if link:
            link.send(encode({"metadata": metadata, "payload": {"subscription": subscription.raw}}))

    def _metadata(self, message_type: str, subscription: Subscription) -> Metadata:
        at = nanosecond(self._clock.time())
        return Metadata(self._ids.next(), message_type, at, subscription.type, subscription.version)

    # A connection, from its welcome to its end

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Take a client's connection and keep it until it ends."""
        if self._faults.unplugged:
            raise web.HTTPServiceUnavailable
        ws = web.WebSocketResponse(timeout=2, compress=False)
        await ws.prepare(request)
        session = self._session_for(request.query)
        if session is None:
            await ws.close(code=4007, message=REASONS[4007].encode())
            return ws
        link = Link(request, ws, session, self._clock)
        self._welcome(link)
        writer = self._tasks.start(self._write(link), f"link {session.id}")
        try:
            if await link.until_gone():
                self.forget(link, STATUSES[4001])
                await link.close(4001)
        finally:
            self.forget(link, DISCONNECTED)
            writer.cancel()
        return ws

    def _session_for(self, query: Any) -> Session | None:
        if "challenge" in query or "id" in query:
            return self.eventsub.resume(query.get("id", ""), query.get("challenge", ""))
        asked = query.get("keepalive_timeout_seconds", "")
        return self.eventsub.open(int(asked) if asked.isdecimal() else 10, self._clock.time())

    def _welcome(self, link: Link) -> None:
        """From here on, what happens goes to the new link; a former one keeps what it has queued."""
        session = link.session
        welcome = session.fields("connected")
        link.send(session_frame("session_welcome", self._ids.next(), welcome, self._clock.time()))
        self._links.add(link)
        self._current[session.id] = link
        link.after(self._timing.subscribe_within, partial(self._close_unused, link))
        self.changed()

    async def _write(self, link: Link) -> None:
        seconds = self._timing.keepalive or link.session.keepalive
        await link.write(seconds, lambda: keepalive(self._ids.next(), self._clock.time()))

    def forget(self, link: Link, status: str) -> None:
        """A connection is over; the session too, unless it has moved to another."""
        link.ended()
        self._links.discard(link)
        if self._current.get(link.session.id) is link:
            del self._current[link.session.id]
            self.eventsub.close(link.session, status, self._clock.time())
            self.changed()

    def _close_unused(self, link: Link) -> None:
        if not link.session.used:
            self._close(link, 4003)

    def _close(self, link: Link, code: int) -> None:
        self.forget(link, STATUSES.get(code, DISCONNECTED))
        self._tasks.start(link.close(code), f"close {code}")

    # Faults

    def drop(self, only: Narrow = EVERY_SOCKET) -> None:
        """Break every connection."""
        for link in self._struck(only):
            self.forget(link, DISCONNECTED)
            link.abort()

    def close(self, code: int, only: Narrow) -> None:
        """Close every connection with a code."""
        for link in self._struck(only):
            self._close(link, code)

    def silence(self, seconds: float, only: Narrow = EVERY_SOCKET) -> None:
        """Write nothing to the connections of now, for so long."""
        for link in self._struck(only):
            link.silent_until = self._clock.time() + seconds if seconds else 0

    def reconnect(self, only: Narrow = EVERY_SOCKET) -> None:
        """Ask every client to move to a new connection within the grace time."""
        for link in [link for link in self._struck(only) if self._current.get(link.session.id) is link]:
            challenge = self.eventsub.ask_to_reconnect(link.session)
            url = f"{link.url}?challenge={challenge}&id={link.session.id}"
            session = link.session.fields("reconnecting", url)
            link.send(session_frame("session_reconnect", self._ids.next(), session, self._clock.time()))
            link.after(self._timing.reconnect_grace, partial(self._close, link, 4004))

    def lose_shard(self, shard_id: str) -> None:
        """Disable a shard (none in particular: each) although its socket is well."""
        for conduit in list(self.eventsub.conduits.all.values()):
            for shard in conduit.shards:
                if shard.enabled and shard_id in ("", shard.id):
                    self.eventsub.conduits.disable(conduit, shard, STATUSES[4000], self._clock.time())

    def _struck(self, only: Narrow) -> list[Link]:
        """The connections that a fault is about."""
        return [
            link
            for link in self.links
            if only.socket in ("", link.session.id)
            and (not only.shard or any(shard == only.shard for _, shard in link.session.shards))
        ]


def _disabled(shard: Shard) -> dict[str, Any]:
    fields = shard.fields()
    return {"status": fields["status"], "transport": {**fields["transport"], "callback": None}}
