"""The latest stream of each channel, for as long as the process lives."""

from collections.abc import Collection

from msgspec.structs import replace

from kissbot.chat.airing import LEASE, STAYS_NEWS, Airing, Take, begun, ended, settled, taken
from kissbot.chat.happenings import StreamOffline, StreamOnline
from kissbot.chat.ports import Clock


class MemoryStreams:
    """Streams in a dictionary."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._kept: dict[str, Airing] = {}

    async def begin(self, online: StreamOnline) -> Take | None:
        """Note that a stream runs; a `Take` when it is to be announced, and nobody else is about to."""
        now, kept = self._clock.time(), self._kept.get(online.channel.id)
        airing = begun(kept, online, now)
        due = airing.stream_id == online.stream_id and airing.is_due(now)
        self._kept[airing.channel_id] = taken(airing, now) if due else airing
        if not due:
            return None
        again = kept is not None and kept.stream_id == airing.stream_id
        return Take(airing.began_at + STAYS_NEWS - now, again)

    async def end(self, offline: StreamOffline) -> bool:
        """Note that a stream has ended; whether that was not known."""
        airing = ended(self._kept.get(offline.channel.id), offline, self._clock.time())
        if airing:
            self._kept[airing.channel_id] = airing
        return airing is not None

    async def settle(self, online: StreamOnline, *, done: bool) -> None:
        """What was taken is announced, or given back."""
        if kept := self._kept.get(online.channel.id):
            self._kept[kept.channel_id] = settled(kept, online, self._clock.time(), done=done)

    async def running(self) -> dict[str, Airing]:
        """Every stream that is not known to have ended, by its channel's id."""
        return {channel_id: airing for channel_id, airing in self._kept.items() if airing.ended_at is None}

    async def seen(self, channel_ids: Collection[str]) -> None:
        """These run still; and this process is still about to announce what it has taken."""
        now = self._clock.time()
        for channel_id, airing in self._kept.items():
            if channel_id in channel_ids and airing.ended_at is None:
                airing = replace(airing, seen_at=now)
            if airing.taken_until:
                airing = replace(airing, taken_until=now + LEASE)
            self._kept[channel_id] = airing
