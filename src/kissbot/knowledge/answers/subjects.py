"""Which game a question is about, by its name within the question, and what is known of it as one line."""

from collections.abc import Iterable
from typing import Final

from kissbot.knowledge.games.game import Game
from kissbot.knowledge.games.names import normal

_LONGEST: Final = 8
"""Words of a name that is looked for."""

_OF_GAMES: Final = frozenset(
    {
        *("game", "games", "gaming", "play", "played", "player", "boss", "level", "dlc", "steam", "console"),
        *("release", "released", "studio", "developer", "jeu", "jeux", "jouer", "joueur", "niveau", "sortie"),
        *("sorti", "developpeur", "juego", "juegos", "jugar", "jugador", "nivel", "salio", "spiel", "spiele"),
        *("spielen", "spieler", "erschienen", "entwickler"),
    }
)
"""Without one of these, a name of one word is more probably just that word."""


class Subjects:
    """Knows the names of games."""

    def __init__(self, games: Iterable[Game]) -> None:
        self._games: dict[str, Game] = {}
        for game in games:
            for name in (game.name, *game.aliases):
                self._games.setdefault(normal(name), game)

    def of(self, question: str) -> Game | None:
        """The game with the longest name in it."""
        words = normal(question).split()
        shortest = 1 if not _OF_GAMES.isdisjoint(words) else 2
        for count in range(min(_LONGEST, len(words)), shortest - 1, -1):
            for start in range(len(words) - count + 1):
                if game := self._games.get(" ".join(words[start : start + count])):
                    return game
        return None


def told(game: Game, language: str) -> str:
    """`Hades (2020): Action, Roguelike; PC, Switch; Metacritic 93. Defy the god of the dead.`"""
    parts = [
        ", ".join(game.genres),
        ", ".join(game.platforms),
        f"Metacritic {game.critics}" if game.critics else "",
    ]
    summary = game.summary.get(language) or game.summary.get("en", "")
    return f"{game.title}: {'; '.join(filter(None, parts))}. {summary}".strip()
