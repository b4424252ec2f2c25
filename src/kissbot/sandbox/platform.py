"""The sandbox's inside: everything that the endpoints, the controls and the sockets act upon."""

from collections.abc import Mapping, Sequence
from time import perf_counter
from typing import Annotated, Any, Final, Literal

from msgspec import Meta, Struct

from kissbot.chat.tasks import Tasks
from kissbot.sandbox.devices import Devices
from kissbot.sandbox.eventsub import EventSub
from kissbot.sandbox.faults import (
    Clear,
    Close,
    Drop,
    Fault,
    Faults,
    IrcReconnect,
    Plug,
    Reconnect,
    Revoke,
    ShardLoss,
    Silence,
    Unplug,
    fault_of,
)
from kissbot.sandbox.feed import Feed
from kissbot.sandbox.irc import Irc, Place
from kissbot.sandbox.limits import CALLS_PER_MINUTE, SENDS_PER_MINUTE, ChatLimits, Points
from kissbot.sandbox.link import Clock
from kissbot.sandbox.pauses import Pauses
from kissbot.sandbox.payloads import channel_update, chat_message, stream_offline, stream_online
from kissbot.sandbox.sharing import Sharing
from kissbot.sandbox.socket import Sockets, Timing
from kissbot.sandbox.tokens import ClientKind, Login, LoginTiming, Tokens
from kissbot.sandbox.world import PRIVILEGED, Channel, Line, Person, Rank, StreamKind, World

FREELY: Final = 10_000
"""Times the points of a minute, where limits are not enforced."""

Name = Annotated[str, Meta(pattern=r"^[^\s@]{1,25}$")]
End = Literal["expire", "change_password", "disconnect"]
"""How a login can end: its access tokens only, or all of it."""


class Sent(Struct, frozen=True):
    """An attempt to send a line through the API, and what became of it."""

    id: str
    channel: str
    text: str
    reply_to: str | None
    at: float
    latency_ms: float | None
    """From writing the line that it replies to until the answer was here."""
    is_sent: bool
    drop_reason: str | None


class Spoken(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A line of a viewer, as it is handed in."""

    channel: str
    user: Name
    text: Annotated[str, Meta(min_length=1)]
    rank: Rank = "everyone"
    reply_to: str | None = None
    shared_from: Name | None = None


class Setup(Struct, frozen=True, kw_only=True):
    """What a sandbox is made of."""

    channels: Sequence[str]
    bot: str
    bot_rank: Rank
    languages: Mapping[str, str]
    enforce_limits: bool
    clock: Clock
    timing: Timing
    client: ClientKind
    login_timing: LoginTiming


class Platform:
    """A world, its rules, and those who listen."""

    def __init__(self, setup: Setup, tasks: Tasks) -> None:
        self.clock, self._timing = setup.clock, setup.timing
        self.world = World(setup.channels, setup.bot, setup.bot_rank, setup.languages)
        self.tokens = Tokens(setup.client, setup.login_timing)
        self.devices = Devices(setup.login_timing)
        ease = 1 if setup.enforce_limits else FREELY
        self.calls = Points(CALLS_PER_MINUTE * ease)
        self.sends = Points(SENDS_PER_MINUTE * ease)
        self.limits = ChatLimits(setup.enforce_limits)
        self.faults = Faults()
        self.feed = Feed()
        self.sharing, self.pauses = Sharing(), Pauses()
        self.shoutouts: list[tuple[str, str]] = []
        """From which channel, to which."""
        self.eventsub = EventSub(self.tokens.granted, self._moderates)
        self.sockets = Sockets(self.eventsub, self.faults, self.world.ids, tasks, setup.clock, setup.timing)
        self.sockets.changed = self.link_changed
        self.tokens.ended = self.sockets.withdraw
        self.irc = Irc(self._place(setup, tasks))
        self.sent: list[Sent] = []
        self.lines = 0

    def _place(self, setup: Setup, tasks: Tasks) -> Place:
        return Place(
            world=self.world,
            tokens=self.tokens,
            limits=self.limits,
            faults=self.faults,
            clock=setup.clock,
            timing=setup.timing,
            tasks=tasks,
            rank_of=self.rank_of,
            send=self.send,
        )

    @property
    def streams_as_of(self) -> float:
        """Get Streams tells what was then."""
        return self.clock.time() - self._timing.streams_lag

    def link_changed(self) -> None:
        """Tell those who watch whether the bot is connected."""
        self.feed.link(self.sockets.connected, self.faults.unplugged)

    # Chat

    def say(self, spoken: Spoken) -> Line:
        """A viewer says something. Raises `LookupError` for what does not exist."""
        world, channel = self.world, self.world.channel(spoken.channel)
        owner = channel.owner
        person = owner if spoken.rank == "broadcaster" else world.person(spoken.user)
        line = Line(
            id=world.ids.next(),
            channel=channel,
            person=person,
            rank="broadcaster" if person is owner else spoken.rank,
            text=spoken.text,
            at=self.clock.time(),
            reply=world.reply_to(spoken.reply_to) if spoken.reply_to else None,
        )
        if spoken.shared_from:
            line.source, line.source_id = world.person(spoken.shared_from), world.ids.next()
        self._spread(line)
        return line

    def _moderates(self, user_id: str, channel_id: str) -> bool:
        person, channel = self.world.person_of(user_id), self.world.channel_of(channel_id)
        return person is not None and channel is not None and self.moderates(person, channel)

    def moderates(self, person: Person, channel: Channel) -> bool:
        """Whether somebody is a channel's moderator, or its owner."""
        return self.rank_of(person, channel) in PRIVILEGED - {"vip"}

    def set_bot_rank(self, login: str, rank: Rank) -> None:
        """Make the bot something else in a channel. Raises `LookupError`."""
        channel = self.world.channel(login)
        channel.bot_rank = rank
        self.sockets.expel(channel.owner.id)

    def rank_of(self, person: Person, channel: Channel) -> Rank:
        """What somebody who sends through the API is in a channel."""
        if person is channel.owner:
            return "broadcaster"
        return channel.bot_rank if person is self.world.bot else "everyone"

    def send(
        self, person: Person, channel: Channel, text: str, reply_to: str, *, here_only: bool = False
    ) -> Sent:
        """A line through the API: delivered to everybody, or dropped for a reason.

        `here_only`: not to the channels that share the chat.
        """
        parent = self.world.line(reply_to)
        now, rank = self.clock.time(), self.rank_of(person, channel)
        code = self.faults.drop_code() or self.limits.judge(
            person.id, channel.owner.id, text, rank in PRIVILEGED, now
        )
        sent = Sent(
            id=self.world.ids.next(),
            channel=channel.owner.login,
            text=text,
            reply_to=reply_to or None,
            at=now,
            latency_ms=_since_written(parent),
            is_sent=not code,
            drop_reason=code or None,
        )
        self.sent.append(sent)
        if sent.is_sent:
            self._deliver(sent, person, channel, rank, here_only=here_only)
        return sent

    def _deliver(self, sent: Sent, person: Person, channel: Channel, rank: Rank, *, here_only: bool) -> None:
        reply = self.world.reply_to(sent.reply_to) if sent.reply_to else None
        bot = person is self.world.bot
        line = Line(sent.id, channel, person, rank, sent.text, sent.at, reply, bot=bot)
        line.latency_ms = sent.latency_ms
        self._spread(line, here_only=here_only)

    def _spread(self, line: Line, *, here_only: bool = False) -> None:
        self._show(line)
        for other in () if here_only else self.sharing.partners(line.channel):
            self._show(self._copied(line, other))

    def _copied(self, line: Line, other: Channel) -> Line:
        """A line as another channel of a shared chat shows it: there, its author is what they are there."""
        rank = self.rank_of(line.person, other)
        copy = Line(self.world.ids.next(), other, line.person, rank, line.text, line.at, line.reply)
        copy.source, copy.source_id, copy.source_rank = line.channel.owner, line.id, line.rank
        copy.bot = line.bot
        return copy

    def _show(self, line: Line) -> None:
        self.world.add(line)
        self.lines += 1
        owner = line.channel.owner
        if self.eventsub.register.listeners("channel.chat.message", owner.id):
            event = chat_message(line, self.world.find)
            self.sockets.notify("channel.chat.message", owner.id, event, line)
        self.irc.chat(line)
        self.feed.chat(line)

    def share(self, logins: Sequence[str], share: bool) -> dict[str, Any]:
        """Begin or end a shared chat. Raises `LookupError` and `ValueError`."""
        channels = [self.world.channel(login) for login in logins]
        if share:
            shared, kind = self.sharing.begin(channels, self.clock.time()), "channel.shared_chat.begin"
        elif channels:
            shared, kind = self.sharing.end(channels[0]), "channel.shared_chat.end"
        else:
            raise ValueError("Name a channel that shares the chat.")
        for channel in shared.channels:
            self.sockets.notify(kind, channel.owner.id, shared.event(channel))
        return shared.fields()

    # Streams

    def set_stream(
        self, login: str, live: bool, title: str | None, game: str | None, kind: StreamKind = "live"
    ) -> dict[str, Any]:
        """Go live or offline, and change what is on. Raises `LookupError` for an unknown channel."""
        channel = self.world.channel(login)
        before = channel.title, channel.game
        channel.title = channel.title if title is None else title
        if game is not None:
            channel.game = self.world.game(game) if game else None
        if before != (channel.title, channel.game):
            self.sockets.notify("channel.update", channel.owner.id, channel_update(channel))
        if live != channel.live:
            self._switch(channel, kind)
        state = stream_state(channel)
        self.feed.stream(state)
        return state

    def _switch(self, channel: Channel, kind: StreamKind) -> None:
        owner, now = channel.owner.id, self.clock.time()
        if channel.live:
            ended = self.world.end_stream(channel, now)
            self.sockets.notify("stream.offline", owner, stream_offline(channel, ended))
        else:
            begun = self.world.start_stream(channel, now, kind)
            self.sockets.notify("stream.online", owner, stream_online(channel, begun))

    # Logins

    def wishes(self, user_code: str) -> dict[str, Any]:
        """What a device asks for, and who might allow it. Raises `LookupError` and `ValueError`."""
        device = self.devices.waiting(user_code, self.clock.time())
        accounts = dict.fromkeys([self.world.bot.login, *self.world.channels])
        return {
            "user_code": device.user_code,
            "scopes": sorted(device.scopes),
            "accounts": list(accounts),
        }

    def activate(self, user_code: str, user: str, allow: bool) -> None:
        """A user allows or denies what a device asks for. Raises `LookupError` and `ValueError`."""
        device = self.devices.waiting(user_code, self.clock.time())
        device.answer(self.world.person(user) if allow else None)

    def end_login(self, user: str, how: End) -> None:
        """End the access tokens of a user, or the whole login. Raises `LookupError`."""
        login = self._login(user)
        match how:
            case "expire":
                self.tokens.expire(login)
            case "change_password":
                self.tokens.end(login, "password_changed")
            case "disconnect":
                self.tokens.end(login, "disconnected")

    def _login(self, user: str) -> Login:
        person = self.world.find(user)
        login = self.tokens.logins.get(person.id) if person else None
        if login is None:
            names = ", ".join(login.user.login for login in self.tokens.logins.values())
            raise LookupError(f"{user!r} has never logged in; these have: {names}.")
        return login

    def login_state(self, user: str) -> dict[str, Any]:
        """What became of a user's login. Raises `LookupError`."""
        login = self._login(user)
        return {
            "status": login.status,
            "scopes": sorted(login.scopes),
            "access_tokens": self.tokens.live(login.user, self.clock.time()),
            "refreshes": login.refreshes,
            "reused": login.reused,
        }

    # Faults

    def fault(self, details: dict[str, Any]) -> Fault:
        """Make something go wrong. Raises `ValueError` saying which kinds there are."""
        fault = fault_of(details)
        self._strike(fault)
        return fault

    def _strike(self, fault: Fault) -> None:
        match fault:
            case Drop() | Close() | Reconnect() | IrcReconnect() | ShardLoss() | Silence():
                self._strike_sockets(fault)
            case Revoke():
                channel = self.world.channel(fault.channel).owner.id if fault.channel else ""
                self.sockets.revoke(fault.type, fault.status, channel)
            case Unplug():
                self._unplug()
            case Plug():
                self.faults.unplugged = False
            case Clear():
                self.faults.clear()
                self.sockets.silence(0)
                self.irc.silence(0)
            case _:
                self.faults.add(fault)
        self.link_changed()

    def _strike_sockets(self, fault: Drop | Close | Reconnect | IrcReconnect | ShardLoss | Silence) -> None:
        match fault:
            case Drop():
                self.sockets.drop(fault)
                if fault.everywhere:
                    self.irc.drop()
            case Close():
                self.sockets.close(fault.code, fault)
            case Reconnect():
                self.sockets.reconnect(fault)
            case IrcReconnect():
                self.irc.reconnect()
            case ShardLoss():
                self.sockets.lose_shard(fault.shard)
            case Silence():
                self.sockets.silence(fault.seconds, fault)
                if fault.everywhere:
                    self.irc.silence(fault.seconds)
                self.faults.silence(fault, self.clock.time())

    def _unplug(self) -> None:
        self.faults.unplugged = True
        self.sockets.drop()
        self.irc.drop()


def stream_state(channel: Channel) -> dict[str, Any]:
    """A channel and what is on."""
    return {
        "channel": channel.owner.login,
        "live": channel.live,
        "title": channel.title,
        "game": channel.game.name if channel.game else "",
    }


def _since_written(line: Line | None) -> float | None:
    if line is None or line.written_at is None:
        return None
    return round((perf_counter() - line.written_at) * 1000, 3)
