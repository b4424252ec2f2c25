"""As much of Twitch as a conduit needs: its shards, its subscriptions, and who gets an event. On loopback.

Source: Twitch, "Getting Events Using Conduits" and the API reference.
"""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from typing import Any
from uuid import uuid4

import msgspec
from aiohttp import web

from .frames import AT, chat, frame, welcome

Json = dict[str, Any]
MOST = 5
PER_MINUTE = 800


class Shard:
    """Where a part of the events goes."""

    def __init__(self) -> None:
        self.session, self.status = "", "websocket_disconnected"

    @property
    def enabled(self) -> bool:
        return self.status == "enabled"


class ConduitTwitch:
    """Everything there is, for a test to look at and to spoil."""

    def __init__(self, delay: float = 0) -> None:
        self.url = ""
        self.delay = delay
        self.conduits: dict[str, list[Shard]] = {}
        self.subscriptions: dict[str, Json] = {}
        self.sockets: dict[str, web.WebSocketResponse] = {}
        self.closed_to_apps: set[str] = set()
        """Channels that neither granted channel:bot nor made the bot a moderator."""
        self.refuse_shards: list[str] = []
        """Shards that the next updates fail for, a call each."""
        self.fails: Counter[str] = Counter()
        """How many of the next calls to a path fail, by `METHOD path`."""
        self.calls: Counter[str] = Counter()
        self.dropped = 0
        self._left, self._at = float(PER_MINUTE), time.time()
        self._numbers = count(1)

    # What happens

    async def say(self, channel: str, text: str) -> None:
        """A line in a channel: to its shard, else to one other; if that is down, too, it is lost."""
        line = chat(text, id=str(uuid4()), broadcaster_user_id=channel)
        for one in tuple(self.subscriptions.values()):
            is_chat = one["type"] == "channel.chat.message"
            if is_chat and one["condition"]["broadcaster_user_id"] == channel and one["status"] == "enabled":
                await self._deliver(one["transport"], hash(channel), line)

    async def _deliver(self, transport: Json, number: int, line: Json) -> None:
        if transport["method"] == "websocket":
            await self._send(transport["session_id"], line)
            return
        shards = self.conduits.get(transport["conduit_id"], [])
        first = shards[number % len(shards)] if shards else None
        another = next((shard for shard in shards if shard.enabled and shard is not first), None)
        for shard in (first, another):
            if shard and shard.enabled:
                await self._send(shard.session, line)
                return
        self.dropped += 1

    async def _send(self, session: str, line: Json) -> None:
        if socket := self.sockets.get(session):
            await socket.send_json(line)

    def abort(self, session: str, *, notice: bool = True) -> None:
        """Break a socket; without `notice`, Twitch goes on sending there for a while."""
        socket = self.sockets.pop(session)
        if notice:
            self._gone(session, "websocket_disconnected")
        transport = socket._req.transport if socket._req else None
        assert transport
        transport.abort()

    async def disable(self, conduit: str, shard: int) -> None:
        """Send to a shard no more although its socket is well, and tell the application."""
        found = self.conduits[conduit][shard]
        found.status = "websocket_network_error"
        about = {
            "conduit_id": conduit,
            "shard_id": str(shard),
            "status": found.status,
            "transport": {"method": "websocket", "session_id": found.session},
        }
        for one in self.subscriptions.values():
            if one["type"] == "conduit.shard.disabled":
                told = frame("notification", {"subscription": one, "event": about}, one["type"])
                await self._deliver(one["transport"], shard, told)

    def _gone(self, session: str, status: str) -> None:
        for shards in self.conduits.values():
            for shard in shards:
                if shard.session == session:
                    shard.status = status
        for one in self.subscriptions.values():
            if one["transport"].get("session_id") == session:
                one["status"] = status

    def chats(self, method: str = "conduit") -> list[str]:
        """The channels whose chat is subscribed to, by way of this."""
        return sorted(
            one["condition"]["broadcaster_user_id"]
            for one in self.subscriptions.values()
            if one["type"] == "channel.chat.message"
            and one["status"] == "enabled"
            and one["transport"]["method"] == method
        )

    def attached(self) -> list[str]:
        """The sessions of the shards that are well."""
        return [shard.session for shards in self.conduits.values() for shard in shards if shard.enabled]

    # What is asked

    async def socket(self, request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        session = f"session-{next(self._numbers)}"
        self.sockets[session] = socket
        await socket.send_json(welcome(session))
        alive = asyncio.create_task(_keep_alive(socket))
        await socket.receive()
        alive.cancel()
        if self.sockets.pop(session, None):
            self._gone(session, "websocket_disconnected")
        return socket

    async def serve(self, request: web.Request) -> web.StreamResponse:
        called = f"{request.method} {request.path.rpartition('/')[2]}"
        self.calls[called] += 1
        body = await request.read()
        if self.delay:
            await asyncio.sleep(self.delay)
        now = time.time()
        self._left = min(PER_MINUTE, self._left + (now - self._at) * PER_MINUTE / 60)
        self._at = now
        if self._left < 1:
            return self._answer(429, {"message": "Too Many Requests"})
        self._left -= 1
        if self.fails[called]:
            self.fails[called] -= 1
            return self._answer(400, {"message": "something is wrong"})
        status, answer = self._ask(called, request, msgspec.json.decode(body) if body else {})
        return self._answer(status, answer)

    def _answer(self, status: int, answer: Json) -> web.Response:
        full_in = (PER_MINUTE - self._left) * 60 / PER_MINUTE
        headers = {
            "Ratelimit-Limit": str(PER_MINUTE),
            "Ratelimit-Remaining": str(int(self._left)),
            "Ratelimit-Reset": str(int(time.time() + full_in) + 1),
        }
        return web.Response(body=msgspec.json.encode(answer), status=status, headers=headers)

    def _ask(self, called: str, request: web.Request, body: Json) -> tuple[int, Json]:
        match called:
            case "GET subs":
                return self._list(int(request.query.get("after", "0")))
            case "POST subs":
                return self._subscribe(body)
            case "DELETE subs":
                return (204, {}) if self.subscriptions.pop(request.query["id"], None) else (404, {})
        return self._ask_of_conduits(called, request, body)

    def _ask_of_conduits(self, called: str, request: web.Request, body: Json) -> tuple[int, Json]:
        match called:
            case "GET conduits":
                return 200, {"data": [self._conduit(one) for one in self.conduits]}
            case "POST conduits":
                if len(self.conduits) >= MOST:
                    return 429, {"message": "conduit limit reached"}
                name = f"conduit-{next(self._numbers)}"
                self.conduits[name] = [Shard() for _ in range(body["shard_count"])]
                return 200, {"data": [self._conduit(name)]}
            case "PATCH conduits":
                shards = self.conduits[body["id"]]
                wanted = body["shard_count"]
                self.conduits[body["id"]] = [*shards, *(Shard() for _ in range(wanted))][:wanted]
                return 200, {"data": [self._conduit(body["id"])]}
            case "GET shards":
                return 200, {"data": self._shards(request.query["conduit_id"]), "pagination": {}}
            case "PATCH shards":
                return self._attach(body)
        return 404, {}

    def _conduit(self, name: str) -> Json:
        return {"id": name, "shard_count": len(self.conduits[name])}

    def _shards(self, conduit: str) -> list[Json]:
        return [
            {
                "id": str(number),
                "status": shard.status,
                "transport": {"method": "websocket", "session_id": shard.session},
            }
            for number, shard in enumerate(self.conduits[conduit])
            if shard.session
        ]

    def _attach(self, body: Json) -> tuple[int, Json]:
        well, errors = [], []
        shards = self.conduits.get(body["conduit_id"])
        if shards is None:
            return 404, {"message": "conduit not found"}
        for one in body["shards"]:
            number, session = int(one["id"]), one["transport"]["session_id"]
            if one["id"] in self.refuse_shards or session not in self.sockets or number >= len(shards):
                errors.append({"id": one["id"], "message": "no", "code": "invalid_parameter"})
                if one["id"] in self.refuse_shards:
                    self.refuse_shards.remove(one["id"])
            else:
                shards[number].session, shards[number].status = session, "enabled"
                well.append({"id": one["id"], "status": "enabled", "transport": one["transport"]})
        return 202, {"data": well, "errors": errors}

    def _list(self, start: int) -> tuple[int, Json]:
        rows = list(self.subscriptions.values())
        more = {"cursor": str(start + 100)} if start + 100 < len(rows) else {}
        return 200, {"data": rows[start : start + 100], "total": len(rows), "pagination": more}

    def _subscribe(self, body: Json) -> tuple[int, Json]:
        transport, condition = body["transport"], body["condition"]
        by_app = transport["method"] == "conduit"
        if by_app and condition.get("broadcaster_user_id") in self.closed_to_apps:
            return 403, {"message": "subscription missing proper authorization"}
        if by_app and transport["conduit_id"] not in self.conduits:
            return 400, {"message": "conduit not found"}
        same = [one for one in self.subscriptions.values() if _same(one, body)]
        if same:
            return 409, {"message": "subscription already exists"}
        name = f"sub-{next(self._numbers)}"
        self.subscriptions[name] = {"id": name, "status": "enabled", "created_at": AT, "cost": 0, **body}
        return 202, {"data": [self.subscriptions[name]]}


def _same(one: Json, body: Json) -> bool:
    return one["status"] == "enabled" and all(one[key] == body[key] for key in body)


async def _keep_alive(socket: web.WebSocketResponse) -> None:
    while not socket.closed:
        await asyncio.sleep(10)
        await socket.send_json(frame("session_keepalive", {}))


@asynccontextmanager
async def conduit_twitch(delay: float = 0) -> AsyncIterator[ConduitTwitch]:
    """It, on loopback."""
    twitch = ConduitTwitch(delay)
    app = web.Application()
    app.router.add_get("/ws", twitch.socket)
    app.router.add_route("*", "/{path:.*}", twitch.serve)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        twitch.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield twitch
    finally:
        for socket in tuple(twitch.sockets.values()):
            await socket.close()
        await runner.cleanup()
