"""Everything that can be configured: its shape, its defaults, and what makes no sense."""

import re
from collections.abc import Collection, Iterator
from difflib import get_close_matches
from typing import Any, Final, Literal

import msgspec
from msgspec import Struct, field

from kissbot.app.llm import Apis, Llm, senseless_models
from kissbot.app.lookups import Translate, Wikipedia, bad_lookups
from kissbot.app.supervisor.settings import Supervision, bad_supervision
from kissbot.app.watching import Logs, Metrics, bad_watching
from kissbot.chat.announcing import BLANKS, flaw
from kissbot.chat.changes import LOGIN, LONGEST_COOLDOWN, LONGEST_PREFIX, is_prefix
from kissbot.chat.channels import ChannelSettings, Choices, Language, ReplyStyle
from kissbot.chat.commands import Command
from kissbot.chat.lines import visible
from kissbot.features import find_features
from kissbot.knowledge.truth.domain import Rules
from kissbot.knowledge.truth.records import EVAPORATES

FASTEST_LOOK: Final = 0.2
SLOWEST_LOOK: Final = 120.0
"""Seconds; a process that looks less often could not show that it lives."""

LONGEST_LOOK_UP: Final = 4.0
"""Seconds; a command has five for its whole answer."""

MOST_SHARDS: Final = 100
"""Twitch allows more, but nobody needs them."""


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
    """Chat over IRC: wss:// (or ws://) for a WebSocket, ircs:// (or irc://) for a plain socket."""


class ChannelChoice(Choices, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """One entry of `twitch.channels` with choices of its own; what is left out is as for all channels."""

    name: str
    """The login of the channel."""


Method = Literal["auto", "eventsub", "polling"]
Chat = Literal["auto", "eventsub", "irc"]
Conduit = Literal["auto", "on", "off"]
SendLimits = Literal["usual", "none"]


class Twitch(Struct, kw_only=True, forbid_unknown_fields=True):
    """`twitch`: the login and the channels."""

    client_id: str = ""
    """Of the application registered at dev.twitch.tv."""
    client_secret: str = ""
    """Of the same application; empty for a public one, which has none."""
    token: str = ""
    """User token of the bot's account, for those who have one; `kissbot login` makes this unnecessary."""
    refresh_token: str = ""
    """What came with the token, so that it can be renewed."""
    channels: list[str | ChannelChoice] = []
    """Where the bot answers."""
    chat: Chat = "auto"
    """How chat is read: by EventSub, over IRC, or by what the bot's login allows."""
    conduit: Conduit = "auto"
    """Whether events come through a conduit, which wants a client secret; auto: when that is possible."""
    shards: int = 2
    """How many sockets share the conduit's events; a second one is the spare of the first."""
    subscriptions_per_second: float = 2
    """How fast subscriptions are mended; those to the chats of new channels do not wait for that."""
    limits: SendLimits = "usual"
    """How much the bot may say: as Twitch lets every account; none is for a sandbox that has no limits."""
    urls: Urls = field(default_factory=Urls)

    def __repr__(self) -> str:
        return f"Twitch({len(self.channels)} channels)"  # the rest is secret


Asking = Literal["auto", "on", "off"]


class Igdb(Struct, kw_only=True, forbid_unknown_fields=True):
    """`games.igdb`: Twitch's own database of games."""

    ask: Asking = "auto"
    """Whether it is asked; auto: when twitch.client_secret is there, and Twitch is no sandbox."""
    url: str = "https://api.igdb.com/v4"
    """Where it is."""


class Rawg(Struct, kw_only=True, forbid_unknown_fields=True):
    """`games.rawg`: a database with ratings."""

    ask: Asking = "auto"
    """Whether it is asked; auto: when there is a key."""
    key: str = ""
    """A key from rawg.io/apidocs."""
    url: str = "https://api.rawg.io/api"
    """Where it is."""

    def __repr__(self) -> str:
        return f"Rawg({self.ask!r})"  # the key is secret


class Steam(Struct, kw_only=True, forbid_unknown_fields=True):
    """`games.steam`: the store, in the language of the channel."""

    ask: Asking = "auto"
    """Whether it is asked; auto: when Twitch is no sandbox."""
    url: str = "https://store.steampowered.com"
    """Where the store is."""
    api_url: str = "https://api.steampowered.com"
    """Where it is told how many play."""


class Games(Struct, kw_only=True, forbid_unknown_fields=True):
    """`games`: where knowledge of games comes from, besides the catalogue that is shipped."""

    deadline: float = 2.5
    """Seconds that a viewer waits at most for the sources; then those count that have answered."""
    igdb: Igdb = field(default_factory=Igdb)
    rawg: Rawg = field(default_factory=Rawg)
    steam: Steam = field(default_factory=Steam)


class Storage(Struct, kw_only=True, forbid_unknown_fields=True):
    """`storage`: what the bot keeps, and where. Paths begin at the folder of the configuration file."""

    database: str = "kissbot.db"
    """A file for SQLite, or the address of a PostgreSQL: postgresql://user@host/name."""
    key_file: str = ".kissbot.key"
    """The key that logins are encrypted with; made at the first start."""
    key: str = ""
    """The key itself, for those who keep it in the environment; wins over the file."""
    keyring: bool = False
    """Keep the key in the desktop's keyring instead of a file."""
    backups: str = "backups"
    """Where a backup is put every night; empty: nowhere."""
    keep_backups: int = 7
    """How many of them are kept."""
    keep_audit_days: int = 365
    """For how many days it is known who changed what."""

    def __repr__(self) -> str:
        return f"Storage({self.database.rpartition('@')[2]})"  # an address may hold a password


class Live(Struct, kw_only=True, forbid_unknown_fields=True):
    """`live`: how the bot learns who is live, and whom it tells."""

    method: Method = "auto"
    """By events, by looking from time to time, or by events and looking for what they did not tell."""
    poll_seconds: float = 60
    """How often it looks; 100 channels cost one call."""
    webhook: str = ""
    """The address of a Discord webhook (or one that takes the same), which is told of every stream, too."""

    def __repr__(self) -> str:
        return f"Live({self.method!r})"  # whoever knows the webhook may post there


class Learn(Rules, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """`learn`: how moderators settle what a name stands for."""


class Music(Struct, kw_only=True, forbid_unknown_fields=True):
    """`music`: where songs are looked up."""

    url: str = "https://musicbrainz.org/ws/2"
    """MusicBrainz, or what speaks as it does."""
    contact: str = ""
    """An e-mail address or a page of yours, which MusicBrainz wants to know; without it, it is not asked."""


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
    live: Live = field(default_factory=Live)
    learn: Learn = field(default_factory=Learn)
    music: Music = field(default_factory=Music)
    games: Games = field(default_factory=Games)
    llm: Llm = field(default_factory=Llm)
    apis: Apis = field(default_factory=Apis)
    wikipedia: Wikipedia = field(default_factory=Wikipedia)
    translate: Translate = field(default_factory=Translate)
    storage: Storage = field(default_factory=Storage)
    supervisor: Supervision = field(default_factory=Supervision)
    metrics: Metrics = field(default_factory=Metrics)
    logs: Logs = field(default_factory=Logs)

    def for_all(self) -> ChannelSettings:
        """What holds for every channel that chose nothing else."""
        return ChannelSettings(
            language=self.language,
            prefix=self.prefix,
            reply=self.reply,
            greeting=self.greeting,
            off=frozenset(self.off),
        )

    def channel_choices(self) -> list[ChannelChoice]:
        """Every channel, with a name as Twitch spells it."""
        choices = [
            ChannelChoice(name=entry) if isinstance(entry, str) else entry for entry in self.twitch.channels
        ]
        return [msgspec.structs.replace(choice, name=choice.name.lower().lstrip("#@")) for choice in choices]


def senseless(settings: Settings) -> Iterator[str]:
    """Values of the right type that cannot work."""
    for path, prefix in _prefixes(settings):
        if not is_prefix(prefix):
            yield f"{path}: must be 1 to {LONGEST_PREFIX} characters without blanks, and no / or . first."
    for path, login in (*_logins(settings), *_announced(settings)):
        if not LOGIN.fullmatch(login):
            yield f"{path}: {login!r} is no Twitch login (a-z, 0-9 and _, at most 25)."
    names = [choice.name for choice in settings.channel_choices()]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"twitch.channels: {name!r} is there more than once."
    yield from _bad_addresses(settings.twitch.urls)
    yield from _nothing_to_switch_off(settings)
    yield from _no_such_cooldown(settings)
    yield from _bad_lines(settings)
    yield from _too_few(settings)
    yield from _bad_live(settings.live)
    yield from _bad_learning(settings.learn)
    if not re.match(r"https?://[^\s/]+", settings.music.url):
        yield "music.url: must be an address that begins with https:// (or http://)."
    yield from _bad_games(settings)
    yield from senseless_models(settings.llm)
    yield from bad_lookups(settings.wikipedia, settings.translate)
    yield from bad_supervision(settings.supervisor)
    yield from bad_watching(settings.metrics, settings.logs)


def _prefixes(settings: Settings) -> Iterator[tuple[str, str]]:
    yield "prefix", settings.prefix
    yield from ((path, prefix) for path, prefix in _each(settings, "prefix") if prefix is not None)


def _nothing_to_switch_off(settings: Settings) -> Iterator[str]:
    labels = {label for command in _commands() for label in command.labels}
    for path, names in (("off", settings.off), *_each(settings, "off")):
        for name in names or ():
            if name not in labels:
                yield f"{path}: there is no command or feature {name!r}; {_nearest(name, labels)}"


def _no_such_cooldown(settings: Settings) -> Iterator[str]:
    names = {command.name for command in _commands()}
    for path, cooldowns in _each(settings, "cooldowns"):
        for name, seconds in cooldowns.items():
            if name not in names:
                yield f"{path}: there is no command {name!r}; {_nearest(name, names)}"
            if not 0 <= seconds <= LONGEST_COOLDOWN:
                yield f"{path}.{name}: must be 0 to {LONGEST_COOLDOWN} seconds."


def _bad_lines(settings: Settings) -> Iterator[str]:
    for path, lines in _each(settings, "lines"):
        for kind, line in lines.items():
            if kind not in BLANKS:
                yield f"{path}: there is no line {kind!r}; {_nearest(kind, BLANKS)}"
            elif wrong := flaw(kind, line):
                yield f"{path}.{kind}: {visible(wrong.msgid.format_map(wrong.values)).strip('🤷 ')}."


def _bad_live(live: Live) -> Iterator[str]:
    if not FASTEST_LOOK <= live.poll_seconds <= SLOWEST_LOOK:
        yield f"live.poll_seconds: must be {FASTEST_LOOK:g} to {SLOWEST_LOOK:g}."
    if live.webhook and not re.match(r"https?://[^\s/]+", live.webhook):
        yield "live.webhook: must be an address that begins with https:// (or http://)."


def _bad_learning(learn: Learn) -> Iterator[str]:
    for name, least, most in (
        ("confirmation_boost", 0, 1),
        ("auto_entangle_threshold", 0, 1),
        ("ttl_unverified_seconds", 10, EVAPORATES),
        ("ttl_verified_seconds", 60, 365 * 86_400),
        ("max_superposition_states", 1, 5),
        ("max_suggestions", 0, 5),
    ):
        if not least <= getattr(learn, name) <= most:
            yield f"learn.{name}: must be {least:g} to {most:g}."


def _bad_games(settings: Settings) -> Iterator[str]:
    games, twitch = settings.games, settings.twitch
    if not FASTEST_LOOK <= games.deadline <= LONGEST_LOOK_UP:
        yield f"games.deadline: must be {FASTEST_LOOK:g} to {LONGEST_LOOK_UP:g}."
    if games.igdb.ask == "on" and not (twitch.client_id and twitch.client_secret):
        yield "games.igdb.ask: on wants twitch.client_id and twitch.client_secret."
    if games.rawg.ask == "on" and not games.rawg.key:
        yield "games.rawg.ask: on wants games.rawg.key."
    addresses = {"igdb.url": games.igdb.url, "rawg.url": games.rawg.url}
    addresses |= {"steam.url": games.steam.url, "steam.api_url": games.steam.api_url}
    for path, address in addresses.items():
        if not re.match(r"https?://[^\s/]+", address):
            yield f"games.{path}: must be an address that begins with https:// (or http://)."


def _too_few(settings: Settings) -> Iterator[str]:
    if not 1 <= settings.twitch.shards <= MOST_SHARDS:
        yield f"twitch.shards: must be 1 to {MOST_SHARDS}."
    if settings.twitch.subscriptions_per_second <= 0:
        yield "twitch.subscriptions_per_second: must be more than 0."
    for name in ("keep_backups", "keep_audit_days"):
        if getattr(settings.storage, name) < 1:
            yield f"storage.{name}: must be 1 or more."


def _each(settings: Settings, key: str) -> list[tuple[str, Any]]:
    """What every channel chose for a key, with its path."""
    choices = enumerate(settings.channel_choices())
    return [(f"twitch.channels[{index}].{key}", getattr(choice, key)) for index, choice in choices]


def _commands() -> Iterator[Command]:
    return (command for feature in find_features() for command in feature.commands)


def _announced(settings: Settings) -> Iterator[tuple[str, str]]:
    for key in ("streams", "translated"):
        for path, logins in _each(settings, key):
            yield from ((path, login) for login in logins or ())


def _nearest(name: str, known: Collection[str]) -> str:
    near = get_close_matches(name, known, n=1, cutoff=0.5)
    return f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(sorted(known))}."


_SCHEMES: Final = {
    "helix": ("http",),
    "oauth": ("http",),
    "eventsub": ("ws",),
    "subscriptions": ("http",),
    "irc": ("ws", "irc"),
}


def _bad_addresses(urls: Urls) -> Iterator[str]:
    for name, schemes in _SCHEMES.items():
        if not re.match(rf"({'|'.join(schemes)})s?://[^\s/]+", getattr(urls, name)):
            wanted = " or ".join(f"{scheme}s:// (or {scheme}://)" for scheme in schemes)
            yield f"twitch.urls.{name}: must be an address that begins with {wanted}."


def _logins(settings: Settings) -> Iterator[tuple[str, str]]:
    yield "bot.name", settings.bot.name.lower()
    for index, choice in enumerate(settings.channel_choices()):
        yield f"twitch.channels[{index}]", choice.name
