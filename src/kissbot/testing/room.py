"""A room in which the whole bot answers, without any platform: say a line, see what it says."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from itertools import count
from random import Random
from typing import Any

from kissbot.bus.memory import MemoryBus
from kissbot.chat.answering import AnswerRole
from kissbot.chat.audit import Audit
from kissbot.chat.book import Choosing
from kissbot.chat.channels import Channels, ChannelSettings
from kissbot.chat.commands import Commands, Feature
from kissbot.chat.happenings import Happening
from kissbot.chat.identity import Identity
from kissbot.chat.messages import Channel, ChatMessage, Joined, LoginLost, Outgoing, Rank, Receipt, Viewer
from kissbot.chat.ports import Clock, Notes
from kissbot.chat.tally import Tally
from kissbot.chat.tasks import Tasks
from kissbot.chat.trail import NoTrail, Trail
from kissbot.features import find_features
from kissbot.features.games import Insight, Streams
from kissbot.features.live import Airings, Elsewhere, Shows
from kissbot.features.settings import Reasons
from kissbot.features.shoutout import Streamers
from kissbot.features.system import Vitals
from kissbot.knowledge.answers.encyclopaedia import Encyclopaedia
from kissbot.knowledge.answers.translation import Interpreter
from kissbot.knowledge.games.library import GameLibrary
from kissbot.knowledge.music import SongLibrary
from kissbot.knowledge.truth.domain import Rules
from kissbot.knowledge.truth.truth import Truth
from kissbot.providers.booklet import Booklet
from kissbot.storage.layers import Layers
from kissbot.storage.memory import MemoryNotes
from kissbot.storage.memory_book import MemoryAudit, MemoryBook
from kissbot.storage.memory_streams import MemoryStreams
from kissbot.storage.memory_truths import MemoryTruths
from kissbot.testing.clock import ManualClock, settle
from kissbot.testing.fakes import (
    HADES,
    ONE_MORE_TIME,
    FakeShows,
    FakeStreams,
    FixedVitals,
    Jukebox,
    Noticeboard,
    OneReason,
    Parrot,
    Shelf,
    Town,
    by_first_word,
)
from kissbot.testing.oracle import Oracle, thinking

BOT = "kissbot"


class Room:
    """Channels with viewers in them; the bot is with ada and bob. Nothing happens unless the test says so."""

    def __init__(self, bus: MemoryBus, clock: ManualClock, channels: Channels, tally: Tally) -> None:
        self._bus, self.clock, self.channels, self.tally = bus, clock, channels, tally
        self.commands: Commands
        self.truths: MemoryTruths
        self.truth: Truth
        self.audit = MemoryAudit(clock)
        self.book = MemoryBook(self.audit)
        channels.here = {login: _channel(login) for login in ("ada", "bob")}
        self._configured: dict[str, ChannelSettings] = {}
        self.layers = Layers(channels, self._configured, self.book)
        self.said: list[Outgoing] = []
        """Every line of the bot, in order."""
        self.drop_reason = ""
        """When set, the platform shows nothing that the bot sends, for this reason."""
        self.drop_reasons: dict[str, str] = {}
        """The same for single channels, by their logins."""
        self.silent = False
        """When set, nobody says what became of a line."""
        self.echo = False
        """When set, the platform delivers the bot's own lines too, and even before it confirms them."""
        self._ids = count(1)
        bus.subscribe(Outgoing, self._send)

    async def hears(self, text: str, **details: Any) -> str | None:
        """Say a line; what the bot answered to it, or None. `details` are those of `message`."""
        return await self.delivers(self.message(text, **details))

    async def delivers(self, message: ChatMessage) -> str | None:
        """Deliver a message as it is; the first new line of the bot in that channel, or None."""
        before = len(self.said)
        self.deliver(message)
        await settle()
        new = (line.text for line in self.said[before:] if line.channel == message.channel)
        return next(new, None)

    def deliver(self, message: ChatMessage) -> None:
        """Put a message on the bus, and do not wait for anything."""
        self._bus.publish(message, message.channel.id)

    def message(
        self,
        text: str,
        *,
        viewer: str = "vera",
        rank: Rank = Rank.EVERYONE,
        channel: str = "ada",
        reply_to: str | None = None,
        source: str | None = None,
        id: str = "",  # noqa: A002 (the field's name)
    ) -> ChatMessage:
        """A message that was sent now."""
        sent_at = datetime.fromtimestamp(self.clock.time(), UTC)
        who = Viewer(f"id-{viewer}", viewer.lower(), viewer, rank)
        return ChatMessage(
            id or f"m{next(self._ids)}", _channel(channel), who, text, sent_at, reply_to, source
        )

    async def opens(self, channel: str = "ada") -> None:
        """The bot begins to hear a channel."""
        await self.happens(Joined(_channel(channel)))

    async def happens(self, event: Joined | LoginLost | Happening) -> None:
        """Something happens in a channel that nobody typed."""
        self._bus.publish(event, event.channel.id)
        await settle()

    def choose(self, channel: str = "ada", **settings: Any) -> None:
        """Change what the configuration says for a channel."""
        self._configured[channel] = ChannelSettings(**settings)
        self.channels.set(channel, self._configured[channel])

    def _send(self, outgoing: Outgoing) -> None:
        self.said.append(outgoing)
        dropped = self.drop_reasons.get(outgoing.channel.login, self.drop_reason)
        message_id = "" if dropped else f"sent-{len(self.said)}"
        if self.echo and (message_id or dropped == "network"):  # then it is the receipt that is lost
            shown = self.message(outgoing.text, viewer=BOT, channel=outgoing.channel.login, id=message_id)
            self.deliver(shown)
        if self.silent:
            return
        receipt = Receipt(outgoing.id, outgoing.channel, message_id, dropped)
        asyncio.get_running_loop().call_soon(self._bus.publish, receipt, outgoing.channel.id)


@asynccontextmanager
async def room(
    services: Mapping[type, object] | None = None,
    *,
    features: Iterable[Feature] | None = None,
    owners: Iterable[str] = (),
    notes: Notes | None = None,
    trail: Trail | None = None,
    rules: Rules | None = None,
    clock: ManualClock | None = None,
    **settings: Any,
) -> AsyncIterator[Room]:
    """A room with all features (or the given ones), fakes for the outside (or the given services).

    `settings` are those of `ChannelSettings`, for every channel.
    """
    clock = clock or ManualClock()
    clock.rule(asyncio.get_running_loop())
    bus, channels, tally = MemoryBus(), Channels(ChannelSettings(**settings)), Tally(clock.time())
    async with Tasks() as tasks:
        place = Room(bus, clock, channels, tally)
        role = AnswerRole(
            identity=Identity(BOT, "1.0"),
            channels=channels,
            bus=bus,
            notes=MemoryNotes(clock) if notes is None else notes,
            clock=clock,
            tally=tally,
            tasks=tasks,
            owners=frozenset(owners),
            trail=trail or NoTrail(),
        )
        place.truths = MemoryTruths(clock, place.audit)
        place.truth = Truth(place.truths, role.notes, clock, tasks, channels, rules or Rules())
        fakes = outside(clock, tasks) | {Choosing: place.layers, Audit: place.audit, Truth: place.truth}
        place.commands = role.play(
            find_features() if features is None else features, fakes | dict(services or {})
        )
        yield place


def outside(clock: Clock, tasks: Tasks) -> dict[type, object]:
    """A fake for everything that the features ask of the outside."""
    return {
        GameLibrary: Shelf(HADES),
        SongLibrary: Jukebox(ONE_MORE_TIME),
        Insight: Shelf(HADES),
        Encyclopaedia: Booklet(),
        Interpreter: Interpreter((Parrot(),), by_first_word),
        Streams: FakeStreams(),
        Airings: MemoryStreams(clock),
        Shows: FakeShows(),
        Streamers: Town(),
        Elsewhere: Noticeboard(wanted=False),
        Vitals: FixedVitals(),
        Reasons: OneReason(),
        Random: Random(1),  # noqa: S311 (a birthday line)
    } | thinking(clock, tasks, Oracle())


def _channel(login: str) -> Channel:
    return Channel(f"id-{login}", login)
