"""The operator's own catalogue, as imported: a few rows of the database for each question."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Final, Protocol, TypeVar

from msgspec.structs import replace

from kissbot.knowledge.games.game import Candidate
from kissbot.knowledge.games.ranking import candidates
from kissbot.knowledge.games.shelf import Shelf

SOURCE: Final = "Catalogue"

T = TypeVar("T")


class Catalogue(Protocol):
    """Where the games are."""

    async def ask(self, question: Callable[[Shelf], T]) -> T:
        """What is made of the shelf as it is at this moment."""
        ...


class Imported:
    """Answers from the operator's own catalogue."""

    name: Final = SOURCE

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    async def candidates(self, query: str) -> Sequence[Candidate]:
        """Games that these words of a viewer may mean, the most probable first."""
        found = await self._catalogue.ask(partial(_candidates, query))
        return [replace(each, game=replace(each.game, sources=(SOURCE,))) for each in found]


def _candidates(query: str, shelf: Shelf) -> Sequence[Candidate]:
    return candidates(shelf, query) if len(shelf) else ()
