"""`kissbot connection`, and which way is chosen."""

import asyncio
import json
import os
import socket
import sys
import time
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result

from kissbot.app.cli import main
from kissbot.app.hub import is_gone
from kissbot.app.settings import Settings
from kissbot.app.store import open_store
from kissbot.chat.hearing import Gap, Listening, Thread
from kissbot.chat.logins import BOT, Login
from kissbot.chat.messages import Channel
from kissbot.storage.engine import Database
from kissbot.storage.state import GONE_AFTER, State
from kissbot.testing.clock import START, ManualClock
from kissbot.testing.databases import *  # noqa: F403 - pytest finds fixtures by their names here
from kissbot.transports.twitch.hearing.ways import choose
from kissbot.transports.twitch.payloads import CHAT_MESSAGE

ADA, BOB = Channel("10", "ada"), Channel("11", "bob")


def shards() -> Listening:
    """A shard that is up, one that is down, and a socket."""
    now = time.time()
    return Listening(
        way="conduit",
        why="there is a client secret",
        threads=(
            Thread(name="shard 0", way="conduit", up=True, since=now - 3700, session="s0"),
            Thread(name="shard 1", way="conduit", up=False, since=now - 3, why="the connection broke"),
            Thread(name="socket 1", way="websocket", up=True, since=now - 61, subscriptions=2),
        ),
    )


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Those of a bot that keeps everything in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    return Settings()


def shown(*options: str) -> Result:
    return CliRunner().invoke(main, ["connection", *options])


async def listens(*, runs: bool) -> None:
    """A bot that hears one channel, and not another."""
    async with open_store(Settings()) as store:
        await store.accounts.remember([ADA, BOB])
        state = State(store.database, time) if runs else store.state  # it takes no leave
        state.begins("1.0")
        state.listening(shards())
        for channel in (ADA, BOB):
            state.wanted(channel.id, CHAT_MESSAGE)
        state.subscribed(ADA.id, CHAT_MESSAGE, "sub", "conduit")
        state.refused(BOB.id, CHAT_MESSAGE, "Twitch answered 403: banned", "websocket")
        state.wanted(BOB.id, "stream.online")
        now = time.time()
        state.gap(Gap(from_at=now - 60, to_at=now - 57.5, channels=("10", "11"), why="it was unplugged"))
        await state.flush()


@pytest.mark.usefixtures("settings")
def test_everything_is_told_beside_the_running_bot() -> None:
    asyncio.run(listens(runs=True))
    result = shown()
    lines = result.output.splitlines()
    assert result.exit_code == 0
    assert lines[0] == f"{socket.gethostname()}/{os.getpid()} listens by conduit: there is a client secret"
    assert lines[1] == "  ✓ shard 0    up for 1 h"
    assert lines[2].startswith("  ✗ shard 1    down for ")
    assert lines[2].endswith(" s: the connection broke")
    assert lines[3] == "  ✓ socket 1   up for 1 min, 2 subscriptions"
    assert f"{CHAT_MESSAGE:<28} 1 enabled · 1 refused" in lines
    assert f"{'stream.online':<28} 1 wanted" in lines
    assert f"✗ bob: {CHAT_MESSAGE} refused (websocket): Twitch answered 403: banned" in lines
    assert lines[-1].endswith("(2.5 s), ada, bob: it was unplugged")


@pytest.mark.usefixtures("settings")
def test_the_same_as_json() -> None:
    asyncio.run(listens(runs=True))
    told = json.loads(shown("--json").output)
    (process,) = told["processes"]
    assert [thread["up"] for thread in process["how"]["threads"]] == [True, False, True]
    assert told["subscriptions"][CHAT_MESSAGE] == {"enabled": 1, "refused": 1}
    assert told["refused"][0]["channel"] == "bob"
    assert told["gaps"][0]["channels"] == ["10", "11"]


@pytest.mark.usefixtures("settings")
def test_a_bot_that_does_not_run_hears_nothing() -> None:
    asyncio.run(listens(runs=False))
    result = shown()
    assert result.exit_code == 1
    assert result.output.startswith("✗ KissBot is not running")


async def test_of_several_processes_each_tells_for_itself(settings: Settings) -> None:
    async with open_store(settings) as one, open_store(settings) as other:
        for store in (one, other):
            store.state.begins("1.0")
        one.state.listening(shards())
        other.state.listening(msgspec.structs.replace(shards(), threads=()))
        await one.state.flush()
        await other.state.flush()
        assert [len(how.threads) for _, how in await other.state.hearing()] == [3, 0]
    async with open_store(settings) as store:
        assert await store.state.hearing() == []


async def test_wishes_of_processes_that_are_gone_are_forgotten_by_the_only_one_left(
    database: Database, clock: ManualClock
) -> None:
    before, one, other = (State(database, clock) for _ in range(3))
    before.wanted("9", CHAT_MESSAGE)
    await before.flush()
    await clock.push(1000)
    one.wanted("10", CHAT_MESSAGE)
    one.begins("1.0")
    await one.flush()
    other.begins("1.0")
    assert await other.desired() == {("9", CHAT_MESSAGE), ("10", CHAT_MESSAGE)}
    await clock.push(GONE_AFTER + 1)
    assert await one.desired() == {("10", CHAT_MESSAGE)}


async def test_it_is_known_since_when_nobody_listens(database: Database, clock: ManualClock) -> None:
    outside = State(database, clock)
    assert await outside.away_since(lambda instance: False) == 0
    async with State(database, clock) as one:
        one.begins("1.0")
        one.socket(True)
        await one.flush()
        assert await outside.away_since(lambda instance: False) == 0
        assert await outside.away_since(lambda instance: True) == START  # it was killed
        await clock.push(100)
    await clock.push(50)
    assert await outside.away_since(lambda instance: False) == START + 100
    await clock.push(2 * 86_400)
    assert await outside.away_since(lambda instance: False) == 0


# Which way


def login(*scopes: str) -> Login:
    return Login(slot=BOT, client_id="c", token="t", scopes=frozenset(scopes))


def test_a_conduit_where_the_logins_allow_it() -> None:
    assert choose("auto", has_secret=True, login=login("user:bot")).way == "conduit"
    without_secret = choose("auto", has_secret=False, login=login("user:bot"))
    assert (without_secret.way, "client_secret" in without_secret.why) == ("websocket", True)
    without_scope = choose("auto", has_secret=True, login=login("user:read:chat"))
    assert (without_scope.way, "user:bot" in without_scope.why) == ("websocket", True)


def test_who_chooses_a_way_gets_it() -> None:
    assert choose("on", has_secret=True, login=login()).way == "conduit"
    assert choose("off", has_secret=True, login=login("user:bot")).way == "websocket"


async def test_a_process_of_this_machine_that_runs_no_more_is_gone() -> None:
    here = socket.gethostname()
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", "")
    await process.wait()
    assert is_gone(f"{here}/{process.pid}/abc")
    assert is_gone(f"{here}/{os.getpid()}/of another boot")
    assert not is_gone(f"{here}/{os.getppid()}/abc")
    assert not is_gone(f"elsewhere/{process.pid}/abc")
    assert not is_gone("nonsense")
