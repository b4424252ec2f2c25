"""Stand-ins for the outside that could be real: small, in memory, and honest about failing."""

from typing import Final

from kissbot.chat.commands import Invocation, Reply
from kissbot.chat.errors import Unavailable
from kissbot.chat.messages import Channel, Viewer
from kissbot.chat.texts import Text
from kissbot.features.games import Stream
from kissbot.features.system import Sample
from kissbot.knowledge.games.game import Game, Lookup
from kissbot.knowledge.games.ranking import Ranking

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

    async def find(self, query: str) -> Lookup:
        """Which of the games is meant."""
        if self.closed:
            raise Unavailable(CLOSED)
        return self._ranking.lookup(query)


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

    def __init__(self) -> None:
        self.forgotten: list[Viewer] = []

    async def forget(self, viewer: Viewer) -> int:
        """Forget a viewer."""
        first_time = viewer not in self.forgotten
        self.forgotten.append(viewer)
        return int(first_time)
