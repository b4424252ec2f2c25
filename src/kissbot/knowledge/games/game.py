"""A game, and what a look-up for one may come to."""

from typing import Literal

from msgspec import Struct

Kind = Literal["game", "dlc", "edition", "category"]
"""What a record is: a game, something added to one, a game sold anew, or no game but a category of Twitch."""


class Ids(Struct, frozen=True):
    """What the sources call a game by; None where one does not know it."""

    igdb: int | None = None
    steam: int | None = None
    rawg: int | None = None
    catalogue: int | None = None
    """In the catalogue that the operator has imported."""


class Game(Struct, frozen=True, eq=False):
    """What is known of a game, whichever source told it. Two records are never equal, only the same."""

    name: str
    year: int | None = None
    """Year of the first full release."""
    genres: tuple[str, ...] = ()
    platforms: tuple[str, ...] = ()
    """Short names, the most important first: PC, Switch, PS5, Xbox Series …"""
    aliases: tuple[str, ...] = ()
    """Other full names, in any language."""
    acronyms: tuple[str, ...] = ()
    popularity: int = 0
    """0-100: how well viewers know it."""
    summary: dict[str, str] = {}
    """One sentence by language code."""
    critics: int | None = None
    """Metacritic, 0-100."""
    users: float | None = None
    """Users' rating, 0-5."""
    players: int | None = None
    """How many play it right now."""
    ids: Ids = Ids()
    kind: Kind = "game"
    sources: tuple[str, ...] = ()
    """Who told it, as shown to viewers: `Offline`, `IGDB` …"""

    @property
    def title(self) -> str:
        """`Hades (2020)`."""
        return f"{self.name} ({self.year})" if self.year else self.name


class Candidate(Struct, frozen=True):
    """A game that may be meant, and how probable that is (0-1)."""

    game: Game
    confidence: float


class Found(Struct, frozen=True, tag=True):
    """This is the game."""

    game: Game
    confidence: float
    confirmed: int = 0
    """How many moderators have said so."""
    others: tuple[Candidate, ...] = ()
    """What else might have been meant, the most probable first."""


class Several(Struct, frozen=True, tag=True):
    """One of these, and only the viewer knows which; the most probable first."""

    candidates: tuple[Candidate, ...]


class NothingClose(Struct, frozen=True, tag=True):
    """No game of that name is known; the nearest names, if any is near at all."""

    suggestions: tuple[Game, ...] = ()


Lookup = Found | Several | NothingClose
