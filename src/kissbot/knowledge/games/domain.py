"""Games as something that moderators can settle, and how their word reaches every look-up of a game."""

from collections.abc import Awaitable, Callable
from typing import Final

from kissbot.chat.messages import Channel
from kissbot.knowledge.games.game import Candidate, Found, Game, NothingClose, Several
from kissbot.knowledge.games.library import GameLibrary
from kissbot.knowledge.games.names import arabic, glued, normal
from kissbot.knowledge.truth.domain import Findings, Guess
from kissbot.knowledge.truth.truth import Truth

GAME: Final = "GAME"

WORTH_LISTING: Final = 0.3
"""From which confidence on a game is listed beside the one that was found."""

Confirmed = Callable[[str, Channel], Awaitable[Found | None]]
"""What a library asks before any source: the game that moderators have confirmed for these words."""


class GameDomain:
    """Finds games in a library."""

    name = GAME
    kind = Game

    def __init__(self, games: GameLibrary) -> None:
        self._games = games

    def key(self, query: str) -> str:
        """`"The Witcher III"` → `"thewitcher3"`."""
        return glued(arabic(normal(query)))

    async def find(self, query: str, channel: Channel, language: str) -> Findings:
        """The game that is probably meant, and others that it may be. Raises `Unavailable`."""
        match await self._games.find(query, channel, language):
            case NothingClose(suggestions):
                return Findings(near=suggestions)
            case Several(candidates):
                return Findings(_guesses(candidates))
            case Found(game, confidence, others=others):
                likely = tuple(other for other in others if other.confidence >= WORTH_LISTING)
                return Findings(_guesses((Candidate(game, confidence), *likely)))

    def title(self, item: Game) -> str:
        """`Hades (2020)`."""
        return item.title

    def line(self, item: Game) -> str:
        """`Hades (2020) 🏆 93/100`."""
        return item.title if item.critics is None else f"{item.title} 🏆 {item.critics}/100"

    def words(self, item: Game) -> str:
        """Its name; which one of that name it is can be seen then."""
        return item.name

    def identity(self, item: Game) -> str:
        """Its name and year: no id is known to every source."""
        return f"{self.key(item.name)} {item.year or ''}".strip()


def confirmed_game(truth: Truth) -> Confirmed:
    """Asks the truth for the game of some words."""

    async def confirmed(query: str, channel: Channel) -> Found | None:
        known = await truth.known(GAME, query, channel)
        return Found(known.item, known.confidence, known.moderators) if known else None

    return confirmed


async def offer_games(truth: Truth, query: str, channel: Channel, candidates: tuple[Candidate, ...]) -> None:
    """Let moderators choose from the games that a channel is about to be shown, by their numbers."""
    if GAME in truth.domains:
        await truth.offer(GAME, query, channel, _guesses(candidates))


def _guesses(candidates: tuple[Candidate, ...]) -> tuple[Guess, ...]:
    return tuple(Guess(candidate.game, candidate.confidence) for candidate in candidates)
