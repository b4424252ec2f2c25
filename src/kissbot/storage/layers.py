"""What holds in each channel: the configuration, and over it what was chosen at run time."""

from collections.abc import Mapping

import structlog

from kissbot.chat.audit import Actor
from kissbot.chat.book import Book, Changed, Entry
from kissbot.chat.changes import Change
from kissbot.chat.channels import Channels, ChannelSettings
from kissbot.chat.errors import Unavailable
from kissbot.chat.texts import text
from kissbot.storage.trouble import StorageTrouble

log = structlog.get_logger(__name__)


class Layers:
    """Keeps the settings in memory as the book has them.

    `configured` are the channels of the configuration, with what it says for each of them.
    """

    def __init__(self, channels: Channels, configured: Mapping[str, ChannelSettings], book: Book) -> None:
        self._channels, self._configured, self._book = channels, configured, book
        self._revision = 0
        self._applied: dict[str, int] = {}
        self._moved: dict[str, bool] = {}
        """Channels that were joined or parted at run time."""

    async def load(self) -> None:
        """Read everything, once, before the bot starts. Raises `StorageTrouble`."""
        for login, settings in self._configured.items():
            self._channels.set(login, settings)
        await self.follow()

    async def follow(self) -> dict[str, bool]:
        """Take over what other processes changed; the channels joined (True) or parted (False) since.

        Raises `StorageTrouble`.
        """
        self._revision, entries = await self._book.since(self._revision)
        before = {login: self.present(login) for login in entries}
        for login, entry in entries.items():
            self._apply(login, entry)
            if entry.present is not None:
                self._moved[login] = entry.present
        return {login: now for login, was in before.items() if (now := self.present(login)) != was}

    async def change(self, channel: str, by: Actor, change: Change) -> Changed:
        """Keep a change; it holds on return. Raises `Refusal`, and `Unavailable` when it cannot be kept."""
        try:
            done = await self._book.change(channel, by, change)
        except StorageTrouble as trouble:
            log.error("change_not_kept", channel=channel, what=change.what, why=str(trouble))
            raise Unavailable(
                text("💾 I cannot write that down right now. Please try again later.")
            ) from trouble
        self._apply(channel, done.entry)
        return done

    def below(self, channel: str) -> ChannelSettings:
        """What the configuration says for a channel."""
        return self._configured.get(channel, self._channels.default)

    def present(self, channel: str) -> bool:
        """Whether the bot is wanted in a channel."""
        return self._moved.get(channel, channel in self._configured)

    def wanted(self) -> list[str]:
        """The channels that the bot is wanted in: those of the configuration first."""
        return [login for login in dict.fromkeys((*self._configured, *self._moved)) if self.present(login)]

    def _apply(self, channel: str, entry: Entry) -> None:
        """A change of ours may have overtaken what is read meanwhile."""
        if entry.revision > self._applied.get(channel, 0):
            self._applied[channel] = entry.revision
            self._channels.set(channel, entry.choices.over(self.below(channel)))
