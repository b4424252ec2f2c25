"""Puts the bot together: which part gets which, in one place, once."""

import time
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from random import Random, SystemRandom

import aiohttp
import structlog

import kissbot
from kissbot.app.configuration import BadSettings
from kissbot.app.settings import Settings
from kissbot.bus.memory import MemoryBus
from kissbot.chat.answering import AnswerRole
from kissbot.chat.channels import Channels
from kissbot.chat.identity import Identity
from kissbot.chat.messages import Channel, Joined
from kissbot.chat.tally import Tally
from kissbot.chat.tasks import Tasks
from kissbot.features import find_features
from kissbot.features.games import GameLibrary, Streams
from kissbot.features.system import Vitals
from kissbot.providers.games.offline import OfflineLibrary
from kissbot.providers.host import Host
from kissbot.storage.memory import MemoryNotes
from kissbot.transports.console import Console, ConsoleStreams
from kissbot.transports.twitch.eventsub import Backoff
from kissbot.transports.twitch.helix import Helix
from kissbot.transports.twitch.oauth import BadLogin, Login, validate
from kissbot.transports.twitch.outbox import Outbox
from kissbot.transports.twitch.patience import persist
from kissbot.transports.twitch.session import Listener
from kissbot.transports.twitch.streams import TwitchStreams

GRACE = 1.0
"""Seconds that answers and sends under way get to end when the bot stops."""

WANTED_SCOPES = {"user:read:chat": "to read chat", "user:write:chat": "to answer"}

log = structlog.get_logger(__name__)


@asynccontextmanager
async def twitch_bot(settings: Settings, tally: Tally) -> AsyncIterator[Listener]:
    """The whole bot on Twitch, in this process; run the listener. Waits for a network that is not there.

    Raises `BadLogin`, `BadSettings` and `HelixError`.
    """
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(_http())
        backoff = Backoff(SystemRandom())
        login = await persist(lambda: _login(http, settings), backoff)
        urls = settings.twitch.urls
        helix = Helix(http, login, url=urls.helix, subscriptions_url=urls.subscriptions)
        bus = MemoryBus()
        Outbox(helix, bus, time, await stack.enter_async_context(Tasks(GRACE)))
        found = await persist(lambda: _find_channels(helix, settings), backoff)
        await _answer(stack, settings, login.login, bus, TwitchStreams(helix), tally)
        yield Listener(
            http,
            helix,
            url=urls.eventsub,
            channels=found,
            heard=lambda message: bus.publish(message, message.channel.id),
            joined=lambda channel: bus.publish(Joined(channel), channel.id),
            tasks=await stack.enter_async_context(Tasks()),
        )


@asynccontextmanager
async def console_bot(settings: Settings, source: Iterable[str]) -> AsyncIterator[Console]:
    """The bot in a terminal; `source` is what is typed."""
    async with AsyncExitStack() as stack:
        bus = MemoryBus()
        console = Console(bus, source)
        await _answer(stack, settings, settings.bot.name, bus, ConsoleStreams(), Tally(time.time()))
        yield console


async def _answer(
    stack: AsyncExitStack, settings: Settings, login: str, bus: MemoryBus, streams: Streams, tally: Tally
) -> None:
    """The answer role with everything the features ask for."""
    host = Host()
    (await stack.enter_async_context(Tasks())).start(host.watch(), "host samples")
    channels = Channels(settings.for_all())
    for choice in settings.channel_choices():
        channels.set(choice.name, settings.for_channel(choice))
    role = AnswerRole(
        identity=Identity(login, kissbot.__version__, settings.bot.author, settings.bot.source_url),
        channels=channels,
        bus=bus,
        notes=MemoryNotes(time),
        clock=time,
        tally=tally,
        tasks=await stack.enter_async_context(Tasks(GRACE)),
        owners=frozenset(owner.lower() for owner in settings.bot.owners),
    )
    services: dict[type, object] = {
        GameLibrary: OfflineLibrary(),
        Streams: streams,
        Vitals: host,
        Random: SystemRandom(),
    }
    role.play(find_features(), services)


def _http() -> aiohttp.ClientSession:
    agent = f"KissBot/{kissbot.__version__}"
    return aiohttp.ClientSession(
        headers={"User-Agent": agent}, cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=True
    )


async def _login(http: aiohttp.ClientSession, settings: Settings) -> Login:
    twitch = settings.twitch
    missing = [key for key in ("client_id", "token", "channels") if not getattr(twitch, key)]
    if missing:
        raise BadSettings(
            [f"twitch.{key}: is needed to go live (`kissbot demo` needs none)." for key in missing]
        )
    login = await validate(http, twitch.urls.oauth, twitch.client_id, twitch.token)
    if login.login != settings.bot.name.lower():
        raise BadLogin(
            f"twitch.token belongs to the account {login.login!r}, but bot.name says {settings.bot.name!r}."
        )
    if lacking := [f"{s} ({why})" for s, why in WANTED_SCOPES.items() if s not in login.scopes]:
        raise BadLogin(f"twitch.token lacks scopes: {', '.join(lacking)}. Make one that has them.")
    return login


async def _find_channels(helix: Helix, settings: Settings) -> list[Channel]:
    names = [choice.name for choice in settings.channel_choices()]
    found = {user.login: Channel(user.id, user.login) for user in await helix.users(names)}
    for name in names:
        if name not in found:
            log.error("no_such_channel", channel=name, remedy="check twitch.channels; the others go on")
    if not found:
        raise BadSettings([f"twitch.channels: Twitch knows none of them: {', '.join(names)}."])
    return [found[name] for name in names if name in found]
