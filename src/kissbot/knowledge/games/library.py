"""What everybody asks who wants to know of a game."""

from typing import Protocol

from kissbot.chat.messages import Channel
from kissbot.knowledge.games.game import Lookup


class GameLibrary(Protocol):
    """Knows games. Raises `Unavailable` when no source can be asked."""

    async def find(self, query: str, channel: Channel, language: str) -> Lookup:
        """Which game these words of a viewer mean, told in this language where a source has it."""
        ...
