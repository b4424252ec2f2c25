"""Where the games of a ranking stand: each has a place, the best known the first ones."""

from collections.abc import Collection, Iterable, Sequence
from typing import Protocol

from msgspec import Struct

from kissbot.knowledge.games.game import Game
from kissbot.knowledge.games.index import Found, Index, traits
from kissbot.knowledge.games.names import marked


class Shelf(Protocol):
    """Games, their names and their traits."""

    def __len__(self) -> int:
        """How many games there are."""
        ...

    def having(self, traits: Sequence[str]) -> Sequence[Found]:
        """For each trait, how many games have it and the places of the best known, these first."""
        ...

    def names(self, places: Collection[int]) -> Sequence[tuple[int, Sequence[str]]]:
        """The places, and the names there, marked."""
        ...

    def games(self, places: Collection[int]) -> Sequence["Titled"]:
        """The games at these places."""
        ...


class Titled(Struct, frozen=True, eq=False, gc=False):
    """A game and the names it goes by, marked."""

    game: Game
    names: tuple[str, ...]


class MemoryShelf:
    """Games in memory."""

    def __init__(self, games: Iterable[Game]) -> None:
        self._games, self.index = shelved(games)
        self._names = ["\n".join(names(game)) for game in self._games]

    def __len__(self) -> int:
        """How many games there are."""
        return len(self._games)

    def having(self, traits: Sequence[str]) -> Sequence[Found]:
        """For each trait, how many games have it and the places of the best known, these first."""
        return self.index.having(traits)

    def names(self, places: Collection[int]) -> Sequence[tuple[int, Sequence[str]]]:
        """The places, and the names there, marked."""
        return [(place, self._names[place].split("\n")) for place in places]

    def games(self, places: Collection[int]) -> Sequence[Titled]:
        """The games at these places."""
        return [Titled(self._games[place], tuple(self._names[place].split("\n"))) for place in places]


def shelved(games: Iterable[Game]) -> tuple[list[Game], Index]:
    """Games in the order of their places, and the index over them."""
    ordered, index = sorted(games, key=lambda game: -game.popularity), Index()
    for game in ordered:
        index.add(traits_of(game))
    index.close()
    return ordered, index


def names(game: Game) -> tuple[str, ...]:
    """All names of a game, marked."""
    return tuple(dict.fromkeys(map(marked, (game.name, *game.aliases))))


def traits_of(game: Game) -> set[str]:
    """The traits of all names of a game."""
    found = {f"~{acronym}" for acronym in game.acronyms}
    shortened = game.kind != "category"
    every = (traits(name, game.popularity, shortened=shortened) for name in (game.name, *game.aliases))
    return found.union(*every)
