"""Listens to Twitch's chat over IRC, where EventSub is not to be had; never deaf for longer than it must."""

import asyncio
import ssl
import time
from collections.abc import Collection
from contextlib import suppress
from dataclasses import KW_ONLY, dataclass, field
from random import Random
from typing import Final

import aiohttp
import structlog

from kissbot.chat.backoff import Backoff
from kissbot.chat.happenings import Happening
from kissbot.chat.hearing import Listening, Thread
from kissbot.chat.logins import Login
from kissbot.chat.messages import Channel, ChatMessage, Rank
from kissbot.chat.tasks import Tasks
from kissbot.transports.twitch.hearing.connection import LINGER, WELCOME_WITHIN
from kissbot.transports.twitch.hearing.gaps import Deafness
from kissbot.transports.twitch.hearing.happened import cheered
from kissbot.transports.twitch.hearing.kinds import CHAT_ONLY
from kissbot.transports.twitch.hearing.session import Ears, Reports
from kissbot.transports.twitch.helix import Source
from kissbot.transports.twitch.irc.link import Link, NotLoggedIn, flushed, log_in, now
from kissbot.transports.twitch.irc.meaning import Entered, Moving, Notice, State, Unable
from kissbot.transports.twitch.irc.protocol import Answer, Happened, Session, Spoilt
from kissbot.transports.twitch.irc.rooms import Barred, Pace
from kissbot.transports.twitch.irc.wire import open_wire
from kissbot.transports.twitch.oauth import BadLogin
from kissbot.transports.twitch.payloads import CHAT_MESSAGE

WAY: Final = "irc"

MOVED_WITHIN: Final = 60.0
"""Seconds that a new connection gets to be in all rooms before the old one is closed."""

log = structlog.get_logger(__name__)


@dataclass(eq=False)
class IrcListener:
    """Keeps one connection to the chat alive, in a room for each channel."""

    http: aiohttp.ClientSession
    source: Source
    url: str
    """`wss://` or `ws://` for a WebSocket, `ircs://` or `irc://` for a plain socket."""
    _: KW_ONLY
    ears: Ears
    tasks: Tasks
    reports: Reports
    why: str = ""
    """The reason for this way, for the operator."""
    tls: ssl.SSLContext | None = None
    """Whom to trust; None: whom the system trusts."""
    ready: asyncio.Event = field(init=False, default_factory=asyncio.Event)
    """Set while every channel that can be heard is heard."""

    def __post_init__(self) -> None:
        self._channels: dict[str, Channel] = {}
        """By login, as IRC knows them."""
        self._greeted: set[str] = set()
        self._ranks: dict[str, Rank] = {}
        self._links: list[Link] = []
        self._pace = Pace()
        self._deafness = Deafness()
        self._since = 0.0
        self._how: Listening | None = None
        self._backoff = Backoff(Random())  # noqa: S311 (jitter)
        self._changed = asyncio.Event()
        self._renewed = ""
        """The token that was got instead of one that was refused."""

    @property
    def channels(self) -> tuple[Channel, ...]:
        """Where it listens, or tries to."""
        return tuple(self._channels.values())

    def link(self, channel: Channel) -> Link | None:
        """The connection to speak on: the newest that is in the channel's room, else the newest."""
        newest = self._links[::-1]
        there = (link for link in newest if link.session.rooms.is_in(channel.login))
        return next(there, newest[0] if newest else None)

    def join(self, channel: Channel, kinds: Collection[str] = CHAT_ONLY) -> None:
        """Listen to a channel, too. Whatever kinds of events are asked for, IRC tells all that it knows."""
        self._channels[channel.login] = channel
        self.reports.wanted(channel.id, CHAT_MESSAGE)
        self._changed.set()
        for link in self._links:
            link.session.rooms.want(channel.login)
            link.woken.set()

    def part(self, channel: Channel) -> None:
        """Listen to a channel no more."""
        self._channels.pop(channel.login, None)
        self.reports.unwanted(channel.id, CHAT_MESSAGE)
        self._deafness.parted(channel.id)
        self._greeted.discard(channel.id)
        self._ranks.pop(channel.id, None)
        for link in self._links:
            link.session.leave(channel.login)
            link.woken.set()

    def try_again(self) -> None:
        """Something has been mended: ask for what was refused once more."""
        for link in self._links:
            link.session.rooms.again()
            link.woken.set()

    async def run(self) -> None:
        """Listen until cancelled; every lost connection is replaced."""
        log.info("listening", way=WAY, reason=self.why)
        self._tell()
        while True:
            await self._wanted()
            try:
                await self._live(await self._open())
            except (aiohttp.ClientError, OSError, TimeoutError, BadLogin) as error:
                self._failed(error)
            wait = self._backoff.next()
            log.info("twitch_reconnecting", seconds=round(wait, 2))
            await asyncio.sleep(wait)

    def _failed(self, error: Exception) -> None:
        why = str(error) or type(error).__name__
        log.warning("twitch_unreachable", error=why)
        if isinstance(error, BadLogin):
            for channel in self.channels:
                self.reports.refused(channel.id, CHAT_MESSAGE, why, WAY)

    async def _wanted(self) -> None:
        """Wait until there is a channel to listen to."""
        while not self._channels:
            self._changed.clear()
            await self._changed.wait()

    async def _open(self) -> Link:
        """Connect and log in; a token that is refused is renewed, once. Raises `BadLogin`."""
        login = await self.source.login()
        try:
            return await self._connect(login)
        except NotLoggedIn:
            if login.token == self._renewed:
                raise
            newer = await self.source.renewed(login)
            self._renewed = newer.token
            if newer.token == login.token:
                raise
        return await self._connect(newer)

    async def _connect(self, login: Login) -> Link:
        async with asyncio.timeout(WELCOME_WITHIN):
            wire = await open_wire(self.http, self.url, self.tls)
            session = Session(login.login.lower(), login.token, self._pace, now())
            try:
                await log_in(wire, session)
            except BaseException:
                await wire.close()
                raise
        log.info("twitch_connected", login=session.login, over="irc")
        return Link(wire, session)

    async def _live(self, link: Link) -> None:
        """A connection, from its first room to its end."""
        self._since = time.time()
        self.reports.socket(True)
        try:
            await self._attend(link)
        finally:
            self._since = time.time()
            self.reports.socket(False)
            self._tell()

    async def _attend(self, link: Link) -> None:
        """Read a connection until it is closed, and then its successors if it had any."""
        self._links.append(link)
        for login in self._channels:
            link.session.rooms.want(login)
        tending = self.tasks.start(self._tend(link), "irc")
        try:
            while data := await link.wire.read():
                for event in link.session.receive(data, now()):
                    self._take(link, event)
                if link.session.calls:
                    link.woken.set()
        finally:
            tending.cancel()
            self._links.remove(link)
            link.ended()
            self._lose(link)
            self._judge()
            await link.wire.close()
        if link.successor:
            await link.successor
        else:
            log.warning("twitch_connection_lost", why="the connection broke or was closed")

    async def _tend(self, link: Link) -> None:
        """Write what is to be written, when it is due; give up a connection that is silent for too long."""
        session = link.session
        while not session.dead(now()):
            for barred in session.tend(now()):
                self._bar(barred)
            if not await flushed(link):
                break
            self._settle(link)
            link.woken.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout_at(session.next_at(now())):
                    await link.woken.wait()
        else:
            log.warning("twitch_silent", seconds=round(now() - session.heard_at, 1))
        await link.wire.close()

    def _settle(self, link: Link) -> None:
        if link.session.rooms.settled:
            link.settled.set()
        else:
            link.settled.clear()
        self._judge()

    def _lose(self, link: Link) -> None:
        """What was heard on this connection only is not heard any more, since something came last."""
        deaf = {
            channel.id
            for login, channel in self._channels.items()
            if link.session.rooms.is_in(login)
            and not any(one.session.rooms.is_in(login) for one in self._links)
        }
        silence = now() - link.session.heard_at
        self._deafness.lost(deaf, time.time() - silence, "the connection was lost")

    def _judge(self) -> None:
        """Say how well it hears, and where it did not."""
        if any(link.settled.is_set() for link in self._links):
            self.ready.set()
        else:
            self.ready.clear()
        for gap in self._deafness.over(time.time()):
            log.warning("was_deaf", seconds=round(gap.seconds, 2), channels=len(gap.channels), why=gap.why)
            self.reports.gap(gap)
        self._tell()

    def _tell(self) -> None:
        heard = max((link.session.rooms.entered for link in self._links), default=0)
        up = bool(self._links)
        thread = Thread(name="irc", way=WAY, up=up, since=self._since, subscriptions=heard)
        how = Listening(way=WAY, why=self.why, threads=(thread,))
        if how != self._how:
            self._how = how
            self.reports.listening(how)

    async def _follow(self, old: Link) -> None:
        """Move to a new connection; the old one is read until the new one is in all rooms."""
        try:
            new = await self._open()
        except (aiohttp.ClientError, OSError, TimeoutError, BadLogin) as error:
            log.warning("twitch_reconnect_failed", error=str(error) or type(error).__name__)
            await old.wire.close()
            return
        self.tasks.start(_retire(old, new), "retire connection")
        await self._attend(new)

    def _take(self, link: Link, event: Happened) -> None:
        match event:
            case ChatMessage():
                self._hear(event)
            case Happening():
                self.ears.happened(event)
            case Notice() | Unable() | Spoilt():
                _note(event)
            case _:
                self._act(link, event)
                link.woken.set()

    def _act(self, link: Link, event: Happened) -> None:
        match event:
            case Answer():
                link.answered(event)
            case Moving() if link.successor is None:
                link.successor = self.tasks.start(self._follow(link), "reconnect")
            case Entered(room):
                self._enter(room)
            case State(room, rank):
                self._rank(room, rank)
            case Barred():
                self._bar(event)

    def _hear(self, message: ChatMessage) -> None:
        self.ears.heard(message)
        self.reports.heard(message.channel.id)
        if message.bits and (cheer := cheered(message)):
            self.ears.happened(cheer)

    def _enter(self, room: str) -> None:
        channel = self._channels.get(room)
        if channel is None:
            return
        self.reports.subscribed(channel.id, CHAT_MESSAGE, WAY, WAY)
        self._deafness.heard_again(channel.id, time.time())
        self._backoff.reset()
        if channel.id not in self._greeted:
            self._greeted.add(channel.id)
            self.ears.joined(channel)

    def _rank(self, room: str, rank: Rank) -> None:
        channel = self._channels.get(room)
        if channel and self._ranks.get(channel.id) != rank:
            self._ranks[channel.id] = rank
            self.ears.standing(channel, rank)

    def _bar(self, barred: Barred) -> None:
        if channel := self._channels.get(barred.room):
            log.error("subscription_refused", channel=channel.login, why=barred.why)
            self.reports.refused(channel.id, CHAT_MESSAGE, barred.why, WAY)


async def _retire(old: Link, new: Link) -> None:
    """Close a connection once its successor is wherever it was."""
    with suppress(TimeoutError):
        async with asyncio.timeout(MOVED_WITHIN):
            await new.settled.wait()
    await asyncio.sleep(LINGER)
    await old.wire.close()


def _note(event: Notice | Unable | Spoilt) -> None:
    match event:
        case Spoilt(why):
            log.warning("bad_line", error=why)
        case Notice(room, code, text):
            log.info("twitch_notice", channel=room, code=code, text=text)
        case Unable(wanted):
            log.warning("twitch_does_not_offer", wanted=wanted)
