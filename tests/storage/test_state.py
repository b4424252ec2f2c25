"""What a running bot lets others see of itself."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from kissbot.storage.engine import Database
from kissbot.storage.open import open_database
from kissbot.storage.state import BEAT_EVERY, GONE_AFTER, State, Subscription
from kissbot.storage.tables import instances
from kissbot.storage.trail import SqlTrail
from kissbot.storage.trouble import StorageTrouble
from kissbot.testing.clock import START, ManualClock
from kissbot.testing.contracts.trail import step

CHAT = "channel.chat.message"


@pytest.fixture
async def bot(database: Database, clock: ManualClock) -> AsyncIterator[State]:
    """The state of a bot that runs."""
    async with State(database, clock) as bot:
        bot.begins("1.2.3")
        yield bot


@pytest.fixture
def outside(database: Database, clock: ManualClock) -> State:
    """The same, as another process sees it."""
    return State(database, clock)


async def test_a_bot_that_runs_is_seen(bot: State, outside: State) -> None:
    await bot.flush()
    (instance,) = await outside.running()
    assert (instance.version, instance.started_at, instance.beat_at) == ("1.2.3", START, START)
    assert instance.host
    assert instance.pid


async def test_who_only_looks_is_no_bot(database: Database, clock: ManualClock, outside: State) -> None:
    async with State(database, clock):
        assert await outside.running() == []


async def test_a_bot_that_gives_no_sign_of_life_is_gone(
    bot: State, outside: State, clock: ManualClock
) -> None:
    await bot.flush()
    await clock.push(GONE_AFTER - 1)
    assert len(await outside.running()) == 1
    await clock.push(1)
    assert await outside.running() == []
    await bot.flush()
    assert [instance.beat_at for instance in await outside.running()] == [clock.time()]


async def test_a_bot_that_ends_takes_its_leave(
    database: Database, clock: ManualClock, outside: State
) -> None:
    async with State(database, clock) as bot:
        bot.begins("1")
        bot.socket(True)
        assert len(await bot.running()) == 1
    assert await outside.running() == []
    assert (await outside.of_channel("1")).connected is False
    async with database.reading() as connection:
        assert await connection.scalar(sa.select(sa.func.count(instances.c.id))) == 0


async def test_of_an_unknown_channel_nothing_is_known(outside: State) -> None:
    found = await outside.of_channel("1")
    assert (found.subscriptions, found.heard_at, found.event_at, found.connected) == ((), None, None, None)


async def test_a_subscription_is_wanted_first_then_what_became_of_it(bot: State, outside: State) -> None:
    async def seen() -> Subscription | None:
        await bot.flush()
        return (await outside.of_channel("1")).of(CHAT)

    bot.wanted("1", CHAT)
    assert await seen() == Subscription(CHAT, "wanted", at=START)
    bot.refused("1", CHAT, "403 Forbidden")
    assert await seen() == Subscription(CHAT, "refused", "403 Forbidden", START)
    bot.subscribed("1", CHAT, "sub-1")
    assert await seen() == Subscription(CHAT, "enabled", "", START, "sub-1")
    bot.revoked("1", CHAT, "authorization_revoked")
    assert await seen() == Subscription(CHAT, "revoked", "authorization_revoked", START)
    bot.unwanted("1", CHAT)
    assert await seen() is None


async def test_channels_and_kinds_do_not_see_each_other(bot: State, outside: State) -> None:
    bot.subscribed("1", CHAT, "a")
    bot.refused("1", "channel.follow", "no")
    bot.subscribed("2", CHAT, "b")
    await bot.flush()
    assert [found.status for found in (await outside.of_channel("1")).subscriptions] == ["enabled", "refused"]
    assert [found.id for found in (await outside.of_channel("2")).subscriptions] == ["b"]


async def test_the_socket_is_up_or_down_since_then(bot: State, outside: State, clock: ManualClock) -> None:
    bot.socket(True)
    await clock.push(7)
    await bot.flush()
    found = await outside.of_channel("1")
    assert (found.connected, found.connected_since) == (True, START)
    bot.socket(False)
    await bot.flush()
    found = await outside.of_channel("1")
    assert (found.connected, found.connected_since) == (False, START + 7)


async def test_it_is_known_when_the_latest_line_came(bot: State, outside: State, clock: ManualClock) -> None:
    bot.heard("1")
    await clock.push(3)
    bot.heard("2")
    await bot.flush()
    found = await outside.of_channel("1")
    assert (found.heard_at, found.event_at) == (START, START + 3)


async def test_the_bot_itself_sees_what_happened_a_moment_ago(bot: State) -> None:
    bot.heard("1")
    bot.subscribed("1", CHAT, "sub")
    found = await bot.of_channel("1")
    assert found.heard_at == START
    assert found.of(CHAT)


async def test_ten_thousand_channels_are_written_at_once(bot: State, outside: State) -> None:
    for number in range(10_000):
        bot.wanted(str(number), CHAT)
        bot.heard(str(number))
    await bot.flush()
    found = await outside.of_channel("9999")
    assert found.of(CHAT)
    assert found.heard_at == START


async def test_two_bots_do_not_get_in_each_others_way(database: Database, clock: ManualClock) -> None:
    bots = [State(database, clock) for _ in range(2)]
    for number, bot in enumerate(bots):
        bot.begins(str(number))
        for channel in range(1000):
            bot.heard(str(channel if number else 999 - channel))
    await asyncio.gather(*(bot.flush() for bot in bots))
    assert len(await bots[0].running()) == 2


async def test_it_is_written_each_second_by_itself(
    outside: State, clock: ManualClock, database: Database
) -> None:
    clock.rule(asyncio.get_running_loop())
    async with SqlTrail(database) as trail, State(database, clock) as bot:
        trail.note(step(1))
        bot.socket(True)
        seen = SqlTrail(database)
        for _ in range(100):
            await clock.push(BEAT_EVERY)
            if await seen.latest("ada") and (await outside.of_channel("1")).connected:
                return
    pytest.fail("nothing was written")


async def test_trouble_is_told_once_and_nothing_is_lost(tmp_path: Path, clock: ManualClock) -> None:
    async with open_database(str(tmp_path / "kissbot.db"), busy_seconds=0) as database:
        async with open_database(str(tmp_path / "kissbot.db")) as other:
            trail, state = SqlTrail(database), State(database, clock)
            trail.note(step(1))
            state.socket(True)
            async with other.writing():
                for flush in (trail.flush, state.flush, trail.flush, state.flush):
                    with pytest.raises(StorageTrouble, match="locked"):
                        await flush()
                trail.note(step(2))
                state.socket(False)
        assert await trail.latest("ada") == [step(2), step(1)]
        assert (await state.of_channel("1")).connected is False


async def test_trouble_while_leaving_is_told(tmp_path: Path) -> None:
    path = str(tmp_path / "kissbot.db")
    async with open_database(path, busy_seconds=0) as database, open_database(path) as other, other.writing():
        with capture_logs() as logs:
            async with SqlTrail(database) as trail:
                trail.note(step(1))
    assert [(entry["event"], entry["what"]) for entry in logs] == [("writing_failed", "trail")]
