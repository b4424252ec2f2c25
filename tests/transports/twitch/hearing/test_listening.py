"""What hurts users of other bots: deaf after a reconnect, one refusal that takes the rest down, budgets."""

import asyncio
import time
from collections.abc import Iterator

import pytest
import stamina
from aiohttp import web
from structlog.testing import capture_logs

from kissbot.chat.happenings import Cheered, Raided, StreamOffline, StreamOnline
from kissbot.chat.messages import Channel, Rank
from kissbot.sandbox.socket import Timing
from kissbot.sandbox.twitch import Sandbox
from kissbot.transports.twitch.hearing.desk import Desk
from kissbot.transports.twitch.hearing.kinds import kinds_for
from kissbot.transports.twitch.hearing.session import Ways
from kissbot.transports.twitch.helix import ATTEMPTS

from ..ears import CHAT, SUBSCRIPTIONS, Ear, Jump, listening_at, listening_to, subscribed, until
from ..frames import badges, chat, frame, welcome
from ..login import logged_in

FAST = Ways(per_second=200)
STREAMS = kinds_for([StreamOnline, StreamOffline])


@pytest.fixture
def at_once() -> Iterator[None]:
    """Calls are repeated without a pause."""
    with stamina.set_testing(True, attempts=ATTEMPTS, cap=True):
        yield


class Earlier:
    """A clock that is a minute late, so that all that the sandbox makes is old."""

    def time(self) -> float:
        return time.time() - 60


def counts(twitch: Sandbox) -> dict[str, int]:
    """The subscriptions of each type."""
    return {kind: len(channels) for kind, channels in twitch.state()["subscriptions"].items()}


def refusals(ear: Ear) -> list[tuple[str, str]]:
    """What was refused, and why."""
    return [(told[2], told[3]) for told in ear.told.all if told[0] == "refused"]


# After a reconnect the subscriptions are gone (pain 2)


async def test_after_a_reconnect_every_subscription_is_there_again() -> None:
    names = tuple(f"channel{number}" for number in range(40))
    async with Sandbox(names) as twitch, listening_to(twitch, ways=FAST) as ear:
        for channel in ear.listener.channels[:4]:
            ear.listener.join(channel, STREAMS)
        await until(lambda: counts(twitch) == {CHAT: 40, "stream.online": 4, "stream.offline": 4})
        for _ in range(3):
            twitch.fault("drop")
            await until(lambda: not counts(twitch))
            await until(lambda: counts(twitch) == {CHAT: 40, "stream.online": 4, "stream.offline": 4})


async def test_what_twitch_does_not_list_is_made_again_whatever_we_believe(jump: Jump) -> None:
    """A set in memory that said "subscribed" kept other bots deaf for ever."""
    async with (
        Sandbox(("ada", "bob"), timing=Timing(keepalive=0.01)) as twitch,
        listening_to(twitch) as ear,
        logged_in(twitch) as (_, helix),
    ):
        await ear.is_ready()
        desk, ada = Desk(helix), twitch.id_of("ada")
        (lost,) = [one.id for one in await desk.subscriptions() if ada in one.condition.values()]
        await desk.unsubscribe(lost)
        ear.listener.try_again()  # it is too young to be missed
        await asyncio.sleep(0.05)
        await subscribed(twitch, "bob")
        for _ in range(2):
            jump(6)
            await asyncio.sleep(0.05)  # for a keep-alive
        await subscribed(twitch, "ada", "bob")
        await until(lambda: ear.told.gaps)
    (gap,) = ear.told.gaps
    assert (gap.channels, gap.why) == ((ada,), "Twitch ended the subscription")


async def test_orphans_of_ours_are_removed() -> None:
    async with (
        Sandbox(("ada", "bob"), clock=Earlier()) as twitch,
        listening_to(twitch, "ada", ways=FAST) as ear,
        logged_in(twitch) as (_, helix),
    ):
        await subscribed(twitch, "ada")
        (socket,) = twitch.state()["sockets"]
        condition = {"broadcaster_user_id": twitch.id_of("bob"), "user_id": helix.login.user_id}
        transport = {"method": "websocket", "session_id": socket["id"]}
        await Desk(helix).subscribe(CHAT, "1", condition, transport)
        await subscribed(twitch, "ada", "bob")
        ear.listener.try_again()
        await subscribed(twitch, "ada")


async def test_two_processes_with_one_account_leave_each_other_alone() -> None:
    async with (
        Sandbox(("ada", "bob"), clock=Earlier()) as twitch,
        listening_to(twitch, "ada") as one,
        listening_to(twitch, "ada", "bob") as other,
    ):
        await subscribed(twitch, "ada", "ada", "bob")
        one.listener.try_again()
        other.listener.try_again()
        await asyncio.sleep(0.1)
        twitch.say("ada", user="vera", text="both hear me")
        await asyncio.gather(one.hears("both hear me"), other.hears("both hear me"))
        await subscribed(twitch, "ada", "ada", "bob")


# One refused subscription (pain 6), and budgets (pain 5)


async def test_a_refused_scope_takes_no_other_subscription_down() -> None:
    async with Sandbox(("ada",)) as twitch, listening_to(twitch, ways=FAST) as ear:
        (ada,) = ear.listener.channels
        ear.listener.join(ada, {"channel.follow", *STREAMS})
        await until(lambda: counts(twitch) == {CHAT: 1, "stream.online": 1, "stream.offline": 1})
        await until(lambda: refusals(ear))
        await ear.is_ready()
        twitch.say("ada", user="vera", text="still here")
        await ear.hears("still here")
    ((kind, why),) = refusals(ear)
    assert kind == "channel.follow"
    assert "subscription missing proper authorization" in why


async def test_chat_is_heard_although_the_budget_for_the_rest_is_used_up() -> None:
    names = tuple(f"channel{number}" for number in range(12))
    async with Sandbox(names) as twitch, listening_to(twitch, ways=FAST) as ear:
        for channel in ear.listener.channels:
            ear.listener.join(channel, kinds_for([StreamOnline]))
        await until(lambda: len(refusals(ear)) == 2)
        assert counts(twitch) == {CHAT: 12, "stream.online": 10}
    assert {(kind, "budget" in why) for kind, why in refusals(ear)} == {("stream.online", True)}


async def test_a_channel_that_granted_something_costs_nothing() -> None:
    names = tuple(f"channel{number}" for number in range(12))
    async with Sandbox(names) as twitch:
        for name in names[:4]:
            twitch.log_in(name, ["channel:bot"])
        async with listening_to(twitch, ways=FAST) as ear:
            for channel in ear.listener.channels:
                ear.listener.join(channel, kinds_for([StreamOnline]))
            await until(lambda: counts(twitch) == {CHAT: 12, "stream.online": 12})


async def test_the_301st_channel_gets_a_socket_of_its_own() -> None:
    names = tuple(f"channel{number}" for number in range(301))
    async with Sandbox(names) as twitch, listening_to(twitch) as ear:
        await ear.is_ready()
        await subscribed(twitch, *names)
        assert sorted(one["subscriptions"] for one in twitch.state()["sockets"]) == [1, 300]
        twitch.say(names[300], user="vera", text="here, too")
        await ear.hears("here, too")
        assert [(one.name, one.up) for one in ear.told.how.threads] == [
            ("socket 1", True),
            ("socket 2", True),
        ]
        ear.listener.part(ear.listener.channels[300])
        await until(lambda: len(twitch.state()["sockets"]) == 1)


async def test_a_fourth_socket_is_refused_in_words_that_help() -> None:
    async with (
        Sandbox(("ada", "bob")) as twitch,
        listening_to(twitch, "ada"),
        listening_to(twitch, "ada"),
        listening_to(twitch, "bob"),
    ):
        await subscribed(twitch, "ada", "ada", "bob")
        async with listening_to(twitch, "bob") as late:
            await until(lambda: refusals(late))
    ((_, why),) = refusals(late)
    assert "3 WebSockets for one account" in why
    assert "stop another program" in why


@pytest.mark.usefixtures("at_once")
async def test_nobody_stays_deaf_because_twitch_was_asked_too_fast() -> None:
    async with Sandbox(("ada", "bob")) as twitch:
        twitch.fault("refuse", status=429, path=SUBSCRIPTIONS, count=3)
        async with listening_to(twitch, ways=FAST):
            await subscribed(twitch, "ada", "bob")


# What is wanted


async def test_what_is_wanted_of_a_channel_can_change() -> None:
    async with Sandbox(("ada",)) as twitch, listening_to(twitch, ways=FAST) as ear:
        (ada,) = ear.listener.channels
        ear.listener.join(ada, STREAMS)
        await until(lambda: counts(twitch) == {CHAT: 1, "stream.online": 1, "stream.offline": 1})
        ear.listener.join(ada, kinds_for([Raided]))
        await until(lambda: counts(twitch) == {CHAT: 1, "channel.chat.notification": 1})
        ear.listener.part(ada)
        await until(lambda: not counts(twitch))
    assert ear.joined == ["ada"]


async def test_what_happens_is_told() -> None:
    async with Sandbox(("ada",)) as twitch, listening_to(twitch, ways=FAST) as ear:
        (ada,) = ear.listener.channels
        ear.listener.join(ada, STREAMS)
        await until(lambda: len(counts(twitch)) == 3)
        twitch.set_stream("ada", live=True)
        twitch.set_stream("ada", live=False)
        await until(lambda: len(ear.happened) == 2)
    online, offline = ear.happened
    assert isinstance(online, StreamOnline)
    assert isinstance(offline, StreamOffline)
    assert {one.channel for one in ear.happened} == {ada}


async def sends(request: web.Request, *frames: dict[str, object]) -> web.StreamResponse:
    """A connection on which these frames come."""
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    for one in frames:
        await socket.send_json(one)
    await socket.receive()
    return socket


async def test_a_cheer_is_a_line_and_a_happening() -> None:
    async def cheers(request: web.Request) -> web.StreamResponse:
        return await sends(request, welcome("s1"), chat("Cheer100 yes!", cheer={"bits": 100}))

    async with listening_at(cheers) as ear:
        await ear.hears("Cheer100 yes!")
        await until(lambda: ear.happened)
    (cheer,) = ear.happened
    assert isinstance(cheer, Cheered)
    assert cheer.bits == 100


async def test_what_the_bot_is_in_a_channel_is_seen_in_its_own_lines() -> None:
    own = {"chatter_user_id": "30", "chatter_user_login": "kissbot"}

    async def talks(request: web.Request) -> web.StreamResponse:
        return await sends(
            request,
            welcome("s1"),
            chat("of somebody else", badges=badges("broadcaster")),
            chat("one", badges=badges("moderator"), **own),
            chat("two", badges=badges("moderator"), **own),
            chat("three", badges=badges("vip"), **own),
        )

    async with listening_at(talks) as ear:
        await ear.hears("three")
    assert ear.standing == [("ada", Rank.MODERATOR), ("ada", Rank.VIP)]


async def test_a_notification_that_makes_no_sense_is_passed_over() -> None:
    subscription = {"id": "s", "type": "stream.online", "version": "1", "condition": {}}
    nonsense = frame("notification", {"subscription": subscription, "event": {"id": 5}}, "stream.online")

    async def babbles(request: web.Request) -> web.StreamResponse:
        return await sends(request, welcome("s1"), nonsense, chat("hello"))

    async with listening_at(babbles) as ear:
        await ear.hears("hello")
    assert ear.happened == []


# Being deaf (pain 1)


async def test_a_gap_is_told_with_its_channels_and_its_length() -> None:
    with capture_logs() as logs:
        async with Sandbox(("ada", "bob")) as twitch, listening_to(twitch) as ear:
            await ear.is_ready()
            before = time.time()
            twitch.fault("drop")
            await until(lambda: ear.told.gaps)
            after = time.time()
    (gap,) = ear.told.gaps
    assert gap.channels == tuple(sorted((twitch.id_of("ada"), twitch.id_of("bob"))))
    assert before <= gap.from_at <= gap.to_at <= after
    assert gap.seconds < 2
    (told,) = [entry for entry in logs if entry["event"] == "was_deaf"]
    assert (told["channels"], told["log_level"]) == (2, "warning")


async def test_a_silent_socket_was_deaf_since_its_last_sign_of_life(jump: Jump) -> None:
    async with Sandbox(("ada",)) as twitch, listening_to(twitch) as ear:
        await ear.is_ready()
        twitch.fault("silence", seconds=60)
        jump(12.1)
        await until(lambda: ear.told.gaps)
    (gap,) = ear.told.gaps
    assert gap.seconds > 12
    assert gap.why == "nothing came any more, not even a keep-alive"


async def test_what_was_not_heard_before_the_start_is_told_too() -> None:
    away = time.time() - 30
    async with Sandbox(("ada",)) as twitch, listening_to(twitch, ways=Ways(away_since=away)) as ear:
        await until(lambda: ear.told.gaps)
    (gap,) = ear.told.gaps
    assert (gap.from_at, gap.why, gap.seconds > 30) == (away, "KissBot was not running", True)


async def test_a_graceful_move_is_no_gap() -> None:
    async with Sandbox(("ada",)) as twitch, listening_to(twitch) as ear:
        await ear.is_ready()
        twitch.fault("reconnect")
        twitch.say("ada", user="vera", text="moved")
        await ear.hears("moved")
        await asyncio.sleep(0.05)
    assert ear.told.gaps == []
    assert [told[0] for told in ear.told.all if told[0] in ("connected", "lost")] == ["connected", "lost"]


async def test_a_socket_that_is_closed_right_after_each_welcome_is_tried_less_and_less_often() -> None:
    async def closes(request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_json(welcome("s1"))
        await asyncio.sleep(0.01)  # a subscription is made meanwhile
        await socket.close(code=4000)
        return socket

    with capture_logs() as logs:
        async with listening_at(closes):
            await until(lambda: len(waits(logs)) == 4)
    for wait, most in zip(waits(logs), (0.2, 0.4, 0.8, 1.6), strict=False):
        assert most / 2 <= wait <= most


def waits(logs: list) -> list[float]:  # type: ignore[type-arg]
    return [entry["seconds"] for entry in logs if entry["event"] == "twitch_reconnecting"]


async def test_others_can_see_how_it_hears() -> None:
    async with Sandbox(("ada",)) as twitch, listening_to(twitch, ways=Ways(why="because")) as ear:
        await ear.is_ready()
        (thread,) = ear.told.how.threads
        assert (ear.told.how.way, ear.told.how.why) == ("websocket", "because")
        assert (thread.name, thread.up, thread.way) == ("socket 1", True, "websocket")
        twitch.fault("unplug")
        await until(lambda: not ear.told.how.hears_by(""))
        assert ear.told.how.threads[0].why


async def test_somebody_who_joins_late_is_heard_at_once() -> None:
    async with (
        Sandbox(("ada", "bob")) as twitch,
        listening_to(twitch, "ada", ways=Ways(per_second=0.01)) as ear,
    ):
        await ear.is_ready()
        started = time.perf_counter()
        ear.listener.join(Channel(twitch.id_of("bob"), "bob"))
        await subscribed(twitch, "ada", "bob")
        assert time.perf_counter() - started < 1
