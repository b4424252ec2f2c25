"""Follows what other processes change: a running bot takes over settings, channels and logins at once."""

import asyncio
from typing import Final

import aiohttp
import structlog

from kissbot.app.listening import Kinds, Listens
from kissbot.app.store import Store
from kissbot.chat.channels import Channels
from kissbot.chat.logins import BOT
from kissbot.chat.messages import Channel
from kissbot.storage.layers import Layers
from kissbot.storage.trouble import StorageTrouble
from kissbot.transports.twitch.helix import Helix, HelixError
from kissbot.transports.twitch.tokens import Tokens

EVERY: Final = 0.5
"""Seconds between two looks."""

log = structlog.get_logger(__name__)


class Following:
    """Looks twice a second; a look at a database in which nothing has changed costs next to nothing."""

    def __init__(
        self,
        layers: Layers,
        channels: Channels,
        store: Store,
        tokens: Tokens,
        helix: Helix,
        listener: Listens,
        kinds: Kinds,
    ) -> None:
        self._layers, self._channels, self._store, self._tokens = layers, channels, store, tokens
        self._helix, self._listener, self._kinds = helix, listener, kinds
        self._wants: dict[str, frozenset[str]] = {}
        """The kinds of events that each channel wants, by its login."""
        self._seen = 0
        self._to_move: dict[str, bool] = {}
        self._marks: dict[str, tuple[int, str]] | None = None
        self._in_trouble = False

    async def begin(self) -> None:
        """Listen where the bot is wanted. Raises `HelixError` and aiohttp's errors."""
        self._to_move = dict.fromkeys(self._layers.wanted(), True)
        await self._move()

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            await asyncio.sleep(EVERY)
            try:
                await self._follow_logins()
                self._to_move |= await self._layers.follow()
                await self._move()
                self._follow_wants()
                self._in_trouble = False
            except (StorageTrouble, HelixError, aiohttp.ClientError, TimeoutError) as error:
                if not self._in_trouble:
                    log.error("changes_not_followed", why=str(error) or type(error).__name__)
                self._in_trouble = True

    async def _follow_logins(self) -> None:
        before, self._marks = self._marks, await self._store.logins.marks()
        if before is None or before == self._marks:
            return
        changed = {slot for slot, _ in before.items() ^ self._marks.items()}
        await self._tokens.reload(changed)
        if BOT in changed or any(_allows_more(before.get(slot), self._marks.get(slot)) for slot in changed):
            self._listener.try_again()

    async def _move(self) -> None:
        """Join and part what is to be; as long as Twitch cannot tell whose channels they are, that waits."""
        found = await self._found([login for login, present in self._to_move.items() if present])
        here = {channel.login: channel for channel in self._listener.channels}
        for login, present in self._to_move.items():
            if present and login in found:
                self._channels.here[login] = found[login]
                self._join(found[login])
            elif not present and login in here:
                self._channels.here.pop(login, None)
                self._wants.pop(login, None)
                self._listener.part(here[login])
        self._to_move.clear()

    def _join(self, channel: Channel) -> None:
        wants = self._wants[channel.login] = self._kinds(self._channels.of(channel))
        self._listener.join(channel, wants)

    def _follow_wants(self) -> None:
        """Where other things hold than before, other events may be wanted."""
        if self._seen == self._channels.changes:
            return
        self._seen = self._channels.changes
        for channel in self._listener.channels:
            if self._wants.get(channel.login) != self._kinds(self._channels.of(channel)):
                self._join(channel)

    async def _found(self, names: list[str]) -> dict[str, Channel]:
        """The channels of these names; one that Twitch does not know is logged, and the others go on."""
        if not names:
            return {}
        found = {user.login: Channel(user.id, user.login) for user in await self._helix.users(names)}
        for name in names:
            if name not in found:
                log.error("no_such_channel", channel=name, remedy="check its name; the others go on")
        await self._store.accounts.remember(found.values())
        return found


def _allows_more(before: tuple[int, str] | None, now: tuple[int, str] | None) -> bool:
    """Whether somebody has logged in who had not, or not any more: the bot may be let into a channel now."""
    return now is not None and not now[1] and (before is None or bool(before[1]))
