"""What everybody asks who wants to know of a game."""

from typing import Protocol

from kissbot.chat.messages import Channel
from kissbot.knowledge.games.game import Found, Lookup


class GameLibrary(Protocol):
    """Knows games. Raises `Unavailable` when no source can be asked."""

    async def find(self, query: str, channel: Channel, language: str) -> Lookup:
        """Which game these words of a viewer mean, told in this language where a source has it."""
        ...

    async def category(self, name: str, igdb_id: int | None, channel: Channel, language: str) -> Found | None:
        """The game that a category of Twitch is, no other; None when nobody tells of it (now)."""
        ...
