"""The conduit against the sandbox, which reads Twitch's documentation in its own way."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import stamina
from structlog.testing import capture_logs

from kissbot.chat.happenings import StreamOnline
from kissbot.chat.messages import Channel
from kissbot.sandbox.twitch import Sandbox
from kissbot.storage.memory import MemoryLeases
from kissbot.transports.twitch.hearing.kinds import kinds_for
from kissbot.transports.twitch.hearing.shards import Shared
from kissbot.transports.twitch.hearing.ways import Hub, Ways
from kissbot.transports.twitch.helix import FixedLogin, Helix
from kissbot.transports.twitch.oauth import OAuth

from ..ears import CHAT, SUBSCRIPTIONS, Ear, listening, until
from ..login import logged_in

NAMES = tuple(f"channel{number}" for number in range(12))


@pytest.fixture(autouse=True)
def at_once() -> Iterator[None]:
    """Calls are repeated without a pause."""
    with stamina.set_testing(True, attempts=2, cap=True):
        yield


@pytest.fixture
async def twitch() -> AsyncIterator[Sandbox]:
    async with Sandbox(NAMES) as twitch:
        yield twitch


async def _nobody_else() -> list[tuple[str, str]]:
    return []


@asynccontextmanager
async def process(
    twitch: Sandbox, leases: MemoryLeases | None = None, name: str = "a", *, shards: int = 2
) -> AsyncIterator[Ear]:
    """A process that listens through the conduit."""
    login = twitch.credentials
    async with logged_in(twitch) as (http, bot):
        oauth = OAuth(http, twitch.urls.oauth, login.client_id, login.client_secret)
        urls = {"url": twitch.urls.helix, "subscriptions_url": twitch.urls.subscriptions}
        app = Helix(http, FixedLogin(await oauth.app_token()), **urls)
        shared = Shared(leases or MemoryLeases(time), shards, name)
        ways = Ways(Hub(app, shared, _nobody_else), per_second=200)
        channels = [Channel(twitch.id_of(channel), channel) for channel in twitch.channels]
        async with listening(http, bot, twitch.urls.eventsub, channels, ways) as ear:
            yield ear


def shards_of(twitch: Sandbox) -> list[dict[str, Any]]:
    """Those of the only conduit."""
    (conduit,) = twitch.state()["conduits"]
    found: list[dict[str, Any]] = conduit["shards"]
    return found


def up(twitch: Sandbox) -> int:
    """How many shards get events."""
    return sum(shard["status"] == "enabled" for shard in shards_of(twitch))


async def hears_all(twitch: Sandbox, *ears: Ear) -> None:
    """Every channel is heard, once."""
    text = f"now {time.perf_counter()}"
    for channel in twitch.channels:
        twitch.say(channel, user="vera", text=text)
    await until(lambda: sum(ear.heard.count(text) for ear in ears) == len(twitch.channels))


async def test_it_hears_every_channel(twitch: Sandbox) -> None:
    async with process(twitch) as ear:
        await ear.is_ready()
        await until(lambda: up(twitch) == 2)
        await hears_all(twitch, ear)
        assert twitch.audible == len(NAMES)
        await until(lambda: "conduit.shard.disabled" in twitch.state()["subscriptions"])
    assert sorted(ear.joined) == sorted(NAMES)


async def test_an_answer_that_does_not_come_is_not_waited_for(twitch: Sandbox) -> None:
    async with process(twitch) as ear:
        await ear.is_ready()
        await until(lambda: up(twitch) == 2)
        twitch.fault("slow", seconds=60, path="/shards", count=2)
        twitch.fault("drop")
        await until(lambda: up(twitch) == 0)
        await until(lambda: up(twitch) == 2)
        await hears_all(twitch, ear)


@pytest.mark.parametrize(
    ("fault", "details"),
    [
        ("drop", {"shard": "0"}),
        ("close", {"shard": "1", "code": 4000}),
        ("reconnect", {}),
        ("shard_loss", {"shard": "0"}),
    ],
)
async def test_one_shard_in_trouble_costs_no_line(
    twitch: Sandbox, fault: str, details: dict[str, Any]
) -> None:
    async with process(twitch) as ear:
        await ear.is_ready()
        await until(lambda: up(twitch) == 2 and "conduit.shard.disabled" in twitch.state()["subscriptions"])
        for _ in range(3):
            twitch.fault(fault, **details)
            await hears_all(twitch, ear)
            await until(lambda: up(twitch) == 2)
            await asyncio.sleep(0.02)
            await hears_all(twitch, ear)
    assert ear.told.gaps == []
    assert len(ear.joined) == len(NAMES)


async def test_all_shards_in_trouble_is_a_short_gap_that_is_told(twitch: Sandbox) -> None:
    async with process(twitch) as ear:
        await ear.is_ready()
        await until(lambda: up(twitch) == 2)
        twitch.fault("drop")
        await until(lambda: ear.told.gaps)
        await hears_all(twitch, ear)
    (gap,) = ear.told.gaps
    assert gap.seconds < 2
    assert len(gap.channels) == len(NAMES)


async def test_where_the_application_may_not_read_the_bots_own_account_does(twitch: Sandbox) -> None:
    twitch.set_bot_rank("channel3", "everyone")
    with capture_logs() as logs:
        async with process(twitch) as ear:
            await ear.is_ready()
            await hears_all(twitch, ear)
            assert len(twitch.state()["sockets"]) == 3
    (told,) = [entry for entry in logs if entry["event"] == "not_by_conduit"]
    assert told["channel"] == "channel3"
    assert not [one for one in ear.told.all if one[0] == "refused"]


async def test_what_happens_comes_through_the_conduit(twitch: Sandbox) -> None:
    async with process(twitch) as ear:
        await ear.is_ready()
        for channel in ear.listener.channels:
            ear.listener.join(channel, kinds_for([StreamOnline]))
        await until(lambda: len(twitch.state()["subscriptions"].get("stream.online", ())) == len(NAMES))
        for name in NAMES:
            twitch.set_stream(name, live=True)
        await until(lambda: len(ear.happened) == len(NAMES))
    assert sorted(one.channel.login for one in ear.happened) == sorted(NAMES)


async def test_a_revoked_subscription_is_told_and_tried_again_when_something_is_mended(
    twitch: Sandbox,
) -> None:
    async with process(twitch) as ear:
        await ear.is_ready()
        twitch.fault("revoke", type=CHAT, status="chat_user_banned", channel="channel2")
        await until(lambda: any(one[0] == "revoked" for one in ear.told.all))
        assert twitch.audible == len(NAMES) - 1
        ear.listener.try_again()
        await until(lambda: twitch.audible == len(NAMES))
        await hears_all(twitch, ear)
        await until(lambda: ear.told.gaps)
    (gap,) = ear.told.gaps
    assert gap.channels == (twitch.id_of("channel2"),)


async def test_a_start_in_a_storm_of_errors_ends_well(twitch: Sandbox) -> None:
    twitch.fault("refuse", status=500, path="eventsub/conduits", count=3)
    twitch.fault("refuse", status=503, path=SUBSCRIPTIONS, count=10)
    twitch.fault("refuse", status=429, path=SUBSCRIPTIONS, count=4)
    async with process(twitch) as ear:
        await until(lambda: twitch.audible == len(NAMES))
        await ear.is_ready()
        await hears_all(twitch, ear)
    assert len(twitch.state()["conduits"]) == 1


async def test_two_processes_hear_everything_once(twitch: Sandbox) -> None:
    leases = MemoryLeases(time)
    async with process(twitch, leases, "a") as one, process(twitch, leases, "b") as other:
        await until(lambda: up(twitch) == 2)
        await asyncio.gather(one.is_ready(), other.is_ready())
        await hears_all(twitch, one, other)
        again = Counter(one.heard + other.heard)
        assert set(again.values()) == {len(NAMES)}
