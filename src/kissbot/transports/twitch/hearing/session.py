"""Listens to Twitch, over WebSockets or through a conduit, and is never deaf for longer than it must be."""

import asyncio
import time
from collections.abc import Collection
from typing import Final

import aiohttp
import msgspec
import structlog

from kissbot.chat.hearing import Gap, Listening
from kissbot.chat.messages import Channel, ChatMessage, Rank
from kissbot.chat.tasks import Tasks
from kissbot.transports.twitch.hearing import conduits, sockets
from kissbot.transports.twitch.hearing.conduits import ConduitWay
from kissbot.transports.twitch.hearing.connection import Connection
from kissbot.transports.twitch.hearing.desk import Desk
from kissbot.transports.twitch.hearing.ears import Ears, Reports
from kissbot.transports.twitch.hearing.eventsub import BadFrame, Event, Notification, Revocation, Unknown
from kissbot.transports.twitch.hearing.gaps import Deafness
from kissbot.transports.twitch.hearing.happened import cheered, happening
from kissbot.transports.twitch.hearing.kinds import CHAT_ONLY, KINDS, SHARD_DISABLED, Wish
from kissbot.transports.twitch.hearing.shardholder import Shardholder
from kissbot.transports.twitch.hearing.sockets import Sockets
from kissbot.transports.twitch.hearing.subscribing import Subscriber
from kissbot.transports.twitch.hearing.ways import Ways
from kissbot.transports.twitch.helix import Helix
from kissbot.transports.twitch.payloads import ShardDisabled

_SHARDS: Final = Wish("", SHARD_DISABLED)

log = structlog.get_logger(__name__)


class Listener:
    """Hears every channel that it has joined, by whichever way lets it."""

    def __init__(
        self,
        http: aiohttp.ClientSession,
        helix: Helix,
        url: str,
        *,
        ears: Ears,
        tasks: Tasks,
        reports: Reports,
        ways: Ways | None = None,
    ) -> None:
        self._ears, self._tasks, self._reports = ears, tasks, reports
        self._heard, self._note = ears.heard, reports.heard  # for every line
        self._ways = ways or Ways()
        self._me = helix.login.user_id
        self._channels: dict[str, Channel] = {}
        self._kinds: dict[str, frozenset[str]] = {}
        self._greeted: set[str] = set()
        self._ranks: dict[str, Rank] = {}
        self._deafness = Deafness()
        self._was_up = False
        self.ready = asyncio.Event()
        """Set while every channel that can be heard is heard."""
        self._sockets = Sockets(http, url, self, tasks)
        per_second = self._ways.per_second
        self._by_socket = Subscriber(Desk(helix), self._sockets, self._me, self, per_second=per_second)
        self._conduit: ConduitWay | None = None
        if hub := self._ways.hub:
            desk = Desk(hub.app)
            shards = Shardholder(http, url, desk, hub.shared, self, tasks)
            self._conduit = ConduitWay(desk, hub.shared, shards, self, tasks)
            self._by_conduit = Subscriber(
                desk, self._conduit, self._me, self, per_second=per_second, of_others=self._of_others
            )
        self._without: str = ""
        """Why the conduit is of no use now."""

    @property
    def channels(self) -> tuple[Channel, ...]:
        """Where it listens, or tries to."""
        return tuple(self._channels.values())

    def join(self, channel: Channel, kinds: Collection[str] = CHAT_ONLY) -> None:
        """Listen to a channel, too; or to other kinds of events of one that it listens to."""
        before, wanted = self._kinds.get(channel.id, frozenset()), CHAT_ONLY | frozenset(kinds)
        self._channels[channel.id], self._kinds[channel.id] = channel, wanted
        for kind in sorted(before - wanted):
            self._unwant(Wish(channel.id, kind))
        for kind in sorted(wanted):
            self._want(Wish(channel.id, kind))

    def part(self, channel: Channel) -> None:
        """Listen to a channel no more."""
        self._channels.pop(channel.id, None)
        for kind in sorted(self._kinds.pop(channel.id, ())):
            self._unwant(Wish(channel.id, kind))
        self._greeted.discard(channel.id)
        self._ranks.pop(channel.id, None)
        self._deafness.parted(channel.id)

    def try_again(self) -> None:
        """Something has been mended: ask for what was refused once more."""
        self._by_socket.try_again()
        if self._conduit:
            self._by_conduit.try_again()
            self._conduit.look()

    async def run(self) -> None:
        """Listen until cancelled; every lost connection is replaced."""
        log.info("listening", way=self._way, reason=self._ways.why)
        self._tell()
        if self._ways.away_since:
            self._deafness.lost(self._channels, self._ways.away_since, "KissBot was not running")
        works = [self._tasks.start(self._by_socket.run(), "subscribe")]
        if self._conduit:
            self._by_conduit.want(_SHARDS)
            works.append(self._tasks.start(self._by_conduit.run(), "subscribe through the conduit"))
            works.append(self._tasks.start(self._conduit.run(), "conduit"))
        try:
            await asyncio.gather(*works)
        finally:
            for work in works:
                work.cancel()
            await asyncio.gather(*works, return_exceptions=True)
            self._sockets.close()
            self._changed()

    @property
    def _way(self) -> str:
        return conduits.WAY if self._conduit else sockets.WAY

    async def _of_others(self) -> Collection[Wish]:
        hub = self._ways.hub
        return {Wish(*wish) for wish in await hub.of_others()} if hub else ()

    # Wishes, and what becomes of them

    def _want(self, wish: Wish) -> None:
        self._reports.wanted(wish.channel_id, wish.kind)
        if self._conduit:
            self._by_conduit.want(wish)
        if not self._conduit or (self._without and KINDS[wish.kind].by_any):
            self._by_socket.want(wish)

    def _unwant(self, wish: Wish) -> None:
        self._reports.unwanted(wish.channel_id, wish.kind)
        self._by_socket.unwant(wish)
        if self._conduit:
            self._by_conduit.unwant(wish)

    def _has(self, wish: Wish) -> bool:
        return wish in self._by_socket.agenda.have or (
            self._conduit is not None and wish in self._by_conduit.agenda.have
        )

    def made(self, way: str, wish: Wish, subscription_id: str) -> None:
        """A subscription is there."""
        if way == conduits.WAY and wish in self._by_socket.agenda.wanted:
            self._by_socket.unwant(wish)
        channel = self._channels.get(wish.channel_id)
        if channel is None:
            return
        self._reports.subscribed(wish.channel_id, wish.kind, subscription_id, way)
        if wish.is_chat:
            self._deafness.heard_again(channel.id, time.time())
            if channel.id not in self._greeted:
                self._greeted.add(channel.id)
                self._ears.joined(channel)

    def failed(self, way: str, wish: Wish, why: str, status: int, *, final: bool) -> None:
        """A subscription is not there. What the application may not hear, the bot's own account may."""
        kind, channel = KINDS.get(wish.kind), self._channels.get(wish.channel_id)
        if way == conduits.WAY and final and status and kind and kind.by_any and channel:
            log.info("not_by_conduit", channel=channel.login, type=wish.kind, why=why)
            if wish not in self._by_socket.agenda.wanted:
                self._by_socket.want(wish)
            return
        name = channel.login if channel else ""
        log.error("subscription_refused", channel=name, type=wish.kind, way=way, why=why)
        if channel:
            self._reports.refused(wish.channel_id, wish.kind, why, way)

    def ended(self, way: str, wish: Wish, why: str) -> None:
        """Twitch has ended a subscription; it is not asked for again until something is mended."""
        log.error("subscription_revoked", type=wish.kind, why=why)
        if wish.channel_id in self._channels:
            self._reports.revoked(wish.channel_id, wish.kind, why, way)
        self.missing(way, [wish])

    def missing(self, way: str, wishes: Collection[Wish]) -> None:
        """Subscriptions are gone."""
        deaf = {wish.channel_id for wish in wishes if wish.is_chat}
        if deaf:
            self.ready.clear()
            self._deafness.lost(deaf & self._channels.keys(), time.time(), "Twitch ended the subscription")

    def settled(self) -> None:
        """All that can be done at once is done, by one of the ways."""
        self._tell_gaps()
        if self._by_socket.agenda.is_idle:
            wanted = bool(self._by_socket.agenda.wanted)
            self._sockets.tidy(self._by_socket.agenda.load, needed=wanted)
        ways = [self._by_socket, *([self._by_conduit] if self._conduit and not self._without else [])]
        if self._channels and self._is_up and all(way.agenda.settled for way in ways):
            self.ready.set()
        self._changed()

    def _tell_gaps(self) -> None:
        for gap in self._deafness.over(time.time()):
            self._tell_gap(gap)

    def _tell_gap(self, gap: Gap) -> None:
        log.warning("was_deaf", seconds=round(gap.seconds, 2), channels=len(gap.channels), why=gap.why)
        self._reports.gap(gap)

    # What comes over the connections

    def hear(self, message: ChatMessage) -> None:
        """A line was said."""
        self._heard(message)
        self._note(message.channel.id)
        if message.viewer.id == self._me:
            self._stand(message.channel, message.viewer.rank)
        if message.bits and (cheer := cheered(message)):
            self._ears.happened(cheer)

    def _stand(self, channel: Channel, rank: Rank) -> None:
        if self._ranks.get(channel.id) is not rank:
            self._ranks[channel.id] = rank
            self._ears.standing(channel, rank)

    def take(self, connection: Connection, event: Event) -> None:
        """Something else came."""
        match event:
            case Notification() if event.subscription.type == SHARD_DISABLED:
                self._shard_disabled(event)
            case Notification():
                self._happened(event)
            case Revocation(subscription):
                self._revoked(subscription.id, subscription.status)
            case Unknown(kind):
                log.info("unknown_frame", kind=kind)

    def _happened(self, notification: Notification) -> None:
        try:
            found = happening(notification)
        except BadFrame as error:
            log.warning("bad_frame", error=str(error))
        else:
            if found:
                self._ears.happened(found)

    def _shard_disabled(self, notification: Notification) -> None:
        try:
            told = msgspec.json.decode(notification.event, type=ShardDisabled)
        except (ValueError, RecursionError) as error:
            log.warning("bad_frame", error=str(error))
        else:
            if self._conduit:
                self._conduit.shards.detached(told)

    def _revoked(self, subscription_id: str, why: str) -> None:
        for subscriber in (self._by_socket, *([self._by_conduit] if self._conduit else [])):
            if wish := subscriber.revoked(subscription_id, why):
                self.ended(subscriber.way, wish, why)

    # What becomes of the connections

    @property
    def _is_up(self) -> bool:
        return self._sockets.is_up or bool(self._conduit and self._conduit.shards.is_up)

    def began(self, connection: Connection, moved: bool) -> None:
        """A socket of the bot's own login is there."""
        self._changed()
        if not moved:
            self._by_socket.begin()

    def lost(self, connection: Connection, why: str, at: float) -> None:
        """A socket of the bot's own login is gone, with its subscriptions."""
        lost = self._by_socket.lose(connection.name)
        deaf = {wish.channel_id for wish in lost if wish.is_chat and not self._has(wish)}
        self._deafness.lost(deaf, at, why)
        self.ready.clear()
        self._changed()

    def shards_changed(self) -> None:
        """A shard was attached or lost."""
        if self._conduit and self._conduit.shards.is_up:
            self._by_conduit.awaken()
        self._changed()

    def shards_refused(self) -> None:
        """Twitch would not attach shards: perhaps the conduit is gone."""
        if self._conduit:
            self._conduit.look()

    def shards_deaf(self, from_at: float, why: str) -> None:
        """Nothing came through the conduit from then until now."""
        deaf = [wish.channel_id for wish in self._by_conduit.agenda.have if wish.is_chat]
        if deaf:
            self._tell_gap(Gap(from_at=from_at, to_at=time.time(), channels=tuple(sorted(deaf)), why=why))

    def conduit_found(self, conduit_id: str) -> None:
        """The conduit is there; what was on another one is not."""
        self._without = ""
        lost = self._by_conduit.lose(conduits.WAY)
        deaf = {wish.channel_id for wish in lost if wish.is_chat and not self._has(wish)}
        self._deafness.lost(deaf, time.time(), "the conduit was gone")
        self._by_conduit.begin()

    def conduit_missing(self, why: str) -> None:
        """There is no conduit for now: whatever can be heard without it is."""
        if not self._without:
            log.warning("listening", way=sockets.WAY, reason=why)
        self._without = why
        for channel_id, kinds in self._kinds.items():
            for kind in kinds:
                if KINDS[kind].by_any and not self._has(wish := Wish(channel_id, kind)):
                    self._by_socket.want(wish)

    def _changed(self) -> None:
        """The connections are not what they were."""
        if self._is_up is not self._was_up:
            self._was_up = self._is_up
            self._reports.socket(self._was_up)
        if not self._was_up:
            self.ready.clear()
        self._tell()

    def _tell(self) -> None:
        threads = self._conduit.shards.threads() if self._conduit else []
        threads += self._sockets.threads(self._by_socket.agenda.load)
        why = f"{self._ways.why}; for now without it: {self._without}" if self._without else self._ways.why
        self._reports.listening(Listening(way=self._way, why=why, threads=tuple(threads)))


__all__ = ["Ears", "Listener", "Reports", "Ways"]
