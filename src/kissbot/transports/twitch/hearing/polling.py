"""Looks who is live, all channels at a time: in place of events, or to make up for lost ones."""

import asyncio
from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime
from typing import Final, Literal, Protocol

import structlog

from kissbot.chat.airing import SETTLES, Airing
from kissbot.chat.channels import Channels
from kissbot.chat.errors import Trouble
from kissbot.chat.happenings import Happening, StreamOffline, StreamOnline
from kissbot.chat.messages import Channel
from kissbot.chat.ports import Bus, Clock
from kissbot.transports.twitch.helix import Helix
from kissbot.transports.twitch.payloads import StreamRow
from kissbot.transports.twitch.streams import TROUBLES

Method = Literal["auto", "eventsub", "polling"]

LIVE: Final = "live"
"""The type of a stream that is one: no rerun, no premiere."""

log = structlog.get_logger(__name__)


class Kept(Protocol):
    """What is known of streams already, for every process of the bot."""

    async def running(self) -> Mapping[str, Airing]:
        """Every stream that is not known to have ended, by its channel's id."""
        ...

    async def end(self, offline: StreamOffline) -> bool:
        """Note that a stream has ended; whether that was not known."""
        ...

    async def seen(self, channel_ids: Collection[str]) -> None:
        """These run still."""
        ...


class Watch:
    """What is new in what Twitch shows. A stream has ended when two looks in a row missed it."""

    def __init__(self) -> None:
        self._missed: dict[str, str] = {}
        """Streams that the last look missed, by the channel's id."""
        self._shown: dict[str, str] = {}
        """Streams that a look has found, by the channel's id."""

    def compare(
        self,
        here: Collection[Channel],
        kept: Mapping[str, Airing],
        shown: Mapping[str, StreamRow],
        now: float,
    ) -> Iterator[StreamOnline | StreamOffline]:
        """What is to be told: what changed, and what runs and has not been announced."""
        missed, self._missed = self._missed, {}
        self._shown |= {channel_id: row.id for channel_id, row in shown.items()}
        for channel in here:
            row, known = shown.get(channel.id), kept.get(channel.id)
            if row is None and known and self._is_missed(known, now):
                if missed.get(channel.id) == known.stream_id:
                    yield _offline(channel, known.stream_id, now)
                else:
                    self._missed[channel.id] = known.stream_id
            elif row and row.type == LIVE and _is_news(row.id, known, now):
                yield online(channel, row.id, row.started_at, now)

    def _is_missed(self, known: Airing, now: float) -> bool:
        """Not when it has just begun, and Twitch may not show it yet."""
        return self._shown.get(known.channel_id) == known.stream_id or now - known.began_at > SETTLES


class Polling:
    """Looks every so many seconds. With the method `eventsub` it only repeats what has not been announced."""

    def __init__(
        self, helix: Helix, kept: Kept, channels: Channels, bus: Bus, clock: Clock, *, method: Method
    ) -> None:
        self._helix, self._kept, self._channels = helix, kept, channels
        self._bus, self._clock, self._method = bus, clock, method
        self._watch = Watch()

    async def run(self, every: float) -> None:
        """Look until cancelled. What goes wrong leaves everything as it was."""
        in_trouble = False
        while True:
            try:
                await self.look()
                in_trouble = False
            except (*TROUBLES, Trouble) as error:
                if not in_trouble:
                    log.error("not_known_who_is_live", why=str(error) or type(error).__name__)
                in_trouble = True
            await asyncio.sleep(every)

    async def look(self) -> None:
        """One look. Raises `TROUBLES` and `StorageTrouble`."""
        here = {channel.id: channel for channel in self._channels.here.values()}
        if self._method == "eventsub":
            kept = await self._kept.running()
            news: list[Happening] = [*_unannounced(here, kept, self._clock.time())]
            await self._kept.seen(())
        else:
            shown = await self._helix.streams(list(here))
            kept = await self._kept.running()
            news = [*self._watch.compare(here.values(), kept, shown, self._clock.time())]
            await self._kept.seen([channel_id for channel_id in shown if _same(channel_id, kept, shown)])
        for each in news:
            if isinstance(each, StreamOffline) and kept[each.channel.id].was_lost(self._clock.time()):
                await self._kept.end(each)  # while the bot was away
            else:
                self._bus.publish(each, each.channel.id)


def _unannounced(
    here: Mapping[str, Channel], kept: Mapping[str, Airing], now: float
) -> Iterator[StreamOnline]:
    for channel_id, airing in kept.items():
        if channel_id in here and airing.is_due(now):
            began_at = datetime.fromtimestamp(airing.began_at, UTC)
            yield online(here[channel_id], airing.stream_id, began_at, now)


def _is_news(stream_id: str, known: Airing | None, now: float) -> bool:
    return known is None or known.stream_id != stream_id or known.is_due(now)


def _same(channel_id: str, kept: Mapping[str, Airing], shown: Mapping[str, StreamRow]) -> bool:
    return channel_id in kept and kept[channel_id].stream_id == shown[channel_id].id


def online(channel: Channel, stream_id: str, began_at: datetime | None, now: float) -> StreamOnline:
    """A stream as found; a later look tells it anew, if it has to."""
    at = began_at or datetime.fromtimestamp(now, UTC)
    return StreamOnline(channel=channel, id=f"poll:{stream_id}:{now:.3f}", at=at, stream_id=stream_id)


def _offline(channel: Channel, stream_id: str, now: float) -> StreamOffline:
    at = datetime.fromtimestamp(now, UTC)
    return StreamOffline(channel=channel, id=f"poll:{stream_id}:{now:.3f}:end", at=at, stream_id=stream_id)
