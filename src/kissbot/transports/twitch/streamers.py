"""People on Twitch who may be worth a visit, and Twitch's own shoutout."""

import structlog

from kissbot.chat.errors import Unavailable
from kissbot.chat.messages import Channel
from kissbot.chat.texts import text
from kissbot.features.shoutout import Streamer
from kissbot.transports.twitch.helix import Helix
from kissbot.transports.twitch.streams import TROUBLES

SHOUTOUTS = "moderator:manage:shoutouts"

log = structlog.get_logger(__name__)


class TwitchStreamers:
    """Asks Helix, with the bot's login."""

    def __init__(self, helix: Helix) -> None:
        self._helix = helix

    async def find(self, login: str) -> Streamer | None:
        """The streamer of that login; None when there is nobody. Raises `Unavailable`."""
        try:
            users = await self._helix.users([login])
            rows = await self._helix.channels([user.id for user in users])
        except TROUBLES as error:
            raise Unavailable(text("📡 Twitch does not answer me right now.")) from error
        if not users:
            return None
        user, row = users[0], rows.get(users[0].id)
        name = user.display_name or user.login
        return Streamer(Channel(user.id, user.login), name, row.game_name if row else "")

    async def recommend(self, streamer: Streamer, here: Channel) -> None:
        """Give Twitch's own shoutout, if the login may; Twitch lets few pass, and from live channels only."""
        if SHOUTOUTS not in self._helix.login.scopes:
            return
        query = [
            ("from_broadcaster_id", here.id),
            ("to_broadcaster_id", streamer.channel.id),
            ("moderator_id", self._helix.login.user_id),
        ]
        try:
            await self._helix.try_once("POST", "/chat/shoutouts", query)
        except TROUBLES as error:
            log.info("no_official_shoutout", channel=here.login, why=str(error) or type(error).__name__)
