"""What each channel has chosen: language, prefix, what is switched off, who is ignored."""

from collections.abc import Mapping
from typing import Final, Literal, Self

import msgspec
from msgspec import Struct

from kissbot.chat.bots import KNOWN_BOTS
from kissbot.chat.messages import Channel
from kissbot.chat.personality import PLAIN

Language = Literal["en", "fr", "es", "de"]
ReplyStyle = Literal["thread", "mention"]
Safety = Literal["strict", "usual"]

_PLAIN: Final = (
    *("language", "prefix", "reply", "greeting", "off", "streams", "shoutout", "broadcast"),
    *("personality", "safety", "translated"),
)
"""What is either chosen as a whole, or as it is below."""


class ChannelSettings(Struct, frozen=True, kw_only=True):
    """What holds for one channel."""

    language: Language = "en"
    prefix: str = "!"
    reply: ReplyStyle = "thread"
    """Answer in the platform's reply thread, or beginning with `@viewer`."""
    greeting: bool = False
    """Say hello when the bot starts."""
    off: frozenset[str] = frozenset()
    """Commands (by any name) and features that are switched off."""
    cooldowns: Mapping[str, float] = {}
    """Seconds by a command's first name, where they are not the command's own."""
    bots: frozenset[str] = KNOWN_BOTS
    """Logins whose lines are never acted upon."""
    lines: Mapping[str, str] = {}
    """What is said unasked, by its kind: `on`, `off` or a template; see `announcing`."""
    streams: frozenset[str] = frozenset()
    """Logins of other channels that are announced here when they go live."""
    shoutout: bool = False
    """Whether a raider gets a shoutout."""
    broadcast: bool = False
    """Whether messages from other broadcasters are shown."""
    personality: str = PLAIN
    """How models are to sound, as in `personality`."""
    safety: Safety = "strict"
    """`strict`: what holds a word that is never said is not even put to a model."""
    translated: frozenset[str] = frozenset()
    """Logins of viewers whose lines are translated when they are in another language."""


class Choices(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What somebody chose for a channel; None for what they left as it is everywhere."""

    language: Language | None = None
    """What the bot speaks there."""
    prefix: str | None = None
    """What commands begin with there."""
    reply: ReplyStyle | None = None
    """How it answers there."""
    greeting: bool | None = None
    """Whether it says hello there."""
    off: frozenset[str] | None = None
    """Commands and features to switch off."""
    cooldowns: Mapping[str, float] = {}
    """Seconds between two answers of a command to one viewer, by the command's name."""
    more_bots: frozenset[str] = frozenset()
    """Further logins to ignore."""
    not_bots: frozenset[str] = frozenset()
    """Known bots to listen to all the same."""
    lines: Mapping[str, str] = {}
    """What is said when something happens, by its kind: `on`, `off`, or a line with blanks."""
    streams: frozenset[str] | None = None
    """Other channels that are announced there when they go live."""
    shoutout: bool | None = None
    """Whether a raider gets a shoutout there."""
    broadcast: bool | None = None
    """Whether messages that other broadcasters send with `!kisscharity` are shown there."""
    personality: str | None = None
    """How it sounds there when it thinks: plain, a preset, or single words."""
    safety: Safety | None = None
    """Whether coarse questions are put to a model there (usual) or not (strict); answers never are coarse."""
    translated: frozenset[str] | None = None
    """Viewers whose lines are translated there when they are in another language."""

    def over(self, below: ChannelSettings) -> ChannelSettings:
        """What holds when these choices are laid over what held before."""
        chosen = {name: value for name in _PLAIN if (value := getattr(self, name)) is not None}
        return msgspec.structs.replace(
            below,
            **chosen,
            cooldowns={**below.cooldowns, **self.cooldowns},
            lines={**below.lines, **self.lines},
            bots=self._bots_over(below.bots),
        )

    def _bots_over(self, below: frozenset[str]) -> frozenset[str]:
        """Most channels share one set: of its own it would be larger than all their other settings."""
        return (below | self.more_bots) - self.not_bots if self.more_bots or self.not_bots else below

    def but(self, **changes: object) -> Self:
        """The same with some of them changed."""
        return msgspec.structs.replace(self, **changes)


class Channels:
    """The settings of every channel, in memory: a look-up costs nothing. And where the bot is."""

    def __init__(self, default: ChannelSettings | None = None) -> None:
        self.default = default or ChannelSettings()
        self._settings: dict[str, ChannelSettings] = {}
        self.changes = 0
        """How often anything was replaced."""
        self.here: dict[str, Channel] = {}
        """The channels that the bot is in, by login; kept by whoever joins and parts."""

    def of(self, channel: Channel) -> ChannelSettings:
        """The settings of a channel; the default ones for a channel that chose nothing."""
        return self._settings.get(channel.login, self.default)

    def set(self, login: str, settings: ChannelSettings) -> None:
        """Replace the settings of a channel, at once."""
        self.changes += 1
        if settings == self.default:
            self._settings.pop(login, None)
        else:
            self._settings[login] = settings
