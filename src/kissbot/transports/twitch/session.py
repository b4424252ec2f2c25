"""Listens to Twitch over an EventSub WebSocket, and is never deaf for longer than it must."""

import asyncio
from collections.abc import Callable, Iterable
from random import Random
from typing import Final

import aiohttp
import structlog
from msgspec import Struct
from yarl import URL

from kissbot.chat.messages import Channel, ChatMessage
from kissbot.chat.tasks import Tasks
from kissbot.transports.twitch.eventsub import (
    KEEPALIVE_SECONDS,
    Backoff,
    BadFrame,
    Event,
    KeepAlive,
    Notification,
    Reconnect,
    Revocation,
    Session,
    Unknown,
    Welcome,
    why_closed,
)
from kissbot.transports.twitch.helix import Helix, HelixError, is_passing
from kissbot.transports.twitch.payloads import CHAT_MESSAGE

WELCOME_WITHIN: Final = 10.0
SIDE_BY_SIDE: Final = 25
"""Subscriptions under way at once. Twitch closes a socket on which none was made within 10 seconds."""

LINGER: Final = 0.5
"""Seconds for which a socket is still read after its successor was welcomed."""

CLOSING: Final = aiohttp.ClientWSTimeout(ws_close=1.0)
"""How long a peer gets to answer our close frame; a dead one never does."""

log = structlog.get_logger(__name__)

Socket = aiohttp.ClientWebSocketResponse[bool]


class Link(Struct, eq=False):
    """One open socket and what we know of its session."""

    socket: Socket
    session: Session


class Listener:
    """Keeps one EventSub session alive, with a chat subscription for each channel."""

    def __init__(
        self,
        http: aiohttp.ClientSession,
        helix: Helix,
        url: str,
        channels: Iterable[Channel],
        heard: Callable[[ChatMessage], None],
        joined: Callable[[Channel], None],
        tasks: Tasks,
    ) -> None:
        self._http, self._helix = http, helix
        self._url = url
        self.channels = tuple(channels)
        self._heard, self._joined, self._tasks = heard, joined, tasks
        self._backoff = Backoff(Random())  # noqa: S311 (jitter)
        self._greeted: set[str] = set()
        self.ready = asyncio.Event()
        """Set while every channel that can be heard is heard."""

    async def run(self) -> None:
        """Listen until cancelled; every lost connection is replaced."""
        while True:
            try:
                await self._live(await self._open(self._url))
            except (aiohttp.ClientError, OSError, TimeoutError, BadFrame) as error:
                log.warning("twitch_unreachable", error=str(error) or type(error).__name__)
            wait = self._backoff.next()
            log.info("twitch_reconnecting", seconds=round(wait, 2))
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
        log.info("twitch_connected", session=session.id)
        return Link(socket, session)

    async def _live(self, link: Link) -> None:
        """A session, from its first subscription to its end."""
        subscribing = self._tasks.start(self._subscribe_all(link), "subscribe")
        try:
            await self._attend(link)
        finally:
            subscribing.cancel()
            self.ready.clear()

    async def _attend(self, link: Link) -> None:
        """Read a socket until it is closed, and then its successors if it had any."""
        successor: asyncio.Task[None] | None = None
        watchdog = self._tasks.start(self._watch(link), "watchdog")
        loop = asyncio.get_running_loop()
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
                    self._heard(event)
                elif type(event) is Reconnect and successor is None:
                    successor = self._tasks.start(self._follow(link, event.url), "reconnect")
                else:
                    self._take(event)
        finally:
            watchdog.cancel()
            await link.socket.close()
        if successor:
            await successor
        else:
            log.warning("twitch_connection_lost", why=why_closed(link.socket.close_code))

    async def _follow(self, old: Link, url: str) -> None:
        """Move to the address Twitch named; the old socket is read until the new one is welcomed."""
        try:
            new = await self._open(url)
        except (aiohttp.ClientError, OSError, TimeoutError, BadFrame) as error:
            log.warning("twitch_reconnect_failed", error=str(error) or type(error).__name__)
            await old.socket.close()
            return
        self._tasks.start(self._retire(old), "retire socket")
        await self._attend(new)

    async def _retire(self, old: Link) -> None:
        await asyncio.sleep(LINGER)
        await old.socket.close()

    async def _watch(self, link: Link) -> None:
        """Give up a socket that is open but silent beyond its keep-alive."""
        loop = asyncio.get_running_loop()
        while (left := link.session.dead_at - loop.time()) > 0:
            await asyncio.sleep(left)
        log.warning("twitch_silent", seconds=round(loop.time() - link.session.heard_at, 1))
        await link.socket.close()

    def _take(self, event: Event) -> None:
        match event:
            case KeepAlive() | Notification() | Welcome() | Reconnect():
                pass
            case Revocation(subscription):
                log.error("subscription_revoked", type=subscription.type, why=subscription.status)
            case Unknown(kind):
                log.info("unknown_frame", kind=kind)

    async def _subscribe_all(self, link: Link) -> None:
        """Subscribe to every channel; each refusal stands alone, and trouble that passes is sat out."""
        waiting, backoff = self.channels, Backoff(Random())  # noqa: S311 (jitter)
        while waiting := await self._subscribe_each(link, waiting):
            await asyncio.sleep(backoff.next())
        self.ready.set()

    async def _subscribe_each(self, link: Link, channels: Iterable[Channel]) -> tuple[Channel, ...]:
        """Try every channel once, side by side; those that are to be tried again."""
        todo, again = iter(channels), list[Channel]()

        async def work() -> None:
            for channel in todo:
                if not await self._subscribe(link, channel):
                    again.append(channel)

        await asyncio.gather(*(work() for _ in range(SIDE_BY_SIDE)))
        return tuple(again)

    async def _subscribe(self, link: Link, channel: Channel) -> bool:
        """Whether this is settled: subscribed, or refused for good."""
        condition = {"broadcaster_user_id": channel.id, "user_id": self._helix.login.user_id}
        try:
            await self._helix.subscribe(CHAT_MESSAGE, condition, link.session.id)
        except (HelixError, aiohttp.ClientError, TimeoutError) as error:
            log.error("subscription_refused", channel=channel.login, why=str(error) or type(error).__name__)
            return not is_passing(error)
        self._backoff.reset()
        if channel.id not in self._greeted:
            self._greeted.add(channel.id)
            self._joined(channel)
        return True


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
