"""Listens to Twitch over an EventSub WebSocket, and is never deaf for longer than it must."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from random import Random
from typing import Final, Protocol

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
from kissbot.transports.twitch.oauth import BadLogin
from kissbot.transports.twitch.payloads import CHAT_MESSAGE, Subscription

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


class Reports(Protocol):
    """Takes what others may want to know of the listener; every method returns at once."""

    def socket(self, connected: bool) -> None:
        """The connection was made or lost."""
        ...

    def heard(self, channel_id: str) -> None:
        """A line was said in a channel."""
        ...

    def subscribed(self, channel_id: str, kind: str, subscription_id: str) -> None:
        """Twitch will tell of such events."""
        ...

    def refused(self, channel_id: str, kind: str, why: str) -> None:
        """Twitch will not."""
        ...

    def revoked(self, channel_id: str, kind: str, why: str) -> None:
        """Twitch will not any more."""
        ...


class Listener:
    """Keeps one EventSub session alive, with a chat subscription for each channel."""

    def __init__(
        self,
        http: aiohttp.ClientSession,
        helix: Helix,
        url: str,
        *,
        heard: Callable[[ChatMessage], None],
        joined: Callable[[Channel], None],
        tasks: Tasks,
        reports: Reports,
    ) -> None:
        self._http, self._helix = http, helix
        self._url = url
        self._heard, self._joined, self._tasks = heard, joined, tasks
        self._reports = reports
        self._backoff = Backoff(Random())  # noqa: S311 (jitter)
        self._greeted: set[str] = set()
        self._channels: dict[str, Channel] = {}
        self._subscribed: dict[str, str] = {}
        """The subscription of each channel that is heard, by the channel's id."""
        self._refused: set[str] = set()
        self._session: Session
        self._changed = asyncio.Event()
        self.ready = asyncio.Event()
        """Set while every channel that can be heard is heard."""

    @property
    def channels(self) -> tuple[Channel, ...]:
        """Where it listens, or tries to."""
        return tuple(self._channels.values())

    def join(self, channel: Channel) -> None:
        """Listen to a channel, too."""
        self._channels[channel.id] = channel
        self._refused.discard(channel.id)
        self._changed.set()

    def part(self, channel: Channel) -> None:
        """Listen to a channel no more."""
        self._channels.pop(channel.id, None)
        self._changed.set()

    def try_again(self) -> None:
        """Something has been mended: ask for what was refused once more."""
        self._refused.clear()
        self._changed.set()

    async def run(self) -> None:
        """Listen until cancelled; every lost connection is replaced."""
        while True:
            await self._wanted()
            try:
                await self._live(await self._open(self._url))
            except (aiohttp.ClientError, OSError, TimeoutError, BadFrame) as error:
                log.warning("twitch_unreachable", error=str(error) or type(error).__name__)
            wait = self._backoff.next()
            log.info("twitch_reconnecting", seconds=round(wait, 2))
            await asyncio.sleep(wait)

    async def _wanted(self) -> None:
        """Wait until there is a channel to listen to: Twitch closes a socket that nobody uses."""
        while not self._channels:
            self._changed.clear()
            await self._changed.wait()

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
        self._subscribed.clear()
        self._refused.clear()
        self._session = link.session
        self._reports.socket(True)
        subscribing = self._tasks.start(self._keep_subscribed(), "subscribe")
        try:
            await self._attend(link)
        finally:
            subscribing.cancel()
            self.ready.clear()
            self._reports.socket(False)

    async def _attend(self, link: Link) -> None:
        """Read a socket until it is closed, and then its successors if it had any."""
        successor: asyncio.Task[None] | None = None
        self._session = link.session
        watchdog = self._tasks.start(self._watch(link), "watchdog")
        loop, hear, report = asyncio.get_running_loop(), self._heard, self._reports.heard
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
                    report(event.channel.id)
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
                self._lose(subscription)
            case Unknown(kind):
                log.info("unknown_frame", kind=kind)

    def _lose(self, subscription: Subscription) -> None:
        """Twitch has ended a subscription; it is not asked for again until something is mended."""
        log.error("subscription_revoked", type=subscription.type, why=subscription.status)
        for channel_id, subscription_id in tuple(self._subscribed.items()):
            if subscription_id == subscription.id:
                del self._subscribed[channel_id]
                self._refused.add(channel_id)
                self._reports.revoked(channel_id, subscription.type, subscription.status)

    async def _keep_subscribed(self) -> None:
        """Bring what Twitch tells us in line with what we want, now and whenever that changes."""
        backoff = Backoff(Random())  # noqa: S311 (jitter)
        while True:
            self._changed.clear()
            settled = await self._part_all() & await self._join_all()
            if settled:
                self.ready.set()
                backoff.reset()
            with suppress(TimeoutError):
                async with asyncio.timeout(None if settled else backoff.next()):
                    await self._changed.wait()

    async def _join_all(self) -> bool:
        """Subscribe to every channel that lacks it, side by side. Whether nothing is left to be tried."""
        settled = self._subscribed.keys() | self._refused
        todo = iter([channel for channel in self.channels if channel.id not in settled])

        async def work() -> bool:
            return all([await self._subscribe(channel) for channel in todo])

        return all(await asyncio.gather(*(work() for _ in range(SIDE_BY_SIDE))))

    async def _subscribe(self, channel: Channel) -> bool:
        """Whether this is settled: subscribed, or refused for good."""
        condition = {"broadcaster_user_id": channel.id, "user_id": self._helix.login.user_id}
        try:
            found = await self._helix.subscribe(CHAT_MESSAGE, condition, self._session.id)
        except (HelixError, BadLogin, aiohttp.ClientError, TimeoutError) as error:
            why = str(error) or type(error).__name__
            log.error("subscription_refused", channel=channel.login, why=why)
            self._reports.refused(channel.id, CHAT_MESSAGE, why)
            if not is_passing(error):
                self._refused.add(channel.id)
            return not is_passing(error)
        self._subscribed[channel.id] = found
        self._reports.subscribed(channel.id, CHAT_MESSAGE, found)
        self._backoff.reset()
        if channel.id not in self._greeted:
            self._greeted.add(channel.id)
            self._joined(channel)
        return True

    async def _part_all(self) -> bool:
        """Unsubscribe from every channel that is not wanted any more. Whether nothing is left to be tried."""
        surplus = self._subscribed.keys() - self._channels.keys()
        return all([await self._unsubscribe(channel_id) for channel_id in surplus])

    async def _unsubscribe(self, channel_id: str) -> bool:
        try:
            await self._helix.unsubscribe(self._subscribed[channel_id])
        except (HelixError, BadLogin, aiohttp.ClientError, TimeoutError) as error:
            log.error("unsubscribing_failed", why=str(error) or type(error).__name__)
            if is_passing(error):
                return False
        self._subscribed.pop(channel_id, None)
        self._greeted.discard(channel_id)
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
