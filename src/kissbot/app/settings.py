"""Everything that can be configured: its shape, and its defaults."""

from typing import Literal

import msgspec
from msgspec import Struct, field

from kissbot.app.llm import Apis, Llm
from kissbot.app.lookups import Translate, Wikipedia
from kissbot.app.supervisor.settings import Supervision
from kissbot.app.watching import Logs, Metrics
from kissbot.chat.channels import ChannelSettings, Choices, Language, ReplyStyle
from kissbot.knowledge.truth.domain import Rules


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
