"""Hearing over WebSockets with the bot's own login: up to three, each with up to 300 subscriptions."""

import asyncio
import time
from collections.abc import Mapping
from typing import Final

import aiohttp

from kissbot.chat.hearing import Thread
from kissbot.chat.tasks import Tasks
from kissbot.transports.twitch.hearing.connection import Connection, Owner
from kissbot.transports.twitch.hearing.reconcile import PER_SOCKET, SOCKETS, room
from kissbot.transports.twitch.hearing.subscribing import Address

WAY: Final = "websocket"

_FULL: Final = f"Twitch allows one account {SOCKETS} WebSockets with {PER_SOCKET} subscriptions each"


class Sockets:
    """Opens another one only when the others are full."""

    def __init__(self, http: aiohttp.ClientSession, url: str, owner: Owner, tasks: Tasks) -> None:
        self._http, self._url, self._owner, self._tasks = http, url, owner, tasks
        self._open: dict[str, Connection] = {}
        self._running: dict[str, asyncio.Task[None]] = {}

    @property
    def way(self) -> str:
        """Its name."""
        return WAY

    @property
    def addresses(self) -> Mapping[str, str]:
        """The sockets, by their session."""
        return {session: name for name, one in self._open.items() for session in one.sessions}

    @property
    def is_up(self) -> bool:
        """Whether any socket is connected."""
        return any(one.session for one in self._open.values())

    def address(self, load: Mapping[str, int]) -> Address | str:
        """A socket with room; when all are full, there will soon be another one, as long as Twitch allows."""
        live = [name for name, one in self._open.items() if one.session]
        if name := room(live, load):
            session = self._open[name].session
            return Address(name, session, {"method": WAY, "session_id": session})
        if all(load.get(name, 0) >= PER_SOCKET for name in self._open):
            return self._another()
        return ""

    def _another(self) -> str:
        if len(self._open) >= SOCKETS:
            return _FULL
        name = next(
            name for number in range(1, SOCKETS + 1) if (name := f"socket {number}") not in self._open
        )
        self._open[name] = Connection(self._http, self._url, name, self._owner, self._tasks)
        self._running[name] = self._tasks.start(self._open[name].run(), name)
        return ""

    def tidy(self, load: Mapping[str, int], *, needed: bool) -> None:
        """Close what carries nothing: a further socket, and the last one when nothing is `needed`."""
        for name in reversed(tuple(self._open)):
            if not load.get(name, 0) and (len(self._open) > 1 or not needed):
                del self._open[name]
                self._running.pop(name).cancel()

    def close(self) -> None:
        """Close them all."""
        self.tidy({}, needed=False)

    def threads(self, load: Mapping[str, int]) -> list[Thread]:
        """What others may see of them."""
        return [thread(one, WAY, load.get(name, 0)) for name, one in self._open.items()]


def thread(connection: Connection, way: str, subscriptions: int = 0, why: str = "") -> Thread:
    """A connection as others see it."""
    return Thread(
        name=connection.name,
        way=way,
        up=bool(connection.session) and not why,
        since=connection.since or time.time(),
        session=connection.session,
        subscriptions=subscriptions,
        why=why or connection.why,
    )
