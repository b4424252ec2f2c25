"""Chat over IRC: who is connected and in which rooms, what they may, and how lines find their way to them."""

import asyncio
from collections import defaultdict
from collections.abc import Callable
from functools import partial
from typing import Any, Final, Protocol

from aiohttp import web
from msgspec import Struct, field

from kissbot.chat.tasks import Tasks
from kissbot.sandbox.faults import Faults
from kissbot.sandbox.irc_doors import Doors
from kissbot.sandbox.irc_pipe import Frames, Pipe, Stream, Wire
from kissbot.sandbox.irc_words import (
    CAPABILITIES,
    NO_FORM,
    NO_LOGIN,
    SERVER,
    Tags,
    entering,
    global_state,
    greeting,
    leaving,
    message,
    notice,
    room_state,
    tagged,
    user_state,
)
from kissbot.sandbox.limits import ChatLimits
from kissbot.sandbox.link import Clock
from kissbot.sandbox.socket import Timing
from kissbot.sandbox.tokens import Tokens
from kissbot.sandbox.world import Channel, Line, Person, Rank, World

LONGEST: Final = 500
"""Code points of a line; what is over is cut off."""


class Outcome(Protocol):
    """What became of a line that was sent."""

    @property
    def id(self) -> str:
        """Its id, if it is shown."""
        ...

    @property
    def drop_reason(self) -> str | None:
        """Why it is not."""
        ...


Send = Callable[[Person, Channel, str, str], Outcome]
"""Says a line in the name of somebody, in reply to another or (empty) to none."""


class Place(Struct, frozen=True):
    """What IRC needs of the rest of the sandbox."""

    world: World
    tokens: Tokens
    limits: ChatLimits
    faults: Faults
    clock: Clock
    timing: Timing
    tasks: Tasks
    rank_of: Callable[[Person, Channel], Rank]
    send: Send


class Caller(Struct, eq=False):
    """One client."""

    pipe: Pipe
    capabilities: set[str] = field(default_factory=set)
    password: str = ""
    person: Person | None = None
    scopes: frozenset[str] = frozenset()
    rooms: set[str] = field(default_factory=set)
    """By the ids of their owners."""
    pinged: bool = False
    alarm: asyncio.TimerHandle | None = None

    @property
    def login(self) -> str:
        """Who it is; empty before that is known."""
        return self.person.login if self.person else ""

    def tell(self, tags: Tags, text: str, line: Line | None = None) -> None:
        """A line, with its tags if it wants any."""
        self.pipe.send(tagged(tags, text) if "twitch.tv/tags" in self.capabilities else text, line)


class Irc:
    """Every IRC connection."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._callers: set[Caller] = set()
        self._in: defaultdict[str, list[Caller]] = defaultdict(list)
        """Who is in the room of each channel."""
        self._doors = Doors(place.limits)
        self._speaking: Caller | None = None
        self._lines = 0
        self.address = ""
        """Of the plain socket."""

    # What happens, told to those who are there

    def chat(self, line: Line) -> None:
        """A line was said; who said it on a connection does not hear it there again."""
        room = self._in.get(line.channel.owner.id)
        if not room:
            return
        self._lines += 1
        tags, text = message(line, self._lines, self._place.world.find)
        for caller in room:
            if caller is not self._speaking:
                self._tell(caller, tags, text, line)

    def happened(self, channel: Channel, tags: Tags, text: str) -> None:
        """Something else happened in a channel."""
        for caller in self._in.get(channel.owner.id, ()):
            if "twitch.tv/commands" in caller.capabilities:
                self._tell(caller, tags, text)

    def _tell(self, caller: Caller, tags: Tags, text: str, line: Line | None = None) -> None:
        faults = self._place.faults
        for _ in range(2 if not faults.quiet and faults.copy() else 1):
            caller.tell(tags, text, line)

    # A connection, from its login to its end

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """A client on a WebSocket."""
        if self._place.faults.unplugged:
            raise web.HTTPServiceUnavailable
        ws = web.WebSocketResponse(timeout=2, compress=False)
        await ws.prepare(request)
        await self._attend(Frames(request, ws))
        return ws

    async def serve_stream(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """A client on a plain socket."""
        if self._place.faults.unplugged:
            writer.transport.abort()
        else:
            await self._attend(Stream(reader, writer))

    async def _attend(self, wire: Wire) -> None:
        caller = Caller(Pipe(wire, self._place.clock))
        self._callers.add(caller)
        self._ping_later(caller)
        writer = self._place.tasks.start(caller.pipe.write(), "irc writer")
        try:
            async for line in caller.pipe.lines():
                if not self._answer(caller, line):
                    break
            await caller.pipe.close()
        finally:
            self._forget(caller)
            writer.cancel()

    def _forget(self, caller: Caller) -> None:
        caller.pipe.ended()
        self._callers.discard(caller)
        if caller.alarm:
            caller.alarm.cancel()
        for room in tuple(caller.rooms):
            self._leave(caller, room)

    def _leave(self, caller: Caller, room: str) -> None:
        caller.rooms.discard(room)
        self._in[room].remove(caller)

    def _ping_later(self, caller: Caller) -> None:
        loop, timing = asyncio.get_running_loop(), self._place.timing
        seconds = timing.irc_pong_within if caller.pinged else timing.irc_ping
        caller.alarm = loop.call_later(seconds, self._ping, caller)

    def _ping(self, caller: Caller) -> None:
        """Ask whether a client is there; who did not answer the last time is not."""
        if caller.pinged:
            self._drop(caller)
            return
        caller.pinged = True
        caller.pipe.send(f"PING :{SERVER}")
        self._ping_later(caller)

    # What a client says

    def _answer(self, caller: Caller, raw: str) -> bool:
        """Act on a line; False when that ends the connection."""
        tags, command, params = _parsed(raw)
        match command, params:
            case "PASS", [password, *_]:
                caller.password = password
            case "NICK", [nick, *_] if caller.person is None:
                return self._log_in(caller, nick)
            case "CAP", ["REQ", wanted, *_]:
                self._grant(caller, wanted)
            case "CAP", ["LS", *_]:
                caller.pipe.send(f":{SERVER} CAP * LS :{' '.join(CAPABILITIES)}")
            case "PING", _:
                caller.pipe.send(f":{SERVER} PONG {SERVER} :{params[-1] if params else ''}")
            case "PONG", _:
                self._alive(caller)
            case "QUIT", _:
                return False
            case _ if caller.person:
                self._act(caller, caller.person, tags, command, params)
        return True

    def _act(
        self, caller: Caller, person: Person, tags: dict[str, str], command: str, params: list[str]
    ) -> None:
        """What only those can do who have logged in."""
        match command, params:
            case "JOIN", [rooms, *_]:
                for room in rooms.split(","):
                    self._join(caller, person, room)
            case "PART", [rooms, *_]:
                for room in rooms.split(","):
                    self._part(caller, room)
            case "PRIVMSG", [room, text, *_]:
                self._say(caller, person, room, text.strip(), tags)

    def _alive(self, caller: Caller) -> None:
        if caller.pinged and caller.alarm:
            caller.alarm.cancel()
            caller.pinged = False
            self._ping_later(caller)

    def _grant(self, caller: Caller, wanted: str) -> None:
        names = wanted.split()
        known = set(names) <= set(CAPABILITIES)
        if known:
            caller.capabilities.update(names)
        caller.pipe.send(f":{SERVER} CAP * {'ACK' if known else 'NAK'} :{wanted}")

    def _log_in(self, caller: Caller, nick: str) -> bool:
        now = self._place.clock.time()
        scheme, _, secret = caller.password.partition(":")
        token = self._place.tokens.find(secret, now)
        if scheme != "oauth" or not secret:
            caller.pipe.send(notice("*", NO_FORM))
            return False
        if (
            token is None
            or token.user is None
            or token.user.login != nick.lower()
            or "chat:read" not in token.scopes
            or not self._doors.may_log_in(token.user.id, now)
        ):
            caller.pipe.send(notice("*", NO_LOGIN))
            return False
        caller.person, caller.scopes = token.user, token.scopes
        for line in greeting(token.user.login):
            caller.pipe.send(line)
        if "twitch.tv/commands" in caller.capabilities:
            caller.pipe.send(global_state(token.user))
        return True

    def _join(self, caller: Caller, person: Person, room: str) -> None:
        """Let somebody in; who asks too often, or for too much, is not answered, as for an unknown room."""
        channel = self._channel(room)
        if not self._doors.may_join(person.id, self._place.clock.time()):
            return
        if channel is None or channel.owner.id in caller.rooms or not self._has_place(person, channel):
            return
        caller.rooms.add(channel.owner.id)
        self._in[channel.owner.id].append(caller)
        for line in entering(person.login, channel.owner.login):
            caller.pipe.send(line)
        if "twitch.tv/commands" in caller.capabilities:
            self._tell_state(caller, person, channel, {})
            caller.pipe.send(room_state(channel))

    def _has_place(self, person: Person, channel: Channel) -> bool:
        """One's own room and those where one moderates take none, nor does a room where one is already."""
        mine = {room for one in self._callers if one.person is person for room in one.rooms}
        if channel.owner.id in mine or self._is_free(person, channel):
            return True
        rooms = [self._place.world.channel_of(room) for room in mine]
        return self._doors.has_place(sum(not self._is_free(person, room) for room in rooms if room))

    def _is_free(self, person: Person, channel: Channel) -> bool:
        return self._place.rank_of(person, channel) in ("broadcaster", "moderator", "lead_moderator")

    def _part(self, caller: Caller, room: str) -> None:
        channel = self._channel(room)
        if channel and channel.owner.id in caller.rooms:
            self._leave(caller, channel.owner.id)
            caller.pipe.send(leaving(caller.login, channel.owner.login))

    def _channel(self, room: str) -> Channel | None:
        return self._place.world.channels.get(room.removeprefix("#"))

    def _say(self, caller: Caller, person: Person, room: str, text: str, tags: dict[str, str]) -> None:
        channel = self._channel(room)
        if channel is None or not text:
            return
        if "chat:edit" not in caller.scopes:
            self._refuse(caller, room, "no_permission")
            return
        if text.startswith("/me "):
            text = f"\x01ACTION {text[4:]}\x01"
        elif text[0] in "/.":
            self._refuse(caller, room, "unrecognized_cmd")
            return
        parent = tags.get("reply-parent-msg-id", "")
        reply_to = parent if self._place.world.line(parent) else ""
        self._speaking = caller
        try:
            sent = self._place.send(person, channel, text[:LONGEST], reply_to)
        finally:
            self._speaking = None
        if sent.drop_reason:
            self._refuse(caller, room, sent.drop_reason)
        elif "twitch.tv/commands" in caller.capabilities:
            nonce = {"client-nonce": tags["client-nonce"]} if "client-nonce" in tags else {}
            self._tell_state(caller, person, channel, {**nonce, "id": sent.id})

    def _refuse(self, caller: Caller, room: str, code: str) -> None:
        if "twitch.tv/commands" in caller.capabilities:
            caller.pipe.send(notice(room, "Your message was not sent.", code))

    def _tell_state(self, caller: Caller, person: Person, channel: Channel, said: Tags) -> None:
        rank = self._place.rank_of(person, channel)
        caller.pipe.send(user_state(person, rank, channel.owner.login, said))

    # Faults

    def drop(self) -> None:
        """Break every connection."""
        for caller in tuple(self._callers):
            self._drop(caller)

    def _drop(self, caller: Caller) -> None:
        self._forget(caller)
        caller.pipe.abort()

    def silence(self, seconds: float) -> None:
        """Write nothing to the connections of now, for so long."""
        for caller in self._callers:
            caller.pipe.silent_until = self._place.clock.time() + seconds if seconds else 0

    def reconnect(self) -> None:
        """Ask every client to connect anew; the old connection is closed after the grace time."""
        grace = self._place.timing.reconnect_grace
        for caller in self._callers:
            if "twitch.tv/commands" in caller.capabilities:
                caller.pipe.send(f":{SERVER} RECONNECT")
            asyncio.get_running_loop().call_later(grace, partial(self._drop, caller))

    # What is going on

    async def drained(self) -> None:
        """Wait until every line so far has been written."""
        for caller in tuple(self._callers):
            await caller.pipe.drained()

    def state(self) -> dict[str, Any]:
        """Where it is, and who is in which rooms, one entry for each connection."""
        names = {channel.owner.id: login for login, channel in self._place.world.channels.items()}
        connections = [
            {"user": caller.login, "rooms": sorted(names[room] for room in caller.rooms)}
            for caller in self._callers
        ]
        return {"address": self.address, "connections": connections}


def _parsed(raw: str) -> tuple[dict[str, str], str, list[str]]:
    """A client's line: its tags (those that it may send need no unescaping), command and parameters."""
    tags = ""
    if raw.startswith("@"):
        tags, _, raw = raw[1:].partition(" ")
    if raw.startswith(":"):
        raw = raw.partition(" ")[2]
    head, sep, last = raw.partition(" :")
    command, *params = head.split() or [""]
    named = dict([tag.partition("=")[::2] for tag in tags.split(";")]) if tags else {}
    return named, command.upper(), [*params, last] if sep else params
