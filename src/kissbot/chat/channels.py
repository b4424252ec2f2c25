"""What each channel has chosen: language, prefix, what is switched off, who is ignored."""

from typing import Literal

from msgspec import Struct

from kissbot.chat.bots import KNOWN_BOTS
from kissbot.chat.messages import Channel

Language = Literal["en", "fr", "es", "de"]
ReplyStyle = Literal["thread", "mention"]


class ChannelSettings(Struct, frozen=True, kw_only=True):
    """The choices of one channel."""

    language: Language = "en"
    prefix: str = "!"
    reply: ReplyStyle = "thread"
    """Answer in the platform's reply thread, or beginning with `@viewer`."""
    greeting: bool = False
    """Say hello when the bot starts."""
    off: frozenset[str] = frozenset()
    """Commands (by any name) and features that are switched off."""
    bots: frozenset[str] = KNOWN_BOTS
    """Logins whose lines are never acted upon."""


class Channels:
    """The settings of every channel, in memory: a look-up costs nothing."""

    def __init__(self, default: ChannelSettings | None = None) -> None:
        self.default = default or ChannelSettings()
        self._settings: dict[str, ChannelSettings] = {}

    def of(self, channel: Channel) -> ChannelSettings:
        """The settings of a channel; the default ones for a channel that chose nothing."""
        return self._settings.get(channel.login, self.default)

    def set(self, login: str, settings: ChannelSettings) -> None:
        """Replace the settings of a channel, at once."""
        if settings == self.default:
            self._settings.pop(login, None)
        else:
            self._settings[login] = settings
