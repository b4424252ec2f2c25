"""The catalogue that is shipped with the bot: a few hundred well-known games, without any network."""

from importlib.resources import files
from typing import Final

import msgspec
from msgspec.structs import replace

from kissbot.chat.messages import Channel
from kissbot.knowledge.games.domain import Confirmed
from kissbot.knowledge.games.game import Game, Lookup
from kissbot.knowledge.games.ranking import Ranking

SOURCE: Final = "Offline"


def read_catalogue() -> list[Game]:
    """Every game of the shipped catalogue."""
    lines = files(__package__).joinpath("offline.jsonl").read_bytes()
    return [replace(game, sources=(SOURCE,)) for game in msgspec.json.Decoder(Game).decode_lines(lines)]


class OfflineLibrary:
    """Answers from the shipped catalogue."""

    def __init__(self, confirmed: Confirmed | None = None) -> None:
        self._ranking = Ranking(read_catalogue())
        self._confirmed = confirmed

    async def find(self, query: str, channel: Channel, language: str) -> Lookup:
        """Which game these words of a viewer mean; what moderators have confirmed comes first."""
        if self._confirmed and (found := await self._confirmed(query, channel)):
            return found
        return self._ranking.lookup(query)
