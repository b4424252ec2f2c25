"""One EventSub socket that is kept alive: whatever ends it, it is replaced. It subscribes to nothing."""

import asyncio
import time
from collections.abc import Callable
from random import Random
from typing import Final, Protocol

import aiohttp
import structlog
from msgspec import Struct
from yarl import URL

from kissbot.chat.backoff import Backoff
from kissbot.chat.messages import ChatMessage
from kissbot.chat.tasks import Tasks
from kissbot.transports.twitch.hearing.eventsub import (
    KEEPALIVE_SECONDS,
    BadFrame,
    Event,
    Reconnect,
    Session,
    Welcome,
    is_our_fault,
    why_closed,
)

WELCOME_WITHIN: Final = 10.0

LINGER: Final = 0.5
"""Seconds for which a socket is still read after its successor was welcomed."""

STEADY: Final = 2.0
"""Seconds after which a connection counts as one that worked, so that the next trouble is the first one."""

CLOSING: Final = aiohttp.ClientWSTimeout(ws_close=1.0)
"""How long a peer gets to answer our close frame; a dead one never does."""

_SILENT: Final = "nothing came any more, not even a keep-alive"

log = structlog.get_logger(__name__)

Socket = aiohttp.ClientWebSocketResponse[bool]


class Link(Struct, eq=False):
    """One open socket and what we know of its session."""

    socket: Socket
    session: Session


class Owner(Protocol):
    """Is told what becomes of a connection; every method returns at once."""

    def hear(self, message: ChatMessage) -> None:
        """A line was said."""
        ...

    def take(self, connection: "Connection", event: Event) -> None:
        """Something else came."""
        ...

    def began(self, connection: "Connection", moved: bool) -> None:
        """A session was welcomed; `moved`: it goes on with what the one before it had."""
        ...

    def lost(self, connection: "Connection", why: str, at: float) -> None:
        """A session is over, with all that it had. Nothing was heard from `at` (epoch seconds) on."""
        ...


class Connection:
    """Keeps one session alive. It sends nothing, as Twitch demands."""

    def __init__(self, http: aiohttp.ClientSession, url: str, name: str, owner: Owner, tasks: Tasks) -> None:
        self._http, self._url, self.name = http, url, name
        self._owner, self._tasks = owner, tasks
        self._backoff = Backoff(Random())  # noqa: S311 (jitter)
        self.session = ""
        """The id of the session; empty while there is none."""
        self.sessions: tuple[str, ...] = ()
        """That, and what it was called on the sockets before."""
        self.since = time.time()
        """When it came or went."""
        self.why = ""
        """Why it is down."""
        self._silent_since = 0.0

    async def run(self) -> None:
        """Stay connected until cancelled."""
        while True:
            try:
                await self._live(await self._open(self._url))
            except (aiohttp.ClientError, OSError, TimeoutError, BadFrame) as error:
                self.why = str(error) or type(error).__name__
                log.warning("twitch_unreachable", connection=self.name, error=self.why)
            wait = self._backoff.next()
            log.info("twitch_reconnecting", connection=self.name, seconds=round(wait, 2))
            await asyncio.sleep(wait)

    async def _open(self, url: str) -> Link:
        """Connect and wait for the welcome."""
        query = {"keepalive_timeout_seconds": str(KEEPALIVE_SECONDS)} if url == self._url else None
        async with asyncio.timeout(WELCOME_WITHIN):
            socket = await self._http.ws_connect(
                URL(url, encoded=True), params=query, timeout=CLOSING, decode_text=False
            )
            try:
                session = await _welcome(socket)
            except BaseException:
                await socket.close()
                raise
        log.info("twitch_connected", connection=self.name, session=session.id)
        return Link(socket, session)

    async def _live(self, link: Link) -> None:
        """A session, from its welcome to its end, over as many sockets as Twitch wishes."""
        began, self._silent_since = asyncio.get_running_loop().time(), 0.0
        self._enter(link.session.id, moved=False)
        code: int | None = None
        why = "it was left"
        try:
            code = await self._attend(link)
            why = _SILENT if self._silent_since else why_closed(code)
        finally:
            self.session, self.sessions, self.since, self.why = "", (), time.time(), why
            self._owner.lost(self, why, self._silent_since or self.since)
        if asyncio.get_running_loop().time() - began >= STEADY and not is_our_fault(code):
            self._backoff.reset()

    def _enter(self, session: str, *, moved: bool) -> None:
        self.session, self.since, self.why = session, time.time(), ""
        self.sessions = (*(self.sessions if moved else ()), session)
        self._owner.began(self, moved)

    async def _attend(self, link: Link) -> int | None:
        """Read a socket until it is closed, and then its successors if it had any; the last close code."""
        successor: asyncio.Task[None] | None = None
        code: list[int | None] = []
        watchdog = self._tasks.start(self._watch(link), f"watchdog {self.name}")
        loop, hear, take = asyncio.get_running_loop(), self._owner.hear, self._owner.take
        try:
            async for frame in link.socket:
                if frame.type is aiohttp.WSMsgType.ERROR:
                    log.warning("bad_socket", error=str(frame.data))
                    continue
                try:
                    event = link.session.receive(frame.data, loop.time())
                except BadFrame as error:
                    log.warning("bad_frame", error=str(error))
                    continue
                if type(event) is ChatMessage:
                    hear(event)
                elif type(event) is Reconnect and successor is None:
                    successor = self._tasks.start(self._follow(link, event.url, code.append), "reconnect")
                else:
                    take(self, event)
        finally:
            watchdog.cancel()
            await link.socket.close()
        if successor:
            await successor
            return code[0] if code else None
        if not self._silent_since:
            log.warning(
                "twitch_connection_lost", connection=self.name, why=why_closed(link.socket.close_code)
            )
        return link.socket.close_code

    async def _follow(self, old: Link, url: str, ended: Callable[[int | None], None]) -> None:
        """Move to the address Twitch named; the old socket is read until the new one is welcomed."""
        try:
            new = await self._open(url)
        except (aiohttp.ClientError, OSError, TimeoutError, BadFrame) as error:
            log.warning("twitch_reconnect_failed", error=str(error) or type(error).__name__)
            await old.socket.close()
            return
        self._tasks.start(self._retire(old), "retire socket")
        self._enter(new.session.id, moved=True)
        ended(await self._attend(new))

    async def _retire(self, old: Link) -> None:
        await asyncio.sleep(LINGER)
        await old.socket.close()

    async def _watch(self, link: Link) -> None:
        """Give up a socket that is open but silent beyond its keep-alive."""
        loop = asyncio.get_running_loop()
        while (left := link.session.dead_at - loop.time()) > 0:
            await asyncio.sleep(left)
        seconds = loop.time() - link.session.heard_at
        self._silent_since = time.time() - seconds
        log.warning("twitch_silent", connection=self.name, seconds=round(seconds, 1))
        await link.socket.close()


async def _welcome(socket: Socket) -> Session:
    """The session that the first frame opens. Raises `BadFrame` when it is no welcome."""
    loop = asyncio.get_running_loop()
    session = Session(loop.time())
    frame = await socket.receive()
    if frame.type is not aiohttp.WSMsgType.TEXT:
        raise BadFrame(f"no welcome: {why_closed(socket.close_code)}")
    event = session.receive(frame.data, loop.time())
    if not isinstance(event, Welcome):
        raise BadFrame(f"{type(event).__name__} instead of a welcome")
    return session
