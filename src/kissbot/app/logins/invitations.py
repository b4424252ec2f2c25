"""Asks a broadcaster whose login has ended for a new one, in their chat, with the link where to give it."""

from collections.abc import Iterable
from typing import Final

import aiohttp
import structlog

from kissbot.app.logins.device import granted, in_its_slot
from kissbot.app.settings import Settings
from kissbot.chat.audit import Actor, Audit
from kissbot.chat.logins import Login, Logins
from kissbot.chat.messages import Channel, LoginLost
from kissbot.chat.ports import Bus
from kissbot.chat.tasks import Tasks
from kissbot.features import find_features
from kissbot.transports.twitch.oauth import BadLogin, OAuth
from kissbot.transports.twitch.scopes import wanted

BOT_ITSELF: Final = Actor("bot", name="bot")

log = structlog.get_logger(__name__)


class Invitations:
    """One for each login that has ended. The bot's own account has no chat to ask in."""

    def __init__(
        self, settings: Settings, oauth: OAuth, logins: Logins, audit: Audit, bus: Bus, tasks: Tasks
    ) -> None:
        self._settings, self._oauth, self._logins = settings, oauth, logins
        self._audit, self._bus, self._tasks = audit, bus, tasks

    def send(self, ended: Login, why: str) -> None:
        """Note that a login has ended, and ask for a new one; returns at once."""
        noted = self._audit.note(BOT_ITSELF, "login ended", channel=ended.login, after=why)
        self._tasks.start(noted, "audit")
        if ended.slot.startswith("channel:") and ended.login:
            self._tasks.start(self._ask(ended), f"ask {ended.login} to log in")

    async def _ask(self, ended: Login) -> None:
        channel = Channel(ended.user_id, ended.login)
        try:
            device = await self._oauth.device(
                wanted(find_features(), self._settings.off, ended.slot, self._settings.twitch.chat)
            )
        except (BadLogin, aiohttp.ClientError, TimeoutError) as error:
            log.warning("no_link_to_log_in", channel=ended.login, why=str(error) or type(error).__name__)
            self._bus.publish(LoginLost(channel), channel.id)
            return
        self._bus.publish(LoginLost(channel, device.link), channel.id)
        try:
            login = await granted(self._oauth, device, ended.slot, device.expires_at)
            await self._keep(await in_its_slot(self._oauth, login, ended.login))
        except BadLogin as error:
            log.warning("login_not_renewed", channel=ended.login, why=str(error))

    def _wanted(self, slot: str) -> Iterable[str]:
        return wanted(find_features(), self._settings.off, slot, self._settings.twitch.chat)

    async def _keep(self, login: Login) -> None:
        await self._logins.put(login)
        await self._audit.note(BOT_ITSELF, "login", channel=login.login, after=login.slot)
        log.info("login_renewed_from_chat", channel=login.login)
