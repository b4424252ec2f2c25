"""Looking who is live: what is told, what is left alone, and what it costs."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import aiohttp
import pytest
import stamina
from structlog.testing import capture_logs

from kissbot.bus.memory import MemoryBus
from kissbot.chat.airing import FLAPS_WITHIN, SETTLES, STAYS_NEWS, Airing
from kissbot.chat.channels import Channels
from kissbot.chat.happenings import StreamOffline, StreamOnline
from kissbot.chat.messages import Channel
from kissbot.sandbox.twitch import Sandbox
from kissbot.storage.memory_streams import MemoryStreams
from kissbot.testing import ManualClock
from kissbot.transports.twitch.hearing.polling import Method, Polling, Watch
from kissbot.transports.twitch.helix import FixedLogin, Helix
from kissbot.transports.twitch.payloads import StreamRow
from kissbot.transports.twitch.streams import TROUBLES

from ..login import LOGIN, logged_in
from ..server import says, serving

NOW = 1_800_000_000.0
ADA, BOB = Channel("1", "ada"), Channel("2", "bob")


def row(stream: str, channel: Channel = ADA, kind: str = "live") -> dict[str, StreamRow]:
    """What Twitch shows."""
    began = datetime.fromtimestamp(NOW - 5, UTC)
    return {channel.id: StreamRow(user_id=channel.id, id=stream, type=kind, started_at=began)}


def airing(stream: str, announced: float | None = NOW, began: float = NOW - 3600) -> dict[str, Airing]:
    """What is known already."""
    return {
        ADA.id: Airing(
            channel_id=ADA.id, stream_id=stream, began_at=began, seen_at=NOW, announced_at=announced
        )
    }


def told(
    watch: Watch, kept: dict[str, Airing], shown: dict[str, StreamRow], now: float = NOW
) -> list[tuple[str, str]]:
    """What a look tells."""
    return [(type(each).__name__, each.subject) for each in watch.compare((ADA, BOB), kept, shown, now)]


def test_a_stream_that_nobody_knew_of_is_told() -> None:
    (online,) = Watch().compare((ADA, BOB), {}, row("s1"), NOW)
    assert isinstance(online, StreamOnline)
    assert (online.channel, online.stream_id, online.at.timestamp()) == (ADA, "s1", NOW - 5)


def test_a_stream_that_is_known_and_announced_is_not() -> None:
    assert told(Watch(), airing("s1"), row("s1")) == []


def test_a_stream_that_is_known_and_was_not_shown_yet_is_told_again_under_another_id() -> None:
    watch = Watch()
    kept = airing("s1", announced=None, began=NOW)
    (first,) = watch.compare((ADA,), kept, row("s1"), NOW)
    (second,) = watch.compare((ADA,), kept, row("s1"), NOW + 60)
    assert first.id != second.id
    assert told(watch, kept, row("s1"), NOW + STAYS_NEWS) == []


def test_another_stream_is_told() -> None:
    assert told(Watch(), airing("s1"), row("s2")) == [("StreamOnline", "s2")]


@pytest.mark.parametrize("kind", ["rerun", "premiere", "watch_party", ""])
def test_what_is_no_live_stream_is_neither_live_nor_offline(kind: str) -> None:
    watch = Watch()
    assert told(watch, {}, row("s1", kind=kind)) == []
    for _ in range(3):
        assert told(watch, airing("s1"), row("s1", kind=kind)) == []


def test_a_stream_has_ended_when_two_looks_in_a_row_missed_it() -> None:
    watch = Watch()
    assert told(watch, airing("s1"), {}) == []
    assert told(watch, airing("s1"), row("s1")) == []
    assert told(watch, airing("s1"), {}) == []
    assert told(watch, airing("s1"), {}) == [("StreamOffline", "s1")]


def test_a_stream_that_has_just_begun_may_not_be_shown_yet() -> None:
    watch, kept = Watch(), airing("s1", began=NOW)
    for _ in range(5):
        assert told(watch, kept, {}, NOW + SETTLES) == []
    assert told(watch, kept, {}, NOW + SETTLES + 1) == []
    assert told(watch, kept, {}, NOW + SETTLES + 2) == [("StreamOffline", "s1")]


# Against the sandbox


class Place:
    """A few channels, who looks at them, and what was told."""

    def __init__(self, twitch: Sandbox, helix: Helix, method: Method) -> None:
        self.twitch, bus = twitch, MemoryBus()
        self.told: list[StreamOnline | StreamOffline] = []
        bus.subscribe(StreamOnline, self.told.append)
        bus.subscribe(StreamOffline, self.told.append)
        channels = Channels()
        channels.here = {login: Channel(twitch.id_of(login), login) for login in twitch.channels}
        self.clock = ManualClock(time.time())
        self.streams = MemoryStreams(self.clock)
        self.polling = Polling(helix, self.streams, channels, bus, self.clock, method=method)

    async def looks(self, times: int = 1) -> list[str]:
        """What so many looks tell; who is live and who is not is noted."""
        before = len(self.told)
        for _ in range(times):
            seen = len(self.told)
            await self.polling.look()
            for each in self.told[seen:]:
                if isinstance(each, StreamOffline):
                    await self.streams.end(each)
                elif await self.streams.begin(each):
                    await self.streams.settle(each, done=True)
        return [f"{type(each).__name__} {each.channel.login}" for each in self.told[before:]]


@asynccontextmanager
async def looking(*channels: str, method: Method = "auto") -> AsyncIterator[Place]:
    async with Sandbox(channels, enforce_limits=False) as twitch, logged_in(twitch) as (_, helix):
        yield Place(twitch, helix, method)


@pytest.fixture
def at_once() -> Iterator[None]:
    with stamina.set_testing(True, attempts=1):
        yield


async def test_a_look_tells_what_changed_and_nothing_twice() -> None:
    async with looking("ada", "bob") as place:
        assert await place.looks() == []
        place.twitch.set_stream("ada", live=True, title="One more run", game="Hades")
        assert await place.looks(3) == ["StreamOnline ada"]
        place.twitch.set_stream("ada", live=False)
        assert await place.looks() == []
        assert await place.looks(3) == ["StreamOffline ada"]


async def test_unknown_is_never_shown_as_offline(at_once: None) -> None:
    async with looking("ada") as place:
        place.twitch.set_stream("ada", live=True)
        await place.looks()
        for _ in range(3):
            place.twitch.fault("refuse", status=503, path="/streams", count=20)
            with pytest.raises(TROUBLES):
                await place.looks()
        assert [each for each in place.told if isinstance(each, StreamOffline)] == []
        assert set(await place.streams.running()) == {place.twitch.id_of("ada")}


async def test_a_stream_that_ended_while_the_bot_was_away_is_not_told() -> None:
    async with looking("ada") as place:
        place.twitch.set_stream("ada", live=True)
        await place.looks()
        place.twitch.set_stream("ada", live=False)
        await place.clock.push(FLAPS_WITHIN + 1)
        assert await place.looks(4) == []
        assert await place.streams.running() == {}


async def test_two_hundred_and_fifty_channels_cost_three_calls() -> None:
    async with serving(says(200, {"data": []})) as server, aiohttp.ClientSession() as http:
        helix = Helix(http, FixedLogin(LOGIN), url=server.url, subscriptions_url="")
        channels = Channels()
        channels.here = {str(number): Channel(str(number), str(number)) for number in range(250)}
        await Polling(helix, MemoryStreams(time), channels, MemoryBus(), time, method="polling").look()
    assert [asked.path for asked in server.asked] == ["/streams"] * 3


async def test_trouble_ends_no_looking_and_is_told_once(at_once: None) -> None:
    async with looking("ada") as place:
        place.twitch.fault("refuse", status=503, path="/streams", count=6)
        with capture_logs() as logged:
            running = asyncio.create_task(place.polling.run(0.01))
            place.twitch.set_stream("ada", live=True)
            async with asyncio.timeout(5):
                while not place.told:
                    await asyncio.sleep(0.01)
            running.cancel()
        assert [entry["event"] for entry in logged].count("not_known_who_is_live") == 1


async def test_with_events_only_a_look_repeats_what_was_not_shown() -> None:
    async with looking("ada", "bob", method="eventsub") as place:
        place.twitch.set_stream("bob", live=True)
        assert await place.looks() == []
        ada, at = Channel(place.twitch.id_of("ada"), "ada"), datetime.now(UTC)
        online = StreamOnline(channel=ada, id="e1", at=at, stream_id="s1")
        assert await place.streams.begin(online)
        assert await place.looks() == []
        await place.streams.settle(online, done=False)
        assert await place.looks(3) == ["StreamOnline ada"]
