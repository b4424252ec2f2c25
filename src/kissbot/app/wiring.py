"""Puts the bot together: which part gets which, in one place, once."""

import time
from collections.abc import AsyncIterator, Coroutine, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random, SystemRandom
from typing import Any, cast

import aiohttp
import structlog

import kissbot
from kissbot.app.backups.backup import make_backup
from kissbot.app.backups.nightly import Shelf, Work, nights
from kissbot.app.choosing import configured
from kissbot.app.configuration import BadSettings
from kissbot.app.encyclopaedia import encyclopaedia as encyclopaedia_for
from kissbot.app.following import Following
from kissbot.app.library import library_at_hand, library_on_the_web
from kissbot.app.listening import Listens, Reach, kinds_of, listener_for
from kissbot.app.log_files import write_chat, writing
from kissbot.app.logins.invitations import Invitations
from kissbot.app.logins.renewal import ChildRenewer, adopt, refuse_another
from kissbot.app.metrics.samples import EVERY, keep_sampling
from kissbot.app.metrics.server import served
from kissbot.app.metrics.watched import Watched
from kissbot.app.models import Surroundings, answers_by_models, in_words
from kissbot.app.reasons import StoredReasons
from kissbot.app.settings import Settings
from kissbot.app.speaking import speak
from kissbot.app.store import Store, open_store
from kissbot.bus.memory import MemoryBus
from kissbot.chat.answering import AnswerRole
from kissbot.chat.audit import Audit
from kissbot.chat.backoff import Backoff
from kissbot.chat.book import Choosing
from kissbot.chat.channels import Channels
from kissbot.chat.commands import Feature
from kissbot.chat.identity import Identity
from kissbot.chat.logins import APP, BOT, Login
from kissbot.chat.messages import Joined
from kissbot.chat.ports import Notes
from kissbot.chat.tally import Tally
from kissbot.chat.tasks import Tasks
from kissbot.chat.trail import NoTrail, Trail
from kissbot.chat.voice import Sayings
from kissbot.features import find_features
from kissbot.features.games import Streams
from kissbot.features.live import Airings, Elsewhere, Shows
from kissbot.features.settings import Memories, Reasons
from kissbot.features.shoutout import Streamers
from kissbot.features.system import Vitals
from kissbot.knowledge.games.domain import confirmed_game
from kissbot.knowledge.music import SongLibrary
from kissbot.knowledge.truth.records import Truths
from kissbot.knowledge.truth.truth import Truth
from kissbot.providers.booklet import Booklet
from kissbot.providers.games.cache import Cache
from kissbot.providers.host import Host
from kissbot.providers.music.musicbrainz import MusicBrainz
from kissbot.providers.webhook import Webhook
from kissbot.storage.housekeeping import tidy
from kissbot.storage.layers import Layers
from kissbot.storage.memories import SqlMemories
from kissbot.storage.memory import MemoryNotes
from kissbot.storage.memory_book import MemoryAudit, MemoryBook
from kissbot.storage.memory_streams import MemoryStreams
from kissbot.storage.memory_truths import MemoryTruths
from kissbot.storage.routes import MemoryExperience
from kissbot.storage.spendings import MemorySpendings
from kissbot.storage.streams import SqlStreams
from kissbot.transports.console import Console
from kissbot.transports.twitch.hearing.ears import Ears
from kissbot.transports.twitch.hearing.polling import Polling
from kissbot.transports.twitch.helix import Helix
from kissbot.transports.twitch.oauth import BadLogin, OAuth
from kissbot.transports.twitch.patience import persist
from kissbot.transports.twitch.scopes import disabled, lacking
from kissbot.transports.twitch.speaking.standing import Standing
from kissbot.transports.twitch.streamers import TwitchStreamers
from kissbot.transports.twitch.streams import TwitchStreams
from kissbot.transports.twitch.tokens import Renewal, Tokens

GRACE = 1.0
"""Seconds that answers and sends under way get to end when the bot stops."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class TwitchBot:
    """A bot that is ready to listen."""

    listener: Listens
    tokens: Tokens
    following: Following
    nights: Coroutine[Any, Any, None]
    looks: Coroutine[Any, Any, None]
    background: Tasks

    async def run(self) -> None:
        """Listen until cancelled, keep the logins fresh, and follow what other processes change."""
        self.background.start(self.tokens.run(), "logins")
        self.background.start(self.following.run(), "follow changes")
        self.background.start(self.nights, "nights")
        self.background.start(self.looks, "who is live")
        await self.listener.run()


@asynccontextmanager
async def twitch_bot(settings: Settings, tally: Tally, config: Path | None) -> AsyncIterator[TwitchBot]:
    """The whole bot on Twitch, in this process. Waits for a network that is not there.

    `config` is where the settings come from. Raises `BadLogin`, `BadKey`, `BadSettings`, `HelixError` and
    `StorageTrouble`.
    """
    if not settings.twitch.client_id:
        raise BadSettings(["twitch.client_id: is needed to go live (`kissbot demo` needs none)."])
    async with AsyncExitStack() as stack:
        writer = stack.enter_context(writing(settings))
        watch = await stack.enter_async_context(served(settings.metrics))
        store = await stack.enter_async_context(open_store(settings))
        http = await stack.enter_async_context(_http())
        background = await stack.enter_async_context(Tasks())
        looking = await stack.enter_async_context(Tasks())  # ends after the answers that wait for it
        bus, backoff = MemoryBus(), Backoff(SystemRandom())
        write_chat(settings, writer, bus)
        tokens = await _tokens(stack, settings, config, store, http, bus)
        login = await persist(lambda: tokens.login(BOT), backoff)
        features = _allowed(settings, login)
        urls = settings.twitch.urls
        helix = Helix(http, tokens.of(BOT), url=urls.helix, subscriptions_url=urls.subscriptions)
        standing = Standing(login.user_id, store.standings)
        await standing.load()
        ears = Ears(
            heard=lambda message: bus.publish(message, message.channel.id),
            joined=lambda channel: bus.publish(Joined(channel), channel.id),
            happened=lambda happening: bus.publish(happening, happening.channel.id),
            standing=standing.learn,
        )
        reach = Reach(settings, login, http, tokens, helix, store)
        listener = await listener_for(reach, ears, await stack.enter_async_context(Tasks()))
        outbox, sayings = await speak(stack, reach, bus, standing, listener)
        channels = Channels(settings.for_all())
        layers = Layers(channels, configured(settings), store.book)
        await layers.load()
        kept = Kept(channels, store.notes, store.trail, store.truths, sayings)
        role = await _role(stack, settings, login.login, bus, kept, tally)
        truth = await _truth(stack, settings, kept)
        reasons = StoredReasons(settings, store, time)
        encyclopaedia = encyclopaedia_for(settings, http, store.pages, looking)
        around = Surroundings(http, store.experience, store.spendings, encyclopaedia, time, looking)
        answers = await answers_by_models(settings, around)
        memories = SqlMemories(store.database, store.trail, answers.forget)
        airings = SqlStreams(store.database, time)
        games = library_on_the_web(
            settings, http, tokens.of(APP), store, looking, role.timings, confirmed_game(truth)
        )
        role.play(
            features,
            await _services(stack, settings, kept, http)
            | {Truth: truth}
            | games
            | in_words(answers, settings, role.identity, around)
            | await _on_twitch(stack, settings, helix, http)
            | {Choosing: layers, Reasons: reasons, Memories: memories}
            | {Airings: airings, Audit: store.audit},
        )
        polling = Polling(helix, airings, channels, bus, time, method=settings.live.method)
        kinds = kinds_of(settings, features, login)
        following = Following(layers, channels, store, tokens, helix, listener, kinds)
        await persist(following.begin, backoff)
        store.state.begins(kissbot.__version__)
        looks = polling.run(settings.live.poll_seconds)
        watched = Watched(
            tally=tally,
            timings=role.timings,
            state=store.state,
            listener=listener,
            outbox=outbox,
            tokens=tokens,
            answers=answers,
            games=cast(Cache, games[Cache]),
            writer=writer,
        )
        watch(watched)
        if settings.metrics.samples:
            background.start(keep_sampling(watched, Path(settings.metrics.samples), EVERY), "samples")
        yield TwitchBot(listener, tokens, following, _nights(settings, config, store), looks, background)


@asynccontextmanager
async def console_bot(settings: Settings, source: Iterable[str]) -> AsyncIterator[Console]:
    """The bot in a terminal; `source` is what is typed."""
    async with AsyncExitStack() as stack:
        bus = MemoryBus()
        console = Console(bus, source)
        channels = Channels(settings.for_all())
        audit = MemoryAudit(time)
        layers = Layers(channels, configured(settings), MemoryBook(audit))
        await layers.load()
        kept = Kept(channels, MemoryNotes(time), NoTrail(), MemoryTruths(time, audit))
        http = await stack.enter_async_context(_http())
        looking = await stack.enter_async_context(Tasks())  # ends after the answers that wait for it
        role = await _role(stack, settings, settings.bot.name, bus, kept, Tally(time.time()))
        truth = await _truth(stack, settings, kept)
        around = Surroundings(http, MemoryExperience(), MemorySpendings(), Booklet(), time, looking)
        answers = await answers_by_models(settings, around)
        role.play(
            find_features(),
            await _services(stack, settings, kept, http)
            | {Truth: truth}
            | library_at_hand(looking, role.timings, confirmed_game(truth))
            | in_words(answers, settings, role.identity, around)
            | {Choosing: layers, Airings: MemoryStreams(time), Audit: audit}
            | dict.fromkeys((Streams, Shows, Streamers, Elsewhere, Reasons, Memories), console),
        )
        yield console


async def _tokens(
    stack: AsyncExitStack,
    settings: Settings,
    config: Path | None,
    store: Store,
    http: aiohttp.ClientSession,
    bus: MemoryBus,
) -> Tokens:
    """The logins, that of the configuration included."""
    twitch = settings.twitch
    oauth = OAuth(http, twitch.urls.oauth, twitch.client_id, twitch.client_secret)
    tasks = await stack.enter_async_context(Tasks())
    invitations = Invitations(settings, oauth, store.logins, store.audit, bus, tasks)
    renewer = ChildRenewer(config, tasks, Renewal(store.logins, store.notes, oauth, time).renew)
    await persist(
        lambda: adopt(settings, store.database, store.logins, store.notes, oauth), Backoff(SystemRandom())
    )
    return Tokens(store.logins, store.notes, oauth, time, tasks, renewer.renew, invitations.send)


def _allowed(settings: Settings, login: Login) -> tuple[Feature, ...]:
    """The features that the bot's login allows. Raises `BadLogin` for one that allows nothing at all."""
    refuse_another(login, settings)
    if missing := [f"{scope} ({why})" for scope, why in lacking(login, settings.twitch.chat).items()]:
        raise BadLogin(
            f"the bot's login lacks scopes: {', '.join(missing)}. Get one that has them: kissbot login --bot"
        )
    features = find_features()
    off = disabled(features, login)
    for name, scopes in off.items():
        log.warning("feature_disabled", feature=name, lacks=scopes, remedy="kissbot login --bot")
    return tuple(feature for feature in features if feature.name not in off)


@dataclass(frozen=True)
class Kept:
    """What the answer role shares with other processes."""

    channels: Channels
    notes: Notes
    trail: Trail
    truths: Truths
    sayings: Sayings | None = None


async def _role(
    stack: AsyncExitStack, settings: Settings, login: str, bus: MemoryBus, kept: Kept, tally: Tally
) -> AnswerRole:
    return AnswerRole(
        identity=Identity(login, kissbot.__version__, settings.bot.author, settings.bot.source_url),
        channels=kept.channels,
        bus=bus,
        notes=kept.notes,
        clock=time,
        tally=tally,
        tasks=await stack.enter_async_context(Tasks(GRACE)),
        owners=frozenset(owner.lower() for owner in settings.bot.owners),
        trail=kept.trail,
        sayings=kept.sayings,
    )


async def _truth(stack: AsyncExitStack, settings: Settings, kept: Kept) -> Truth:
    tasks = await stack.enter_async_context(Tasks())
    return Truth(kept.truths, kept.notes, time, tasks, kept.channels, settings.learn)


async def _services(
    stack: AsyncExitStack, settings: Settings, kept: Kept, http: aiohttp.ClientSession
) -> dict[type, object]:
    """What the features ask for, wherever the bot answers."""
    host, tasks = Host(), await stack.enter_async_context(Tasks())
    tasks.start(host.watch(), "host samples")
    return {
        SongLibrary: MusicBrainz(http, settings.music.url, settings.music.contact, kept.notes, tasks),
        Vitals: host,
        Random: SystemRandom(),
    }


async def _on_twitch(
    stack: AsyncExitStack, settings: Settings, helix: Helix, http: aiohttp.ClientSession
) -> dict[type, object]:
    """What the features ask of Twitch, and where news go beside it."""
    tasks = await stack.enter_async_context(Tasks())
    streams = TwitchStreams(helix, tasks)
    elsewhere = Webhook(http, settings.live.webhook, tasks)
    return {Streams: streams, Shows: streams, Streamers: TwitchStreamers(helix), Elsewhere: elsewhere}


async def _nights(settings: Settings, config: Path | None, store: Store) -> None:
    """Each night: tidy up, and make a backup. The key is not in it: it must be kept elsewhere."""
    kept = settings.storage
    shelf = Shelf(Path(kept.backups), kept.keep_backups, time)

    async def backup(file: Path) -> None:
        await make_backup(store.database, file, now=time.time(), config=config, overwrite=True)

    works: dict[str, Work] = {"tidying": lambda: tidy(store.database, time.time(), kept.keep_audit_days)}
    if kept.backups:
        works["backup"] = lambda: shelf.add(backup)
    await nights(time, SystemRandom(), works, due=bool(kept.backups) and shelf.lacks_one)


def _http() -> aiohttp.ClientSession:
    agent = f"KissBot/{kissbot.__version__}"
    return aiohttp.ClientSession(
        headers={"User-Agent": agent}, cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=True
    )
