"""Everything that can be configured: its shape, its defaults, and what makes no sense."""

import re
from collections.abc import Iterator
from difflib import get_close_matches
from typing import Final

import msgspec
from msgspec import Struct, field

from kissbot.chat.bots import KNOWN_BOTS
from kissbot.chat.channels import ChannelSettings, Language, ReplyStyle
from kissbot.features import find_features

NAMES: Final = r"[a-z0-9_]{1,25}"
"""What a Twitch login looks like."""


class Bot(Struct, kw_only=True, forbid_unknown_fields=True):
    """`bot`: who it is."""

    name: str = "kissbot"
    """The login of the bot's account, and the name viewers call it by."""
    owners: list[str] = []
    """Logins of the people who run this bot; they may use every command."""
    author: str = "the KissBot authors"
    """Who `!source` names."""
    source_url: str = ""
    """The link that `!source` gives."""


class Urls(Struct, kw_only=True, forbid_unknown_fields=True):
    """`twitch.urls`: where Twitch is. Other addresses lead to the sandbox or to a mock."""

    helix: str = "https://api.twitch.tv/helix"
    """The API."""
    oauth: str = "https://id.twitch.tv/oauth2"
    """The login service."""
    eventsub: str = "wss://eventsub.wss.twitch.tv/ws"
    """The WebSocket that events come from."""
    subscriptions: str = "https://api.twitch.tv/helix/eventsub/subscriptions"
    """Where events are subscribed to."""
    irc: str = "wss://irc-ws.chat.twitch.tv:443"
    """Chat over IRC; not used yet."""


class ChannelChoice(Struct, kw_only=True, forbid_unknown_fields=True):
    """One entry of `twitch.channels` with choices of its own; what is left out is as for all channels."""

    name: str
    """The login of the channel."""
    language: Language | None = None
    """What the bot speaks there."""
    prefix: str | None = None
    """What commands begin with there."""
    reply: ReplyStyle | None = None
    """How it answers there."""
    greeting: bool | None = None
    """Whether it says hello there."""
    off: list[str] | None = None
    """Commands and features to switch off."""
    more_bots: list[str] = []
    """Further logins to ignore."""
    not_bots: list[str] = []
    """Known bots to listen to all the same."""


class Twitch(Struct, kw_only=True, forbid_unknown_fields=True):
    """`twitch`: the login and the channels."""

    client_id: str = ""
    """Of the application registered at dev.twitch.tv."""
    client_secret: str = ""
    """Of the same application; not used yet."""
    token: str = ""
    """User token of the bot's account, with user:read:chat and user:write:chat."""
    refresh_token: str = ""
    """What came with the token; not used yet."""
    channels: list[str | ChannelChoice] = []
    """Where the bot answers."""
    urls: Urls = field(default_factory=Urls)


class Settings(Struct, kw_only=True, forbid_unknown_fields=True):
    """The whole configuration."""

    bot: Bot = field(default_factory=Bot)
    language: Language = "en"
    """What the bot speaks: en, fr, es or de."""
    prefix: str = "!"
    """What commands begin with."""
    reply: ReplyStyle = "thread"
    """Answer in Twitch's reply threads (`thread`) or beginning with @viewer (`mention`)."""
    greeting: bool = False
    """Say hello in each channel when the bot starts."""
    off: list[str] = []
    """Commands and features that are switched off everywhere."""
    twitch: Twitch = field(default_factory=Twitch)

    def for_all(self) -> ChannelSettings:
        """What holds for every channel that chose nothing else."""
        return ChannelSettings(
            language=self.language,
            prefix=self.prefix,
            reply=self.reply,
            greeting=self.greeting,
            off=frozenset(self.off),
        )

    def for_channel(self, choice: ChannelChoice) -> ChannelSettings:
        """What holds for one channel."""
        chosen = {
            name: value
            for name in ("language", "prefix", "reply", "greeting")
            if (value := getattr(choice, name)) is not None
        }
        if choice.off is not None:
            chosen["off"] = frozenset(choice.off)
        if choice.more_bots or choice.not_bots:
            chosen["bots"] = (KNOWN_BOTS | set(choice.more_bots)) - set(choice.not_bots)
        return msgspec.structs.replace(self.for_all(), **chosen)

    def channel_choices(self) -> list[ChannelChoice]:
        """Every channel, with a name as Twitch spells it."""
        choices = [
            ChannelChoice(name=entry) if isinstance(entry, str) else entry for entry in self.twitch.channels
        ]
        return [msgspec.structs.replace(choice, name=choice.name.lower().lstrip("#@")) for choice in choices]


def senseless(settings: Settings) -> Iterator[str]:
    """Values of the right type that cannot work."""
    for path, prefix in _prefixes(settings):
        if prefix.split() != [prefix]:
            yield f"{path}: must be one or more characters without blanks."
    for path, login in _logins(settings):
        if not re.fullmatch(NAMES, login):
            yield f"{path}: {login!r} is no Twitch login (a-z, 0-9 and _, at most 25)."
    names = [choice.name for choice in settings.channel_choices()]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"twitch.channels: {name!r} is there more than once."
    yield from _bad_addresses(settings.twitch.urls)
    yield from _nothing_to_switch_off(settings)


def _prefixes(settings: Settings) -> Iterator[tuple[str, str]]:
    yield "prefix", settings.prefix
    for index, choice in enumerate(settings.channel_choices()):
        if choice.prefix is not None:
            yield f"twitch.channels[{index}].prefix", choice.prefix


def _nothing_to_switch_off(settings: Settings) -> Iterator[str]:
    labels = {
        label for feature in find_features() for command in feature.commands for label in command.labels
    }
    lists = {f"twitch.channels[{i}].off": c.off or [] for i, c in enumerate(settings.channel_choices())}
    for path, names in {"off": settings.off, **lists}.items():
        for name in names:
            if name not in labels:
                near = get_close_matches(name, labels, n=1, cutoff=0.5)
                hint = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(sorted(labels))}."
                yield f"{path}: there is no command or feature {name!r}; {hint}"


def _bad_addresses(urls: Urls) -> Iterator[str]:
    for name in ("helix", "oauth", "eventsub", "subscriptions"):
        scheme = "ws" if name == "eventsub" else "http"
        if not re.match(rf"{scheme}s?://[^\s/]+", getattr(urls, name)):
            yield f"twitch.urls.{name}: must be an address that begins with {scheme}s:// (or {scheme}://)."


def _logins(settings: Settings) -> Iterator[tuple[str, str]]:
    yield "bot.name", settings.bot.name.lower()
    for index, choice in enumerate(settings.channel_choices()):
        yield f"twitch.channels[{index}]", choice.name
