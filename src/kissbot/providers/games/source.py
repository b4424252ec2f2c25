"""What sources of games are: those on the web, and those at hand."""

from collections.abc import Sequence
from typing import Protocol

from kissbot.knowledge.games.game import Candidate, Game


class Source(Protocol):
    """Knows games. Its methods raise `SourceTrouble` when it gives no answer."""

    @property
    def name(self) -> str:
        """As viewers see it."""
        ...

    async def search(self, query: str, language: str) -> Sequence[Game]:
        """Games that these words of a viewer may mean, in no particular order."""
        ...

    async def complete(self, game: Game, language: str) -> Game | None:
        """What this source can add to a game that it knows by an id; None when there is nothing."""
        ...


class Local(Protocol):
    """Knows games without asking anybody."""

    @property
    def name(self) -> str:
        """As viewers see it."""
        ...

    async def candidates(self, query: str) -> Sequence[Candidate]:
        """Games that these words of a viewer may mean, the most probable first. Raises `Trouble`."""
        ...
