"""The listener is never deaf for longer than it must be."""

import asyncio
import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
import stamina
from aiohttp import web
from structlog.testing import capture_logs

from kissbot.chat.messages import Channel
from kissbot.sandbox.socket import Timing
from kissbot.sandbox.twitch import Sandbox
from kissbot.transports.twitch.helix import ATTEMPTS

from ..ears import CHAT, PATIENCE, SUBSCRIPTIONS, Jump, deaf, listening_at, listening_to, subscribed
from ..frames import chat, reconnect, welcome
from ..server import Answer


@pytest.fixture
def at_once() -> Iterator[None]:
    """Calls are repeated without a pause."""
    with stamina.set_testing(True, attempts=ATTEMPTS, cap=True):
        yield


# The beginning


async def test_it_hears_every_channel_and_says_so_once() -> None:
    async with Sandbox(("ada", "bob")) as twitch, listening_to(twitch) as ear:
        await asyncio.wait_for(ear.listener.ready.wait(), PATIENCE)
        twitch.say("ada", user="vera", text="in Ada's")
        twitch.say("bob", user="vera", text="in Bob's")
        await ear.hears("in Bob's")
        twitch.fault("drop")
        await deaf(twitch)
        await subscribed(twitch, "ada", "bob")
    assert ear.heard == ["in Ada's", "in Bob's"]
    assert sorted(ear.joined) == ["ada", "bob"]


@pytest.mark.alone
async def test_many_channels_are_subscribed_side_by_side() -> None:
    names = tuple(f"channel{number}" for number in range(60))
    async with Sandbox(names) as twitch:
        twitch.fault("slow", seconds=0.1, path=SUBSCRIPTIONS, count=60)
        async with listening_to(twitch):
            started = time.perf_counter()
            await subscribed(twitch, *names)
            assert time.perf_counter() - started < 2


async def test_a_refused_channel_leaves_the_others_alone() -> None:
    async with Sandbox(("ada", "bob")) as twitch:
        twitch.fault("refuse", status=403, path=SUBSCRIPTIONS)
        with capture_logs() as logs:
            async with listening_to(twitch) as ear:
                await asyncio.wait_for(ear.listener.ready.wait(), PATIENCE)
                (heard,) = ear.joined
                twitch.say(heard, user="vera", text="hello")
                await ear.hears("hello")
    (refused,) = [entry["channel"] for entry in logs if entry["event"] == "subscription_refused"]
    assert {heard, refused} == {"ada", "bob"}


@pytest.mark.usefixtures("at_once")
async def test_a_channel_is_not_given_up_because_twitch_was_in_trouble() -> None:
    async with Sandbox(("ada", "bob")) as twitch:
        twitch.fault("refuse", status=503, path=SUBSCRIPTIONS, count=2 * ATTEMPTS)
        async with listening_to(twitch) as ear:
            await asyncio.wait_for(ear.listener.ready.wait(), PATIENCE)
            await subscribed(twitch, "ada", "bob")


# Moving to another socket


async def test_a_reconnect_loses_no_message_while_lines_flow() -> None:
    lines = [f"line {number}" for number in range(600)]
    async with Sandbox(("ada", "bob")) as twitch, listening_to(twitch) as ear:
        await subscribed(twitch, "ada", "bob")
        for number, line in enumerate(lines):
            if number in (100, 300, 500):
                twitch.fault("reconnect")
            twitch.say("ada", user="vera", text=line)
            if number % 10 == 0:
                await asyncio.sleep(0.001)
        await ear.hears(lines[-1])
        await subscribed(twitch, "ada", "bob")
    assert sorted(set(ear.heard), key=lines.index) == lines
    assert sorted(ear.joined) == ["ada", "bob"]


class Moving:
    """A Twitch that asks to move at once, and leaves it to the test to welcome the new socket."""

    def __init__(self) -> None:
        self.moving, self.old_closed = asyncio.Event(), asyncio.Event()
        self.old: web.WebSocketResponse
        self.new: web.WebSocketResponse
        self.raw_query = ""

    async def first(self, request: web.Request) -> web.StreamResponse:
        self.old = await accepted(request)
        await self.old.send_json(welcome("s1"))
        await self.old.send_json(reconnect(f"http://{request.host}/ws?challenge=a%2Bb%3D&id=%7Es1"))
        await self.old.receive()
        self.old_closed.set()
        return self.old

    async def second(self, request: web.Request) -> web.StreamResponse:
        self.raw_query = request.raw_path.partition("?")[2]
        self.new = await accepted(request)
        self.moving.set()
        await self.new.receive()
        return self.new


async def accepted(request: web.Request) -> web.WebSocketResponse:
    """A WebSocket connection."""
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    return socket


async def test_the_old_socket_is_read_until_the_new_one_is_welcomed(jump: Jump) -> None:
    twitch = Moving()
    async with listening_at(twitch.first, twitch.second) as ear:
        await asyncio.wait_for(twitch.moving.wait(), PATIENCE)
        await twitch.old.send_json(chat("before the welcome"))
        await ear.hears("before the welcome")
        await twitch.new.send_json(welcome("s1"))
        await twitch.new.send_json(chat("on the new socket"))
        await ear.hears("on the new socket")
        await twitch.old.send_json(chat("a straggler"))
        await ear.hears("a straggler")
        assert not twitch.old_closed.is_set()
        jump(1)
        await asyncio.wait_for(twitch.old_closed.wait(), PATIENCE)
        await twitch.new.send_json(chat("still here"))
        await ear.hears("still here")


async def test_the_reconnect_address_is_used_as_it_is() -> None:
    twitch = Moving()
    async with listening_at(twitch.first, twitch.second):
        await asyncio.wait_for(twitch.moving.wait(), PATIENCE)
    assert twitch.raw_query == "challenge=a%2Bb%3D&id=%7Es1"


async def test_a_reconnect_address_that_is_not_valid_leads_back_to_the_first() -> None:
    async def invalid(request: web.Request) -> web.StreamResponse:
        assert "challenge" in request.query
        socket = await accepted(request)
        await socket.close(code=4007)
        return socket

    async def fresh(request: web.Request) -> web.StreamResponse:
        assert request.query["keepalive_timeout_seconds"] == "10"
        return await says_and_stays(welcome("s2"), chat("from the start"))(request)

    async with listening_at(Moving().first, invalid, fresh) as ear:
        await ear.hears("from the start")


# The end of a connection


@pytest.mark.alone
async def test_after_a_broken_connection_it_is_back_in_under_two_seconds() -> None:
    async with Sandbox(("ada", "bob")) as twitch, listening_to(twitch) as ear:
        for attempt in range(3):
            await subscribed(twitch, "ada", "bob")
            twitch.fault("drop")
            broken = time.perf_counter()
            await deaf(twitch)
            await subscribed(twitch, "ada", "bob")
            twitch.say("bob", user="vera", text=f"back {attempt}")
            await ear.hears(f"back {attempt}")
            assert time.perf_counter() - broken < 2


@pytest.mark.parametrize(
    ("code", "why"),
    [
        (4000, "internal error"),
        (4001, "forbidden"),
        (4002, "pong"),
        (4005, "timeout"),
        (4006, "network error"),
    ],
)
async def test_whatever_closes_the_socket_it_comes_back_and_says_why(code: int, why: str) -> None:
    with capture_logs() as logs:
        async with Sandbox(("ada",)) as twitch, listening_to(twitch) as ear:
            await subscribed(twitch, "ada")
            twitch.fault("close", code=code)
            await deaf(twitch)
            await subscribed(twitch, "ada")
            twitch.say("ada", user="vera", text="hello again")
            await ear.hears("hello again")
    (lost,) = [entry["why"] for entry in logs if entry["event"] == "twitch_connection_lost"]
    assert why in lost


async def test_a_socket_on_which_nothing_may_be_subscribed_is_tried_again() -> None:
    with capture_logs() as logs:
        async with Sandbox(("ada", "bob"), timing=Timing(subscribe_within=0.05)) as twitch:
            twitch.fault("refuse", status=403, path=SUBSCRIPTIONS, count=4)
            async with listening_to(twitch) as ear:
                await subscribed(twitch, "ada", "bob")
                twitch.say("ada", user="vera", text="at last")
                await ear.hears("at last")
    reasons = [entry["why"] for entry in logs if entry["event"] == "twitch_connection_lost"]
    assert reasons == ["nothing was subscribed in time"] * 2
    first, second = [entry["seconds"] for entry in logs if entry["event"] == "twitch_reconnecting"][:2]
    assert first <= 0.2 <= second <= 0.4


async def test_a_door_that_is_shut_is_knocked_at_again() -> None:
    async with Sandbox(("ada",)) as twitch, listening_to(twitch) as ear:
        await subscribed(twitch, "ada")
        with capture_logs() as logs:
            twitch.fault("unplug")
            while not any(entry["event"] == "twitch_unreachable" for entry in logs):
                await asyncio.sleep(0.001)
        assert not ear.listener.ready.is_set()
        twitch.fault("plug")
        await subscribed(twitch, "ada")
        await asyncio.wait_for(ear.listener.ready.wait(), PATIENCE)


async def test_a_session_that_is_over_subscribes_no_more() -> None:
    async with Sandbox(("ada", "bob")) as twitch:
        twitch.fault("slow", seconds=0.05, path=SUBSCRIPTIONS, count=2)
        with capture_logs() as logs:
            async with listening_to(twitch) as ear:
                while not twitch.state()["sockets"]:
                    await asyncio.sleep(0.001)
                twitch.fault("drop")
                await asyncio.wait_for(ear.listener.ready.wait(), PATIENCE)
                await subscribed(twitch, "ada", "bob")
    assert not [entry for entry in logs if entry["event"] == "subscription_refused"]


async def test_a_revoked_subscription_is_told() -> None:
    with capture_logs() as logs:
        async with Sandbox(("ada",)) as twitch, listening_to(twitch):
            await subscribed(twitch, "ada")
            twitch.fault("revoke", status="user_removed")
            while not (told := [entry for entry in logs if entry["event"] == "subscription_revoked"]):
                await asyncio.sleep(0.001)
    assert (told[0]["type"], told[0]["why"]) == (CHAT, "user_removed")


# Coming and going


async def test_a_channel_is_joined_and_parted_while_the_bot_runs() -> None:
    async with Sandbox(("ada", "bob")) as twitch, listening_to(twitch) as ear:
        await asyncio.wait_for(ear.listener.ready.wait(), PATIENCE)
        bob = Channel(twitch.id_of("bob"), "bob")
        ear.listener.part(bob)
        await subscribed(twitch, "ada")
        ear.listener.join(bob)
        await subscribed(twitch, "ada", "bob")
        twitch.say("bob", user="vera", text="back again")
        await ear.hears("back again")
    assert ear.joined.count("bob") == 2


@pytest.mark.usefixtures("at_once")
async def test_a_channel_is_parted_although_twitch_is_in_trouble() -> None:
    async with Sandbox(("ada", "bob")) as twitch, listening_to(twitch) as ear:
        await subscribed(twitch, "ada", "bob")
        twitch.fault("refuse", status=503, path=SUBSCRIPTIONS, count=ATTEMPTS + 1)
        ear.listener.part(Channel(twitch.id_of("bob"), "bob"))
        await subscribed(twitch, "ada")


async def test_a_channel_that_was_joined_before_a_reconnect_is_parted_after_it() -> None:
    async with Sandbox(("ada", "bob")) as twitch, listening_to(twitch) as ear:
        await subscribed(twitch, "ada", "bob")
        twitch.fault("reconnect")
        twitch.say("ada", user="vera", text="moved")
        await ear.hears("moved")
        ear.listener.part(Channel(twitch.id_of("bob"), "bob"))
        await subscribed(twitch, "ada")


async def test_what_was_revoked_is_asked_for_again_once_something_is_mended() -> None:
    async with Sandbox(("ada",)) as twitch, listening_to(twitch) as ear:
        await subscribed(twitch, "ada")
        twitch.fault("revoke", status="authorization_revoked")
        while not any(told[0] == "revoked" for told in ear.told.all):
            await asyncio.sleep(0.001)
        await subscribed(twitch)
        ear.listener.try_again()
        while ear.told.all[-1][0] != "subscribed":
            await asyncio.sleep(0.001)
    ada = twitch.id_of("ada")
    assert ear.told.all == [
        ("connected",),
        ("subscribed", ada, CHAT),
        ("revoked", ada, CHAT, "authorization_revoked"),
        ("subscribed", ada, CHAT),
        ("lost",),
    ]


# Silence


async def test_a_socket_that_is_silent_beyond_its_keep_alive_is_given_up(jump: Jump) -> None:
    with capture_logs() as logs:
        async with Sandbox(("ada",)) as twitch, listening_to(twitch) as ear:
            await subscribed(twitch, "ada")
            twitch.fault("silence", seconds=60)
            jump(12.1)
            await deaf(twitch)
            await subscribed(twitch, "ada")
            twitch.say("ada", user="vera", text="can you hear me?")
            await ear.hears("can you hear me?")
    assert [entry["seconds"] >= 12 for entry in logs if entry["event"] == "twitch_silent"] == [True]


async def test_keep_alives_keep_a_quiet_socket(jump: Jump) -> None:
    async with Sandbox(("ada",), timing=Timing(keepalive=0.005)) as twitch, listening_to(twitch):
        await subscribed(twitch, "ada")
        (before,) = twitch.state()["sockets"]
        for _ in range(5):
            jump(9)
            await asyncio.sleep(0.02)
        (after,) = twitch.state()["sockets"]
    assert after["id"] == before["id"]


async def test_a_socket_without_a_welcome_is_given_up(jump: Jump) -> None:
    connected = asyncio.Event()

    async def mute(request: web.Request) -> web.StreamResponse:
        socket = await accepted(request)
        connected.set()
        await socket.receive()
        return socket

    async with listening_at(mute, says_and_stays(welcome("s1"), chat("welcome!"))) as ear:
        await asyncio.wait_for(connected.wait(), PATIENCE)
        await asyncio.sleep(0.01)
        jump(10)
        await ear.hears("welcome!")


# What should never happen


def says_and_stays(*frames: dict[str, Any] | bytes) -> Answer:
    """A connection on which these frames come, and then nothing until the other side leaves."""

    async def answer(request: web.Request) -> web.StreamResponse:
        socket = await accepted(request)
        for frame in frames:
            await socket.send_str(frame.decode() if isinstance(frame, bytes) else json.dumps(frame))
        await socket.receive()
        return socket

    return answer


async def test_a_bad_frame_is_passed_over() -> None:
    async with listening_at(says_and_stays(welcome("s1"), b"{", b"", b"[" * 9999, chat("hello"))) as ear:
        await ear.hears("hello")


async def test_a_connection_that_begins_without_a_welcome_is_replaced() -> None:
    rude = says_and_stays(chat("no hello?"))
    async with listening_at(rude, rude, says_and_stays(welcome("s1"), chat("hello"))) as ear:
        await ear.hears("hello")
    assert ear.heard == ["hello"]


async def test_noise_on_the_wire_costs_a_connection_and_no_more() -> None:
    async def noise(request: web.Request) -> web.StreamResponse:
        socket = await accepted(request)
        await socket.send_json(welcome("s1"))
        assert request.transport
        request.transport.write(b"\xff\xff\xff\xff this is no WebSocket frame")
        await socket.receive()
        return socket

    async with listening_at(noise, says_and_stays(welcome("s2"), chat("hello"))) as ear:
        await ear.hears("hello")


async def test_it_sends_nothing_that_twitch_forbids() -> None:
    """Whoever sends anything but pongs is closed with 4001."""
    with capture_logs() as logs:
        async with Sandbox(("ada",)) as twitch, listening_to(twitch) as ear:
            await subscribed(twitch, "ada")
            for number in range(50):
                twitch.say("ada", user="vera", text=str(number))
            await ear.hears("49")
    assert not [entry for entry in logs if entry["event"] == "twitch_connection_lost"]


@pytest.mark.alone
async def test_a_peer_that_never_says_good_bye_holds_nothing_up(jump: Jump) -> None:
    leave = asyncio.Event()

    async def dead(request: web.Request) -> web.StreamResponse:
        socket = await accepted(request)
        await socket.send_json(welcome("s1"))
        await socket.send_json(chat("hello"))
        await leave.wait()
        return socket

    async with listening_at(dead, dead) as ear:
        await ear.hears("hello")
        jump(12.1)  # it is silent for too long
        await asyncio.sleep(0.01)
        jump(1.1)  # it does not answer our close frame
        await ear.hears("hello")
        leaving = time.perf_counter()
    assert time.perf_counter() - leaving < 1
