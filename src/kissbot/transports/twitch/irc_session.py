"""Listens to Twitch's chat over IRC, where EventSub is not to be had; never deaf for longer than it must."""

import asyncio
import ssl
from collections.abc import Callable
from contextlib import suppress
from dataclasses import KW_ONLY, dataclass, field
from random import Random
from typing import Final

import aiohttp
import structlog

from kissbot.chat.happenings import Happening
from kissbot.chat.logins import Login
from kissbot.chat.messages import Channel, ChatMessage, Rank
from kissbot.chat.tasks import Tasks
from kissbot.transports.twitch.eventsub import Backoff
from kissbot.transports.twitch.happened import cheered
from kissbot.transports.twitch.helix import Source
from kissbot.transports.twitch.irc import Entered, Moving, Notice, State, Unable
from kissbot.transports.twitch.irc_protocol import Answer, Happened, Session, Spoilt
from kissbot.transports.twitch.irc_rooms import Barred, Pace
from kissbot.transports.twitch.irc_wire import Wire, open_wire
from kissbot.transports.twitch.oauth import BadLogin
from kissbot.transports.twitch.payloads import CHAT_MESSAGE
from kissbot.transports.twitch.session import LINGER, WELCOME_WITHIN, Reports

SUBSCRIPTION: Final = "irc"
"""What stands in the place of a subscription's id: there is none."""

WRITTEN_WITHIN: Final = 10.0
MOVED_WITHIN: Final = 60.0
"""Seconds that a new connection gets to be in all rooms before the old one is closed."""

log = structlog.get_logger(__name__)


class NotLoggedIn(BadLogin):
    """Twitch's chat refuses the bot's token."""


class Link:
    """One open connection."""

    def __init__(self, wire: Wire, session: Session) -> None:
        self.wire, self.session = wire, session
        self.open = True
        self.settled = asyncio.Event()
        """Set once it is in all its rooms."""
        self.successor: asyncio.Task[None] | None = None
        self.woken = asyncio.Event()
        self._answers: dict[str, asyncio.Future[Answer]] = {}

    async def say(self, room: str, text: str, nonce: str, reply_to: str) -> Answer:
        """Say a line, and wait for what becomes of it; the answer has a code when it is not shown."""
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._answers[nonce] = answer
        self.session.say(room, text, nonce, reply_to)
        self.woken.set()
        try:
            return await answer
        finally:
            self._answers.pop(nonce, None)

    def answered(self, answer: Answer) -> None:
        """Tell whoever said it."""
        waiting = self._answers.get(answer.nonce)
        if waiting and not waiting.done():
            waiting.set_result(answer)

    def ended(self) -> None:
        """What became of the lines under way, nobody knows."""
        self.open = False
        self.settled.set()
        for nonce in tuple(self._answers):
            self.answered(Answer(nonce, code="network", text="the connection was lost"))


@dataclass(eq=False)
class IrcListener:
    """Keeps one connection to the chat alive, in a room for each channel."""

    http: aiohttp.ClientSession
    source: Source
    url: str
    """`wss://` or `ws://` for a WebSocket, `ircs://` or `irc://` for a plain socket."""
    _: KW_ONLY
    heard: Callable[[ChatMessage], None]
    joined: Callable[[Channel], None]
    happened: Callable[[Happening], None]
    standing: Callable[[Channel, Rank], None]
    """Told what the bot is in a channel, at first and whenever that changes."""
    tasks: Tasks
    reports: Reports
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

    def join(self, channel: Channel) -> None:
        """Listen to a channel, too."""
        self._channels[channel.login] = channel
        self._changed.set()
        for link in self._links:
            link.session.rooms.want(channel.login)
            link.woken.set()

    def part(self, channel: Channel) -> None:
        """Listen to a channel no more."""
        self._channels.pop(channel.login, None)
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
                self.reports.refused(channel.id, CHAT_MESSAGE, why)

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
            session = Session(login.login.lower(), login.token, self._pace, _now())
            try:
                await _log_in(wire, session)
            except BaseException:
                await wire.close()
                raise
        log.info("twitch_connected", login=session.login, over="irc")
        return Link(wire, session)

    async def _live(self, link: Link) -> None:
        """A connection, from its first room to its end."""
        self.reports.socket(True)
        try:
            await self._attend(link)
        finally:
            self.reports.socket(False)

    async def _attend(self, link: Link) -> None:
        """Read a connection until it is closed, and then its successors if it had any."""
        self._links.append(link)
        for login in self._channels:
            link.session.rooms.want(login)
        tending = self.tasks.start(self._tend(link), "irc")
        try:
            while data := await link.wire.read():
                for event in link.session.receive(data, _now()):
                    self._take(link, event)
                if link.session.has_more:
                    link.woken.set()
        finally:
            tending.cancel()
            self._links.remove(link)
            link.ended()
            self._judge()
            await link.wire.close()
        if link.successor:
            await link.successor
        else:
            log.warning("twitch_connection_lost", why="the connection broke or was closed")

    async def _tend(self, link: Link) -> None:
        """Write what is to be written, when it is due; give up a connection that is silent for too long."""
        session = link.session
        while not session.dead(_now()):
            for barred in session.tend(_now()):
                self._bar(barred)
            if not await _flushed(link):
                break
            self._settle(link)
            link.woken.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout_at(session.next_at(_now())):
                    await link.woken.wait()
        else:
            log.warning("twitch_silent", seconds=round(_now() - session.heard_at, 1))
        await link.wire.close()

    def _settle(self, link: Link) -> None:
        if link.session.rooms.settled:
            link.settled.set()
        else:
            link.settled.clear()
        self._judge()

    def _judge(self) -> None:
        if any(link.settled.is_set() for link in self._links):
            self.ready.set()
        else:
            self.ready.clear()

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
                self.happened(event)
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
        self.heard(message)
        self.reports.heard(message.channel.id)
        if message.bits and (cheer := cheered(message)):
            self.happened(cheer)

    def _enter(self, room: str) -> None:
        channel = self._channels.get(room)
        if channel is None:
            return
        self.reports.subscribed(channel.id, CHAT_MESSAGE, SUBSCRIPTION)
        self._backoff.reset()
        if channel.id not in self._greeted:
            self._greeted.add(channel.id)
            self.joined(channel)

    def _rank(self, room: str, rank: Rank) -> None:
        channel = self._channels.get(room)
        if channel and self._ranks.get(channel.id) != rank:
            self._ranks[channel.id] = rank
            self.standing(channel, rank)

    def _bar(self, barred: Barred) -> None:
        if channel := self._channels.get(barred.room):
            log.error("subscription_refused", channel=channel.login, why=barred.why)
            self.reports.refused(channel.id, CHAT_MESSAGE, barred.why)


async def _log_in(wire: Wire, session: Session) -> None:
    """Raises `NotLoggedIn`, and `aiohttp.ClientConnectionError` when it ends before that is known."""
    await wire.write(session.outgoing())
    while data := await wire.read():
        for event in session.receive(data, _now()):
            if isinstance(event, Notice):
                raise NotLoggedIn(
                    f"Twitch's chat refuses the bot's login ({event.text}); it needs chat:read and "
                    "chat:edit. Log in with: kissbot login --bot"
                )
            if isinstance(event, Unable):
                raise aiohttp.ClientConnectionError(f"Twitch's chat does not offer {event.wanted}")
        if session.welcomed:
            return
    raise aiohttp.ClientConnectionError("the connection ended before the login")


async def _flushed(link: Link) -> bool:
    """Write what there is; whether that worked."""
    data = link.session.outgoing()
    if not data:
        return True
    try:
        async with asyncio.timeout(WRITTEN_WITHIN):
            await link.wire.write(data)
    except (aiohttp.ClientError, OSError, TimeoutError):
        return False
    return True


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


def _now() -> float:
    return asyncio.get_running_loop().time()
