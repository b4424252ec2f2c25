"""What everything that keeps streams promises. Fixtures: `streams`, and the `clock` (ManualClock) of it."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Protocol

from kissbot.chat.airing import FLAPS_WITHIN, IS_NEWS, LEASE, SETTLES, STAYS_NEWS, Airing
from kissbot.chat.happenings import StreamOffline, StreamOnline
from kissbot.chat.messages import Channel
from kissbot.features.live import Airings
from kissbot.testing.clock import ManualClock


class Streams(Airings, Protocol):
    """All that is asked of it."""

    async def running(self) -> Mapping[str, Airing]:
        """Every stream that is not known to have ended."""
        ...

    async def seen(self, channel_ids: Collection[str]) -> None:
        """These run still."""
        ...


def online(stream: str, at: float, channel: str = "ada") -> StreamOnline:
    """A stream that began then."""
    moment = datetime.fromtimestamp(at, UTC)
    return StreamOnline(
        channel=Channel(f"id-{channel}", channel), id=f"on {stream}", at=moment, stream_id=stream
    )


def offline(stream: str, at: float, channel: str = "ada") -> StreamOffline:
    """One that ended then."""
    moment = datetime.fromtimestamp(at, UTC)
    return StreamOffline(
        channel=Channel(f"id-{channel}", channel), id=f"off {stream}", at=moment, stream_id=stream
    )


class StreamsContract:
    """A stream is announced once, whoever tells of it and however often."""

    async def begins(self, streams: Streams, clock: ManualClock, stream: str, channel: str = "ada") -> bool:
        """Whether a stream that begins now is to be announced."""
        return await streams.begin(online(stream, clock.time(), channel)) is not None

    async def announces(self, streams: Streams, clock: ManualClock, stream: str) -> bool:
        """The same, and it is announced then."""
        due = await self.begins(streams, clock, stream)
        if due:
            await streams.settle(online(stream, clock.time()), done=True)
        return due

    async def ends(self, streams: Streams, clock: ManualClock, stream: str) -> bool:
        """Whether it is news that a stream ends now."""
        return await streams.end(offline(stream, clock.time()))

    async def test_a_stream_is_taken_once_and_announced_once(
        self, streams: Streams, clock: ManualClock
    ) -> None:
        take = await streams.begin(online("s1", clock.time() - 5))
        assert take
        assert (take.keeps, take.again) == (STAYS_NEWS - 5, False)
        assert not await self.begins(streams, clock, "s1")
        await streams.settle(online("s1", clock.time()), done=True)
        await clock.push(LEASE + 1)
        assert not await self.begins(streams, clock, "s1")

    async def test_channels_do_not_mind_each_other(self, streams: Streams, clock: ManualClock) -> None:
        assert await self.begins(streams, clock, "s1")
        assert await self.begins(streams, clock, "s2", "bob")
        assert set(await streams.running()) == {"id-ada", "id-bob"}

    async def test_what_was_not_shown_is_tried_again(self, streams: Streams, clock: ManualClock) -> None:
        first = online("s1", clock.time())
        assert await streams.begin(first)
        await streams.settle(first, done=False)
        await clock.push(60)
        take = await streams.begin(first)
        assert take
        assert (take.keeps, take.again) == (STAYS_NEWS - 60, True)

    async def test_what_a_dead_process_has_taken_is_free_after_a_while(
        self, streams: Streams, clock: ManualClock
    ) -> None:
        first = online("s1", clock.time())
        assert await streams.begin(first)
        await clock.push(LEASE - 1)
        assert not await streams.begin(first)
        await clock.push(1)
        assert await streams.begin(first)

    async def test_a_process_that_lives_keeps_what_it_has_taken(
        self, streams: Streams, clock: ManualClock
    ) -> None:
        first = online("s1", clock.time())
        assert await streams.begin(first)
        for _ in range(3):
            await clock.push(LEASE - 1)
            await streams.seen(["id-ada"])
        assert not await streams.begin(first)

    async def test_what_is_old_is_no_news(self, streams: Streams, clock: ManualClock) -> None:
        began_at = clock.time()
        await clock.push(IS_NEWS + 1)
        assert await streams.begin(online("s1", began_at)) is None
        assert set(await streams.running()) == {"id-ada"}

    async def test_what_could_not_be_shown_for_long_is_no_news_any_more(
        self, streams: Streams, clock: ManualClock
    ) -> None:
        first = online("s1", clock.time())
        assert await streams.begin(first)
        await streams.settle(first, done=False)
        await clock.push(STAYS_NEWS)
        assert not await streams.begin(first)

    async def test_a_stream_that_flaps_is_announced_once(self, streams: Streams, clock: ManualClock) -> None:
        assert await self.announces(streams, clock, "s1")
        for number in range(2, 6):
            await clock.push(30)
            assert await self.ends(streams, clock, f"s{number - 1}")
            await clock.push(FLAPS_WITHIN)
            assert not await self.begins(streams, clock, f"s{number}")

    async def test_a_stream_after_a_pause_is_another_one(self, streams: Streams, clock: ManualClock) -> None:
        assert await self.announces(streams, clock, "s1")
        await clock.push(3600)
        assert await self.ends(streams, clock, "s1")
        await clock.push(FLAPS_WITHIN + 1)
        assert await self.announces(streams, clock, "s2")

    async def test_a_stream_that_flaps_while_it_is_being_announced_is_announced_once(
        self, streams: Streams, clock: ManualClock
    ) -> None:
        first = online("s1", clock.time())
        assert await streams.begin(first)
        await self.ends(streams, clock, "s1")
        await clock.push(5)
        assert not await self.begins(streams, clock, "s2")
        await streams.settle(first, done=True)
        assert not await self.begins(streams, clock, "s2")

    async def test_when_that_was_not_shown_the_next_one_is_announced(
        self, streams: Streams, clock: ManualClock
    ) -> None:
        first = online("s1", clock.time())
        assert await streams.begin(first)
        await self.ends(streams, clock, "s1")
        await clock.push(5)
        assert not await self.begins(streams, clock, "s2")
        await streams.settle(first, done=False)
        assert await self.begins(streams, clock, "s2")

    async def test_an_end_that_nobody_told_is_where_the_stream_was_seen_last(
        self, streams: Streams, clock: ManualClock
    ) -> None:
        assert await self.announces(streams, clock, "s1")
        await clock.push(3600)
        await streams.seen(["id-ada"])
        await clock.push(FLAPS_WITHIN)
        assert not await self.begins(streams, clock, "s2")
        await clock.push(FLAPS_WITHIN + 1)
        assert await self.begins(streams, clock, "s3")

    async def test_a_stream_that_comes_back_is_not_announced_again(
        self, streams: Streams, clock: ManualClock
    ) -> None:
        assert await self.announces(streams, clock, "s1")
        assert await self.ends(streams, clock, "s1")
        assert not await self.begins(streams, clock, "s1")
        assert await streams.running() == {}, "the platform may show it for a while"
        await clock.push(SETTLES)
        assert not await self.begins(streams, clock, "s1")
        assert set(await streams.running()) == {"id-ada"}

    async def test_an_end_is_news_once(self, streams: Streams, clock: ManualClock) -> None:
        assert not await self.ends(streams, clock, "s1")
        await self.begins(streams, clock, "s1")
        assert await self.ends(streams, clock, "s1")
        assert not await self.ends(streams, clock, "s1")
        assert await streams.running() == {}

    async def test_an_end_that_is_told_late_does_not_end_the_next_stream(
        self, streams: Streams, clock: ManualClock
    ) -> None:
        await self.begins(streams, clock, "s1")
        await clock.push(10)
        await self.begins(streams, clock, "s2")
        assert not await self.ends(streams, clock, "s1")
        assert not await streams.end(offline("", clock.time() - 5))
        assert await streams.end(offline("", clock.time()))

    async def test_a_beginning_that_is_told_late_changes_nothing(
        self, streams: Streams, clock: ManualClock
    ) -> None:
        await self.begins(streams, clock, "s1")
        late = online("s1", clock.time())
        await clock.push(1000)
        assert await self.begins(streams, clock, "s2")
        assert await streams.begin(late) is None
        await streams.settle(online("s2", clock.time()), done=False)
        assert await streams.begin(late) is None, "nor is it taken for the one that runs"
        assert (await streams.running())["id-ada"].stream_id == "s2"
