"""By which way a line is sent: with the application's token, for the bot's badge, or as the bot's account."""

from collections.abc import Callable
from typing import Final, Protocol

import structlog

from kissbot.chat.messages import Channel
from kissbot.chat.ports import Clock
from kissbot.transports.twitch.helix import Helix, HelixError
from kissbot.transports.twitch.oauth import OutOfReach
from kissbot.transports.twitch.payloads import SentRow
from kissbot.transports.twitch.speaking.standing import Standing

AS_APP: Final = "user:bot"
"""What the bot's account must have granted to be spoken for by the application."""

REFUSED_FOR: Final = 3600.0
"""Seconds in which the application does not try again to speak where it may not."""

WITHOUT_LOGIN_FOR: Final = 60.0
"""The same while the login service is out of reach: the bot's own token may be good for longer."""

log = structlog.get_logger(__name__)


class Mouth(Protocol):
    """Sends a line, once."""

    async def send(self, channel: Channel, text: str, reply_to: str | None) -> SentRow:
        """What became of it. Raises `HelixError`, `OutOfReach`, aiohttp's errors and `TimeoutError`."""
        ...


class HelixMouth:
    """Speaks through the API; `app` calls with the application's token, and is None where there is none.

    `granted` tells whether a broadcaster let the bot in (`channel:bot`), by channel id.
    """

    def __init__(
        self,
        user: Helix,
        app: Helix | None,
        granted: Callable[[str], bool],
        standing: Standing,
        clock: Clock,
    ) -> None:
        self._user, self._app = user, app
        self._granted, self._standing, self._clock = granted, standing, clock
        self._refused_until: dict[str, float] = {}

    async def send(self, channel: Channel, text: str, reply_to: str | None) -> SentRow:
        """Send it as the application where that may do, which also keeps a shared chat out of it."""
        if self._app and self._may_try(channel.id):
            try:
                return await self._app.send(channel.id, text, reply_to, self._user.login.user_id)
            except (HelixError, OutOfReach) as error:
                if isinstance(error, HelixError) and error.status not in (401, 403):
                    raise
                self._refused(channel, error)
        return await self._user.send(channel.id, text, reply_to)

    def _may_try(self, channel_id: str) -> bool:
        me = self._user.login
        if AS_APP not in me.scopes or channel_id == me.user_id:  # no badge for a broadcaster
            return False
        if self._clock.time() < self._refused_until.get(channel_id, 0):
            return False
        return self._granted(channel_id) or self._standing.moderates(channel_id)

    def _refused(self, channel: Channel, error: Exception) -> None:
        seconds = REFUSED_FOR if isinstance(error, HelixError) else WITHOUT_LOGIN_FOR
        self._refused_until[channel.id] = self._clock.time() + seconds
        log.warning("not_sent_as_application", channel=channel.login, why=str(error))
