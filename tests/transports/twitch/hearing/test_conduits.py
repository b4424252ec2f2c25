"""Hearing through a conduit: made once, shared fairly, attached at once, never deaf while a shard is up."""

import asyncio
import time
from collections.abc import AsyncIterator, Collection, Iterator
from contextlib import asynccontextmanager

import aiohttp
import pytest
import stamina
from structlog.testing import capture_logs

from kissbot.chat.logins import APP, Login
from kissbot.chat.messages import Channel
from kissbot.storage.memory import MemoryLeases
from kissbot.transports.twitch.hearing.shards import Shared
from kissbot.transports.twitch.hearing.ways import Hub, Ways
from kissbot.transports.twitch.helix import FixedLogin, Helix

from ..conduit_twitch import ConduitTwitch, Shard, conduit_twitch
from ..ears import CHAT, Ear, Jump, listening, until
from ..login import LOGIN

CHANNELS = [Channel(str(number), f"channel{number}") for number in range(10, 20)]
IDS = sorted(channel.id for channel in CHANNELS)
APP_LOGIN = Login(slot=APP, client_id="client", token="app-token")


@pytest.fixture(autouse=True)
def at_once() -> Iterator[None]:
    """Calls are repeated without a pause."""
    with stamina.set_testing(True, attempts=2, cap=True):
        yield


class Others:
    """What all processes want."""

    wishes: Collection[tuple[str, str]] = ()

    async def __call__(self) -> Collection[tuple[str, str]]:
        return self.wishes


@pytest.fixture
async def twitch() -> AsyncIterator[ConduitTwitch]:
    async with conduit_twitch() as twitch:
        yield twitch


@pytest.fixture
def leases() -> MemoryLeases:
    return MemoryLeases(time)


@asynccontextmanager
async def process(
    twitch: ConduitTwitch,
    leases: MemoryLeases,
    name: str = "a",
    *,
    shards: int = 2,
    channels: list[Channel] = CHANNELS,
    others: Others | None = None,
    gone: Collection[str] = (),
) -> AsyncIterator[Ear]:
    """A process that listens through the conduit."""
    async with aiohttp.ClientSession() as http:
        urls = {"url": f"{twitch.url}/helix", "subscriptions_url": f"{twitch.url}/subs"}
        bot, app = (Helix(http, FixedLogin(login), **urls) for login in (LOGIN, APP_LOGIN))
        shared = Shared(leases, shards, name, lambda holder: holder in gone)
        ways = Ways(Hub(app, shared, others or Others()), "it is wanted", per_second=200)
        async with listening(http, bot, f"{twitch.url}/ws", channels, ways) as ear:
            yield ear


async def heard_everywhere(twitch: ConduitTwitch, *ears: Ear) -> None:
    """Every channel is heard by one of them, once."""
    text = f"now {time.perf_counter()}"
    before = [len(ear.heard) for ear in ears]
    for channel in CHANNELS:
        await twitch.say(channel.id, text)
    await until(lambda: sum(ear.heard.count(text) for ear in ears) == len(CHANNELS))
    assert sum(len(ear.heard) for ear in ears) - sum(before) == len(CHANNELS)


# One conduit


async def test_it_hears_every_channel_through_one_conduit(
    twitch: ConduitTwitch, leases: MemoryLeases
) -> None:
    async with process(twitch, leases) as ear:
        await ear.is_ready()
        assert twitch.chats() == IDS
        assert len(twitch.conduits) == 1
        assert len(set(twitch.attached())) == 2
        assert twitch.calls["PATCH shards"] == 1
        await heard_everywhere(twitch, ear)
        await until(
            lambda: any(one["type"] == "conduit.shard.disabled" for one in twitch.subscriptions.values())
        )
    assert sorted(ear.joined) == sorted(channel.login for channel in CHANNELS)
    assert twitch.calls["POST conduits"] == 1
    assert twitch.dropped == 0


async def test_a_conduit_is_found_not_made_again(twitch: ConduitTwitch, leases: MemoryLeases) -> None:
    for _ in range(7):
        async with process(twitch, leases) as ear:
            await ear.is_ready()
    assert list(twitch.conduits) == ["conduit-1"]
    assert twitch.calls["POST subs"] == len(CHANNELS) + 1  # the subscriptions outlive the process


async def test_one_that_is_not_remembered_is_adopted(twitch: ConduitTwitch, leases: MemoryLeases) -> None:
    twitch.conduits["of another time"] = [Shard()]
    async with process(twitch, leases) as ear:
        await ear.is_ready()
        assert await leases.fact("conduit") == "of another time"
        assert [len(shards) for shards in twitch.conduits.values()] == [2]


async def test_two_that_start_together_make_one(twitch: ConduitTwitch, leases: MemoryLeases) -> None:
    async with process(twitch, leases, "a") as one, process(twitch, leases, "b") as other:
        await asyncio.gather(one.is_ready(), other.is_ready())
    assert twitch.calls["POST conduits"] == 1


async def test_a_conduit_that_is_gone_is_replaced_and_everything_subscribed_again(
    twitch: ConduitTwitch, leases: MemoryLeases
) -> None:
    async with process(twitch, leases) as ear:
        await ear.is_ready()
        twitch.conduits.clear()
        twitch.subscriptions.clear()
        for session in list(twitch.sockets):
            twitch.abort(session)
        await until(lambda: twitch.chats() == IDS)
        await until(lambda: len(twitch.attached()) == 2)
        await heard_everywhere(twitch, ear)
    (gap,) = [gap for gap in ear.told.gaps if gap.why == "the conduit was gone"]
    assert list(gap.channels) == IDS


async def test_it_grows_and_shrinks(twitch: ConduitTwitch, leases: MemoryLeases) -> None:
    for shards in (1, 4, 2):
        async with process(twitch, leases, shards=shards) as ear:
            await ear.is_ready()
            await until(lambda: len(twitch.attached()) == shards)  # noqa: B023
            assert [len(one) for one in twitch.conduits.values()] == [shards]
            await heard_everywhere(twitch, ear)


# Subscriptions


async def test_orphans_on_the_conduit_are_removed_but_not_what_another_process_wants(
    twitch: ConduitTwitch, leases: MemoryLeases
) -> None:
    others = Others()
    async with process(twitch, leases):
        await until(lambda: twitch.chats() == IDS)
    others.wishes = [(channel.id, CHAT) for channel in CHANNELS[:5]]
    async with process(twitch, leases, channels=CHANNELS[:2], others=others) as ear:
        await ear.is_ready()
        await until(lambda: twitch.chats() == IDS[:5])


async def test_a_channel_that_is_closed_to_applications_is_heard_by_the_bots_own_account(
    twitch: ConduitTwitch, leases: MemoryLeases
) -> None:
    twitch.closed_to_apps = {"12", "13"}
    async with process(twitch, leases) as ear:
        await ear.is_ready()
        assert twitch.chats() == [one for one in IDS if one not in twitch.closed_to_apps]
        assert twitch.chats("websocket") == ["12", "13"]
        await heard_everywhere(twitch, ear)
        assert {thread.way for thread in ear.told.how.threads} == {"conduit", "websocket"}
        twitch.closed_to_apps.clear()
        ear.listener.try_again()
        await until(lambda: twitch.chats() == IDS)
        await until(lambda: len(twitch.sockets) == 2)
        await heard_everywhere(twitch, ear)


async def test_without_a_conduit_it_hears_with_the_bots_own_account(
    twitch: ConduitTwitch, leases: MemoryLeases
) -> None:
    twitch.fails["POST conduits"] = 2
    with capture_logs() as logs:
        async with process(twitch, leases) as ear:
            await until(lambda: twitch.chats("websocket") == IDS)
            await until(lambda: twitch.chats() == IDS)
            await until(lambda: not twitch.chats("websocket"))
            await until(lambda: len(twitch.sockets) == 2)
            await heard_everywhere(twitch, ear)
    ways = [entry["way"] for entry in logs if entry["event"] == "listening"]
    assert ways == ["conduit", "websocket"]


# Shards


async def test_a_shard_is_attached_again_in_no_time_and_nothing_is_lost_meanwhile(
    twitch: ConduitTwitch, leases: MemoryLeases
) -> None:
    async with process(twitch, leases) as ear:
        await ear.is_ready()
        for _ in range(3):
            started = time.perf_counter()
            twitch.abort(twitch.attached()[0])
            await heard_everywhere(twitch, ear)
            await until(lambda: len(twitch.attached()) == 2)
            assert time.perf_counter() - started < 1.5
    assert ear.told.gaps == []
    assert twitch.dropped == 0
    assert twitch.calls["POST subs"] == len(CHANNELS) + 1


async def test_when_no_shard_is_up_the_gap_is_told(twitch: ConduitTwitch, leases: MemoryLeases) -> None:
    async with process(twitch, leases) as ear:
        await ear.is_ready()
        for session in twitch.attached():
            twitch.abort(session)
        await until(lambda: ear.told.gaps)
    (gap,) = ear.told.gaps
    assert list(gap.channels) == IDS
    assert gap.seconds < 2


async def test_a_shard_that_twitch_disabled_is_attached_again(
    twitch: ConduitTwitch, leases: MemoryLeases
) -> None:
    async with process(twitch, leases) as ear:
        await ear.is_ready()
        await until(lambda: len(twitch.subscriptions) == len(CHANNELS) + 1)
        await twitch.disable("conduit-1", 0)
        await until(lambda: len(twitch.attached()) == 2)
        await heard_everywhere(twitch, ear)


async def test_a_shard_that_twitch_lost_silently_is_found_by_the_next_look(
    twitch: ConduitTwitch, leases: MemoryLeases
) -> None:
    async with process(twitch, leases) as ear:
        await ear.is_ready()
        twitch.conduits["conduit-1"][1].status = "websocket_internal_error"
        conduit = ear.listener._conduit
        assert conduit
        for held in conduit.shards._read.values():
            held.attached_at -= 60
        ear.listener.try_again()
        await until(lambda: len(twitch.attached()) == 2)


async def test_a_part_of_the_shards_may_be_refused(twitch: ConduitTwitch, leases: MemoryLeases) -> None:
    twitch.refuse_shards = ["1", "1"]
    async with process(twitch, leases) as ear:
        await ear.is_ready()
        await until(lambda: len(twitch.attached()) == 2)
        assert twitch.calls["PATCH shards"] >= 3


async def test_an_error_that_says_nothing_is_tried_again(twitch: ConduitTwitch, leases: MemoryLeases) -> None:
    twitch.fails["PATCH shards"] = 3
    async with process(twitch, leases) as ear:
        await ear.is_ready()
        await heard_everywhere(twitch, ear)


# Several processes


async def test_two_processes_share_the_shards_and_nothing_is_lost_when_one_joins(
    twitch: ConduitTwitch, leases: MemoryLeases, jump: Jump
) -> None:
    async with process(twitch, leases, "a") as one:
        await one.is_ready()
        async with process(twitch, leases, "b") as other:
            await asyncio.sleep(0.05)
            for _ in range(4):  # the second one is seen, and a shard is given, taken, and left
                jump(1.5)
                for channel in CHANNELS:
                    await twitch.say(channel.id, "hello")
                await asyncio.sleep(0.1)
            await until(lambda: len(one.listener._conduit.shards._read) == 1)  # type: ignore[union-attr]
            assert len(other.listener._conduit.shards._read) == 1  # type: ignore[union-attr]
            assert len(set(twitch.attached())) == 2
            assert len(twitch.sockets) == 2
            await heard_everywhere(twitch, one, other)
        # the other one has left
        jump(1.5)
        await until(lambda: len(one.listener._conduit.shards._read) == 2)  # type: ignore[union-attr]
        await until(lambda: len(twitch.attached()) == 2)
        await heard_everywhere(twitch, one)
    assert twitch.dropped == 0
    assert one.told.gaps == []


async def test_the_shards_of_a_process_that_was_killed_are_taken_over(twitch: ConduitTwitch) -> None:
    leases = MemoryLeases(time)
    for name in ("listener:conduit-1:dead", "shard:conduit-1:0", "shard:conduit-1:1"):
        await leases.take(name, "dead", 2.5)
    twitch.conduits["conduit-1"] = [Shard(), Shard()]
    async with process(twitch, leases) as ear:
        started = time.perf_counter()
        await until(lambda: len(twitch.attached()) == 2)
        await ear.is_ready()
        assert 1 < time.perf_counter() - started < 5


async def test_a_process_that_certainly_runs_no_more_is_not_waited_for(twitch: ConduitTwitch) -> None:
    leases = MemoryLeases(time)
    for name in ("listener:conduit-1:dead", "shard:conduit-1:0", "shard:conduit-1:1"):
        await leases.take(name, "dead", 600)
    twitch.conduits["conduit-1"] = [Shard(), Shard()]
    async with process(twitch, leases, gone=["dead"]) as ear:
        await ear.is_ready()
        await until(lambda: len(twitch.attached()) == 2)
