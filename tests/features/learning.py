"""A room in which games can be settled, and somebody to settle them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from kissbot.chat.errors import Unavailable
from kissbot.chat.messages import Channel, Rank
from kissbot.features.games import Stream, Streams
from kissbot.knowledge.games.domain import Confirmed, confirmed_game
from kissbot.knowledge.games.game import Candidate, Found, Game, Lookup, NothingClose, Several
from kissbot.knowledge.games.library import GameLibrary
from kissbot.knowledge.games.names import arabic, normal
from kissbot.knowledge.truth.domain import Rules
from kissbot.testing import HADES, FakeStreams, Room, room
from kissbot.testing.fakes import CLOSED

HADES_2 = Game(name="Hades II", year=2025, critics=95)
BOTW = Game(name="The Legend of Zelda: Breath of the Wild", year=2017, aliases=("BotW",), critics=97)
LIST = (
    "🔬 Superposition of 'hades': 1. ⚛️ Hades (2020) 🏆 93/100 (conf 0.9) · "
    "2. ⚛️ Hades II (2025) 🏆 95/100 (conf 0.8) → !collapse hades 1"
)


class Heap:
    """A library without any judgement: it takes whatever has the words in its name, in their order.

    A name that begins like some others is near to them.
    """

    def __init__(self, *games: Game) -> None:
        self.games = games
        self.confirmed: Confirmed | None = None
        self.closed = False
        self.asked = 0
        """How often somebody looked for a game."""

    async def find(self, query: str, channel: Channel, language: str) -> Lookup:
        """Which games have these words."""
        if self.confirmed and (found := await self.confirmed(query, channel)):
            return found
        self.asked += 1
        if self.closed:
            raise Unavailable(CLOSED)
        words = arabic(normal(query)).split()
        having = [game for game in self.games if words and set(words) <= self._words(game)]
        candidates = tuple(Candidate(game, 0.9 - 0.1 * rank) for rank, game in enumerate(having))
        if not candidates:
            return NothingClose(tuple(game for game in self.games if {*words} & self._words(game)))
        if candidates[0].game.name.casefold() != query.casefold() and len(candidates) > 1:
            return Several(candidates)
        return Found(candidates[0].game, candidates[0].confidence, others=candidates[1:])

    async def category(self, name: str, igdb_id: int | None, channel: Channel, language: str) -> Found | None:
        """The game of a category."""
        found = await self.find(name, channel, language)
        return found if isinstance(found, Found) else None

    def _words(self, game: Game) -> set[str]:
        return {word for name in (game.name, *game.aliases) for word in arabic(normal(name)).split()}


class School:
    """Asks as a viewer or as a moderator; every viewer is another one, so nobody has to wait."""

    def __init__(self, place: Room, library: Heap) -> None:
        self.place, self.library = place, library
        self._asked = 0

    async def asks(self, line: str, channel: str = "ada") -> str:
        """What a viewer is answered."""
        self._asked += 1
        return await self.place.hears(line, viewer=f"viewer{self._asked}", channel=channel) or ""

    async def says(self, line: str, who: str = "Mia", channel: str = "ada") -> str:
        """What a moderator is answered."""
        return await self.place.hears(line, viewer=who, rank=Rank.MODERATOR, channel=channel) or ""


@asynccontextmanager
async def school(*games: Game, rules: Rules | None = None, **settings: Any) -> AsyncIterator[School]:
    """Two games of one name, unless others are given. ada streams the first."""
    library = Heap(*(games or (HADES, HADES_2)))
    services: dict[type, object] = {GameLibrary: library, Streams: FakeStreams(ada=Stream("Hades"))}
    async with room(services, rules=rules, **settings) as place:
        library.confirmed = confirmed_game(place.truth)
        yield School(place, library)
