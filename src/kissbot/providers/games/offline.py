"""The catalogue that is shipped with the bot: a few hundred well-known games, without any network."""

from collections.abc import Sequence
from importlib.resources import files
from typing import Final

import msgspec
from msgspec.structs import replace

from kissbot.chat.later import Later
from kissbot.knowledge.games.game import Candidate, Game
from kissbot.knowledge.games.ranking import Ranking

SOURCE: Final = "Offline"


def read_catalogue() -> list[Game]:
    """Every game of the shipped catalogue."""
    lines = files(__package__).joinpath("offline.jsonl").read_bytes()
    return [replace(game, sources=(SOURCE,)) for game in msgspec.json.Decoder(Game).decode_lines(lines)]


class Offline:
    """Answers from the shipped catalogue, which is read `at_once` or when it is first needed."""

    name: Final = SOURCE

    def __init__(self, *, at_once: bool = False) -> None:
        self._ranking = _read() if at_once else None
        self._later = Later(_read)

    async def candidates(self, query: str) -> Sequence[Candidate]:
        """Games that these words of a viewer may mean, the most probable first."""
        return (self._ranking or await self._later.get()).candidates(query)


def _read() -> Ranking:
    return Ranking(read_catalogue())
