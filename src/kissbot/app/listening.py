"""What the bot listens to, and how: as the settings, the logins and the features have it."""

import asyncio
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Final, Protocol

import aiohttp

from kissbot.app.hub import ways_to_listen
from kissbot.app.settings import Settings
from kissbot.app.store import Store
from kissbot.chat.announcing import wording
from kissbot.chat.channels import ChannelSettings
from kissbot.chat.commands import Feature
from kissbot.chat.happenings import (
    Cheered,
    Followed,
    Gifted,
    Happening,
    Raided,
    StreamOffline,
    StreamOnline,
    Subscribed,
)
from kissbot.chat.logins import BOT, Login
from kissbot.chat.messages import Channel
from kissbot.chat.tasks import Tasks
from kissbot.transports.twitch.hearing.ears import Ears
from kissbot.transports.twitch.hearing.kinds import kinds_for
from kissbot.transports.twitch.hearing.session import Listener
from kissbot.transports.twitch.helix import Helix
from kissbot.transports.twitch.irc.session import IrcListener
from kissbot.transports.twitch.scopes import reads_over_irc
from kissbot.transports.twitch.tokens import Tokens

_TOLD_BY_LINES: Final[dict[str, type[Happening]]] = {
    "raid": Raided,
    "sub": Subscribed,
    "gift": Gifted,
    "cheer": Cheered,
    "follow": Followed,
}
"""What a channel must hear of for the lines that it wants."""

Kinds = Callable[[ChannelSettings], frozenset[str]]


class Listens(Protocol):
    """Hears channels, whichever way."""

    ready: asyncio.Event
    """Set while every channel that can be heard is heard."""

    @property
    def channels(self) -> tuple[Channel, ...]:
        """Where it listens, or tries to."""
        ...

    def join(self, channel: Channel, kinds: Collection[str] = ...) -> None:
        """Listen to a channel, too; or to other kinds of events of one that it listens to."""
        ...

    def part(self, channel: Channel) -> None:
        """Listen to a channel no more."""
        ...

    def try_again(self) -> None:
        """Something has been mended: ask for what was refused once more."""
        ...

    async def run(self) -> None:
        """Listen until cancelled."""
        ...


def kinds_of(settings: Settings, features: Collection[Feature], login: Login) -> Kinds:
    """Tells which kinds of events a channel wants, by what holds there and what the bot can do."""
    names = {feature.name for feature in features}
    streams: set[type[Happening]] = set()
    if "live" in names and settings.live.method != "polling":
        streams = {StreamOnline, StreamOffline}
    lines = dict(_TOLD_BY_LINES) if "events" in names else {}
    if "moderator:read:followers" not in login.scopes:
        lines.pop("follow", None)

    def kinds(channel: ChannelSettings) -> frozenset[str]:
        wanted = streams | {told for line, told in lines.items() if wording(channel.lines, line) is not None}
        return kinds_for(wanted | {Raided} if channel.shoutout else wanted)

    return kinds


@dataclass(frozen=True)
class Reach:
    """What it takes to reach Twitch as the bot."""

    settings: Settings
    login: Login
    http: aiohttp.ClientSession
    tokens: Tokens
    helix: Helix
    store: Store


async def listener_for(reach: Reach, ears: Ears, tasks: Tasks) -> Listener | IrcListener:
    """EventSub, through a conduit or not; or IRC, where nothing else is allowed or wanted.

    Raises `StorageTrouble`.
    """
    twitch, reports = reach.settings.twitch, reach.store.state
    if reads_over_irc(reach.login, twitch.chat):
        why = "twitch.chat is irc" if twitch.chat == "irc" else "the bot's login allows nothing else"
        source = reach.tokens.of(BOT)
        return IrcListener(
            reach.http, source, twitch.urls.irc, ears=ears, tasks=tasks, reports=reports, why=why
        )
    ways = await ways_to_listen(reach.settings, reach.login, reach.http, reach.tokens, reach.store)
    return Listener(
        reach.http, reach.helix, twitch.urls.eventsub, ears=ears, tasks=tasks, reports=reports, ways=ways
    )
