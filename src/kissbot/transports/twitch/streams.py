"""Who is live on Twitch, and with which game."""

import aiohttp

from kissbot.chat.errors import Unavailable
from kissbot.chat.messages import Channel
from kissbot.chat.texts import text
from kissbot.features.games import Stream
from kissbot.transports.twitch.helix import Helix, HelixError


class TwitchStreams:
    """Asks Helix. A category is a game when Twitch knows its IGDB id."""

    def __init__(self, helix: Helix) -> None:
        self._helix = helix
        self._is_game: dict[str, bool] = {}

    async def now(self, channel: Channel) -> Stream | None:
        """The stream of a channel; None when it is offline. Raises `Unavailable`."""
        try:
            row = await self._helix.stream(channel.id)
            if row is None:
                return None
            return Stream(row.game_name, bool(row.game_id) and await self._game(row.game_id))
        except (HelixError, aiohttp.ClientError, TimeoutError) as error:
            raise Unavailable(text("📡 Twitch does not tell me who is live right now.")) from error

    async def _game(self, game_id: str) -> bool:
        if game_id not in self._is_game:
            row = await self._helix.game(game_id)
            self._is_game[game_id] = bool(row and row.igdb_id)
        return self._is_game[game_id]
