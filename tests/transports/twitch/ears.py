"""A listener at work in the sandbox, and what it tells."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import aiohttp

from kissbot.chat.happenings import Happening
from kissbot.chat.hearing import Gap, Listening
from kissbot.chat.messages import Channel, ChatMessage, Rank
from kissbot.chat.tasks import Tasks
from kissbot.sandbox.twitch import Sandbox
from kissbot.transports.twitch.hearing.session import Ears, Listener, Ways
from kissbot.transports.twitch.helix import FixedLogin, Helix

from .login import LOGIN, logged_in
from .server import Answer, says, serving

CHAT = "channel.chat.message"
SUBSCRIPTIONS = "eventsub/subscriptions"
PATIENCE = 5.0
Jump = Callable[[float], None]


class Told:
    """What the listener reported."""

    def __init__(self) -> None:
        self.all: list[tuple[str, ...]] = []
        self.gaps: list[Gap] = []
        self.how: Listening

    def socket(self, connected: bool) -> None:
        self.all.append(("connected",) if connected else ("lost",))

    def heard(self, channel_id: str) -> None:
        self.all.append(("heard", channel_id))

    def listening(self, how: Listening) -> None:
        self.how = how

    def wanted(self, channel_id: str, kind: str) -> None:
        pass

    def unwanted(self, channel_id: str, kind: str) -> None:
        pass

    def subscribed(self, channel_id: str, kind: str, subscription_id: str, way: str) -> None:
        self.all.append(("subscribed", channel_id, kind))

    def refused(self, channel_id: str, kind: str, why: str, way: str) -> None:
        self.all.append(("refused", channel_id, kind, why))

    def revoked(self, channel_id: str, kind: str, why: str, way: str) -> None:
        self.all.append(("revoked", channel_id, kind, why))

    def gap(self, gap: Gap) -> None:
        self.gaps.append(gap)


class Ear:
    """A listener at work, and what it heard."""

    def __init__(self) -> None:
        self.listener: Listener
        self.heard: list[str] = []
        self.joined: list[str] = []
        self.happened: list[Happening] = []
        self.standing: list[tuple[str, Rank]] = []
        self.told = Told()
        self._lines = asyncio.Queue[str]()

    def hear(self, message: ChatMessage) -> None:
        """Note a line."""
        self.heard.append(message.text)
        self._lines.put_nowait(message.text)

    async def is_ready(self) -> None:
        """Wait until every channel that can be heard is heard."""
        await asyncio.wait_for(self.listener.ready.wait(), PATIENCE)

    async def hears(self, text: str) -> None:
        """Wait until a line is heard; others may come before."""
        async with asyncio.timeout(PATIENCE):
            while await self._lines.get() != text:
                pass


@asynccontextmanager
async def listening(
    http: aiohttp.ClientSession, helix: Helix, url: str, channels: list[Channel], ways: Ways | None = None
) -> AsyncIterator[Ear]:
    ear = Ear()
    async with Tasks() as tasks:
        ear.listener = Listener(
            http,
            helix,
            url=url,
            ears=Ears(
                heard=ear.hear,
                joined=lambda channel: ear.joined.append(channel.login),
                happened=ear.happened.append,
                standing=lambda channel, rank: ear.standing.append((channel.login, rank)),
            ),
            tasks=tasks,
            reports=ear.told,
            ways=ways,
        )
        for channel in channels:
            ear.listener.join(channel)
        tasks.start(ear.listener.run(), "listen")
        yield ear


@asynccontextmanager
async def listening_to(twitch: Sandbox, *names: str, ways: Ways | None = None) -> AsyncIterator[Ear]:
    """A listener in these channels of the sandbox, or in all."""
    async with logged_in(twitch) as (http, helix):
        channels = [Channel(twitch.id_of(name), name) for name in names or twitch.channels]
        async with listening(http, helix, twitch.urls.eventsub, channels, ways) as ear:
            yield ear


@asynccontextmanager
async def listening_at(*sockets: Answer) -> AsyncIterator[Ear]:
    """A listener whose connections are these, one after the other."""
    async with (
        serving(*sockets) as server,
        serving(says(202, {"data": []})) as api,
        aiohttp.ClientSession() as http,
    ):
        helix = Helix(http, FixedLogin(LOGIN), url=api.url, subscriptions_url=api.url)
        async with listening(http, helix, f"{server.url}/ws", [Channel("10", "ada")]) as ear:
            yield ear


async def subscribed(twitch: Sandbox, *channels: str) -> None:
    """Wait until these channels, and no others, are listened to."""
    async with asyncio.timeout(PATIENCE):
        while sorted(twitch.state()["subscriptions"].get(CHAT, ())) != sorted(channels):
            await asyncio.sleep(0.001)


async def deaf(twitch: Sandbox) -> None:
    """Wait until nothing is listened to."""
    await subscribed(twitch)


async def until(true: Callable[[], object]) -> None:
    """Wait until something holds."""
    async with asyncio.timeout(PATIENCE):
        while not true():
            await asyncio.sleep(0.001)
