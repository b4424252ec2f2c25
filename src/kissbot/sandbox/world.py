"""The people, channels, categories and chat lines of the sandbox. No I/O; the time is passed in."""

from collections import OrderedDict, deque
from collections.abc import Iterable, Mapping
from itertools import count
from typing import Final, Literal
from uuid import uuid4
from zlib import crc32

from msgspec import Struct, field

from kissbot.sandbox.games import WELL_KNOWN, Game

Rank = Literal["everyone", "subscriber", "vip", "moderator", "lead_moderator", "broadcaster"]
StreamKind = Literal["live", "playlist", "watch_party", "premiere", "rerun"]
PRIVILEGED: Final = frozenset[Rank](("vip", "moderator", "lead_moderator", "broadcaster"))
COLORS: Final = ("#FF0000", "#0000FF", "#008000", "#B22222", "#FF7F50", "#9ACD32", "#2E8B57", "#1E90FF", "")
REMEMBERED: Final = 50_000
"""How many of the latest lines can be replied to."""
SHOWN: Final = 100


class Person(Struct, frozen=True, eq=False):
    """An account; an empty color means that none was ever chosen."""

    id: str
    login: str
    name: str
    color: str


class Stream(Struct, eq=False):
    """One broadcast."""

    id: str
    began_at: float
    kind: StreamKind = "live"
    ended_at: float = float("inf")


class Channel(Struct, eq=False):
    """A person's channel and what is on."""

    owner: Person
    language: str
    bot_rank: Rank
    title: str = ""
    game: Game | None = None
    streams: deque[Stream] = field(default_factory=lambda: deque(maxlen=SHOWN))
    """The latest of them, the last one last."""
    chatters: set[str] = field(default_factory=set)

    @property
    def live(self) -> bool:
        """Whether a stream is running."""
        return bool(self.streams) and self.streams[-1].ended_at == float("inf")

    def stream_as_of(self, at: float) -> Stream | None:
        """The stream that ran at that time."""
        return next((one for one in reversed(self.streams) if one.began_at <= at < one.ended_at), None)


class Thread(Struct, frozen=True, eq=False):
    """What a line replies to, and the first line of that conversation; the fields are Twitch's."""

    parent_message_id: str
    parent_message_body: str
    parent_user_id: str
    parent_user_name: str
    parent_user_login: str
    thread_message_id: str
    thread_user_id: str
    thread_user_name: str
    thread_user_login: str


class Line(Struct, eq=False):
    """Something that was said in a channel."""

    id: str
    channel: Channel
    person: Person
    rank: Rank
    text: str
    at: float
    reply: Thread | None = None
    source: Person | None = None
    """In a shared chat: the other channel, in which the line was typed."""
    source_id: str | None = None
    """The id of the same line over there."""
    source_rank: Rank | None = None
    """What who typed it is over there; None: the same as here."""
    bot: bool = False
    latency_ms: float | None = None
    written_at: float | None = None
    """When its first frame went to a socket, on the performance counter."""


class Ids:
    """Message ids that look like UUIDs and cost little; no two sandboxes share any."""

    def __init__(self) -> None:
        self._prefix = str(uuid4())[:24]
        self._count = count(1)

    def next(self) -> str:
        """An id that was never given before."""
        return f"{self._prefix}{next(self._count):012x}"


class World:
    """Everything there is. People and categories exist from their first mention on; channels do not."""

    def __init__(
        self, channels: Iterable[str], bot: str, bot_rank: Rank, languages: Mapping[str, str] | None = None
    ) -> None:
        self.ids = Ids()
        self._people: dict[str, Person] = {}
        self._people_by_id: dict[str, Person] = {}
        self.bot = self.person(bot)
        self._games = {game.name.casefold(): game for game in WELL_KNOWN}
        self.channels: dict[str, Channel] = {}
        for login in channels:
            owner = self.person(login)
            rank: Rank = "broadcaster" if owner is self.bot else bot_rank
            language = (languages or {}).get(login, "en")
            self.channels[owner.login] = Channel(owner, language, rank)
        self._channels_by_id = {channel.owner.id: channel for channel in self.channels.values()}
        self._lines: OrderedDict[str, Line] = OrderedDict()
        self.latest: deque[Line] = deque(maxlen=SHOWN)
        self._streams = count(40_000_000_001)

    def person(self, name: str) -> Person:
        """The account of that name; it is created when there is none. Its id follows from the name."""
        return self._people.get(name) or self._known(name.casefold()) or self._create(name)

    def _known(self, login: str) -> Person | None:
        return self._people.get(login)

    def _create(self, name: str) -> Person:
        login, number = name.casefold(), 100_000_000 + crc32(name.casefold().encode()) % 900_000_000
        while str(number) in self._people_by_id:
            number += 1
        ascii_login = login if login.isascii() else f"user{number}"
        person = Person(str(number), ascii_login, name, COLORS[number % len(COLORS)])
        self._people_by_id[person.id] = self._people[login] = self._people[ascii_login] = person
        return person

    def find(self, login: str) -> Person | None:
        """The account of that login, if there is one."""
        return self._known(login.casefold())

    def person_of(self, user_id: str) -> Person | None:
        """The account with that id, if there is one."""
        return self._people_by_id.get(user_id)

    def channel(self, login: str) -> Channel:
        """The channel of that name. Raises `LookupError` naming those there are."""
        channel = self.channels.get(login) or self.channels.get(login.casefold())
        if channel is None:
            raise LookupError(f"There is no channel {login!r}; there are: {', '.join(self.channels)}.")
        return channel

    def channel_of(self, user_id: str) -> Channel | None:
        """The channel of the account with that id, if it has one."""
        return self._channels_by_id.get(user_id)

    @property
    def games(self) -> list[Game]:
        """Every category so far."""
        return list(self._games.values())

    def game(self, name: str) -> Game:
        """The category of that name, capitals aside; it is created when there is none."""
        key = name.casefold()
        if key not in self._games:
            number = 1_000_000_000 + crc32(key.encode())
            self._games[key] = Game(str(number), name, str(number % 300_000 + 1))
        return self._games[key]

    def line(self, message_id: str) -> Line | None:
        """A line that was said not too long ago."""
        return self._lines.get(message_id)

    def reply_to(self, message_id: str) -> Thread:
        """The thread that a reply to that line belongs to. Raises `LookupError`."""
        parent = self._lines.get(message_id)
        if parent is None:
            raise LookupError(f"There is no message {message_id!r} to reply to.")
        who, first = parent.person, parent.reply
        root = first.thread_message_id if first else parent.id
        starter = self._people_by_id[first.thread_user_id] if first else who
        return Thread(
            *(parent.id, parent.text, who.id, who.name, who.login),
            *(root, starter.id, starter.name, starter.login),
        )

    def add(self, line: Line) -> None:
        """Write a line into the history."""
        self._lines[line.id] = line
        if len(self._lines) > REMEMBERED:
            self._lines.popitem(last=False)
        self.latest.append(line)
        line.channel.chatters.add(line.person.id)

    def start_stream(self, channel: Channel, now: float, kind: StreamKind = "live") -> Stream:
        """Go live, with a stream id of its own."""
        channel.streams.append(Stream(str(next(self._streams)), now, kind))
        channel.chatters.clear()
        return channel.streams[-1]

    def end_stream(self, channel: Channel, now: float) -> Stream:
        """Go offline; the stream that is over."""
        channel.streams[-1].ended_at = now
        return channel.streams[-1]
