"""Stand-ins for the outside that could be real: small, in memory, and honest about failing."""

from collections.abc import Callable
from typing import Final

from msgspec import Struct

from kissbot.chat.commands import Invocation, Reply
from kissbot.chat.errors import Unavailable
from kissbot.chat.happenings import StreamOnline
from kissbot.chat.messages import Channel, Viewer
from kissbot.chat.texts import Text
from kissbot.features.games import Figures, Step, Stream, Trace
from kissbot.features.live import Show
from kissbot.features.shoutout import Streamer
from kissbot.features.system import Sample
from kissbot.knowledge.answers.translation import Translation
from kissbot.knowledge.games.game import Found, Game, Lookup
from kissbot.knowledge.games.ranking import Ranking
from kissbot.knowledge.music import Song, Wanted

HADES: Final = Game(
    name="Hades",
    year=2020,
    genres=("Action", "Roguelike"),
    platforms=("PC", "Switch", "PS4", "Xbox One"),
    popularity=97,
    summary={"en": "Defy the god of the dead.", "fr": "Défiez le dieu des morts."},
    critics=93,
    users=4.4,
    sources=("Shelf",),
)

# Not `text(…)`: the words of a fake are not collected for translation.
CLOSED: Final = Text("📚 The shelf is closed.")
UNKNOWN: Final = Text("📡 Twitch does not tell me who is live right now.")


class Shelf:
    """A library of a few games; when closed, it is out of reach."""

    def __init__(self, *games: Game, closed: bool = False) -> None:
        self._ranking = Ranking(games)
        self.closed = closed

    async def find(self, query: str, channel: Channel, language: str) -> Lookup:
        """Which of the games is meant."""
        if self.closed:
            raise Unavailable(CLOSED)
        return self._ranking.lookup(query)

    async def category(self, name: str, igdb_id: int | None, channel: Channel, language: str) -> Found | None:
        """The game of a category."""
        found = None if self.closed else self._ranking.lookup(name)
        return found if isinstance(found, Found) else None

    async def figures(self) -> Figures:
        """Shelves are remembered by whoever built them."""
        return Figures(lookups=4, hits=3, entries=1, top="Hades (2020)")

    async def trace(self, query: str, channel: Channel, language: str) -> Trace:
        """A look at the shelf takes no time."""
        lookup = None if self.closed else self._ranking.lookup(query)
        return Trace((Step("Shelf", 0, "unreachable" if self.closed else "answered", 1),), 0, lookup)


class Parrot:
    """Translates by saying in which language it says a line."""

    def __init__(self) -> None:
        self.broken = False

    async def translate(self, words: str, source: str | None, target: str, seconds: float) -> Translation:
        """The words, after the code."""
        if self.broken:
            raise Unavailable(CLOSED)
        return Translation(f"({target}) {words}", source or "", target)


class FirstWord(Struct, frozen=True):
    """The language that a text begins in."""

    language: str
    confidence: float = 1.0


_FIRST_WORDS: Final = {"good": "en", "bonjour": "fr", "buenos": "es", "guten": "de"}


def by_first_word(words: str) -> FirstWord | None:
    """The language of a greeting."""
    language = _FIRST_WORDS.get(words.partition(" ")[0].casefold())
    return FirstWord(language) if language else None


ONE_MORE_TIME: Final = Song(artist="Daft Punk", title="One More Time", year=2000, seconds=320)


class Jukebox:
    """A library of a few songs, which does not search: it plays all it has."""

    def __init__(self, *songs: Song) -> None:
        self._songs = songs
        self.broken = False

    async def search(self, wanted: Wanted) -> tuple[Song, ...]:
        """Every song."""
        if self.broken:
            raise Unavailable(CLOSED)
        return self._songs


class FakeStreams:
    """Who is live, as the test says: channel login → stream."""

    def __init__(self, **live: Stream) -> None:
        self.live = live
        self.broken = False

    async def now(self, channel: Channel) -> Stream | None:
        """The stream of a channel."""
        if self.broken:
            raise Unavailable(UNKNOWN)
        return self.live.get(channel.login)


class FakeShows:
    """What is on, as the test says: channel login → show."""

    def __init__(self, **shows: Show) -> None:
        self.shows = shows
        self.broken = False

    async def on(self, online: StreamOnline) -> Show:
        """What a stream shows."""
        return await self.last(online.channel)

    async def last(self, channel: Channel) -> Show:
        """What was on last; a channel that the test does not know shows nothing in particular."""
        if self.broken:
            raise Unavailable(UNKNOWN)
        return self.shows.get(channel.login, Show())


class Town:
    """Everybody has a channel there, and plays the same; but nobody is called `nobody`."""

    def __init__(self, game: str = "Hades") -> None:
        self.game = game
        self.recommended: list[tuple[str, str]] = []
        """Who was recommended where, by their logins."""

    async def find(self, login: str) -> Streamer | None:
        """The streamer of that login."""
        return (
            None if login == "nobody" else Streamer(Channel(f"id-{login}", login), login.title(), self.game)
        )

    async def recommend(self, streamer: Streamer, here: Channel) -> None:
        """Give the platform's own shoutout."""
        self.recommended.append((streamer.channel.login, here.login))


class Noticeboard:
    """A place elsewhere, where news are pinned."""

    def __init__(self, *, wanted: bool = True) -> None:
        self.wanted = wanted
        self.pinned: list[str] = []

    def post(self, news: str) -> None:
        """Pin a line."""
        self.pinned.append(news)


class FixedVitals:
    """A machine that always feels the same."""

    def __init__(self, cpu_percent: float = 1.0, ram_mb: float = 54.0, threads: int = 9) -> None:
        self.latest = Sample(cpu_percent, ram_mb, threads)


class OneReason:
    """Explains everything by the same words."""

    def __init__(self, answer: Reply = "✅ all is well") -> None:
        self.answer = answer

    async def explain(self, asked: Invocation) -> Reply:
        """Why the bot was silent."""
        return self.answer


class ShortMemory:
    """Remembers one thing of everybody, until it is to forget them."""

    def __init__(self, *others: Callable[[str], object]) -> None:
        """`others` forget a viewer by their id."""
        self.forgotten: list[Viewer] = []
        self._others = others

    async def forget(self, viewer: Viewer) -> int:
        """Forget a viewer."""
        for other in self._others:
            other(viewer.id)
        first_time = viewer not in self.forgotten
        self.forgotten.append(viewer)
        return int(first_time)
