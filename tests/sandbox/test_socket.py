"""EventSub over real WebSockets: welcome, notifications, reconnects, faults, close codes."""

import aiohttp
import pytest

from kissbot.sandbox.socket import Timing
from kissbot.sandbox.twitch import Sandbox

from .client import Client, Watch, open_client


def kind_of(frame: dict[str, dict[str, str]]) -> str:
    return frame["metadata"]["message_type"]


async def test_the_welcome_tells_the_session(client: Client) -> None:
    socket = await client.connect(f"{client.twitch.urls.eventsub}?keepalive_timeout_seconds=700")
    session = socket.welcome["payload"]["session"]
    assert (session["status"], session["keepalive_timeout_seconds"]) == ("connected", 600)
    assert session["reconnect_url"] is None


async def test_only_those_who_subscribed_to_a_channel_hear_it(twitch: Sandbox, client: Client) -> None:
    ada, bob = await client.listen("ada"), await client.listen("bob")
    twitch.say("ada", user="vera", text="in ada")
    twitch.say("bob", user="vera", text="in bob")
    assert await ada.text() == "in ada"
    assert await bob.text() == "in bob"


async def test_every_subscriber_hears_a_line_under_its_own_message_id(
    twitch: Sandbox, client: Client
) -> None:
    one, two = await client.listen("ada"), await client.listen("ada")
    twitch.say("ada", user="vera", text="hello")
    first, second = await one.frame(), await two.frame()
    assert first["payload"]["event"] == second["payload"]["event"]
    assert first["metadata"]["message_id"] != second["metadata"]["message_id"]


async def test_lines_arrive_in_order(twitch: Sandbox, client: Client) -> None:
    socket = await client.listen("ada")
    for number in range(300):
        twitch.say("ada", user="vera", text=f"{number}")
    await twitch.drained()
    assert [await socket.text() for _ in range(300)] == [f"{number}" for number in range(300)]


async def test_who_deletes_a_subscription_hears_no_more(twitch: Sandbox, client: Client) -> None:
    socket = await client.listen("ada", "bob")
    listed = (await client.helix("eventsub/subscriptions")).body
    assert (listed["total"], listed["total_cost"], listed["max_total_cost"]) == (2, 0, 10)
    ada = listed["data"][0]["id"]
    assert (await client.helix(f"eventsub/subscriptions?id={ada}", "DELETE")).status == 204
    assert (await client.helix(f"eventsub/subscriptions?id={ada}", "DELETE")).status == 404
    assert (await client.helix("eventsub/subscriptions", "DELETE")).status == 400
    twitch.say("ada", user="vera", text="unheard")
    twitch.say("bob", user="vera", text="heard")
    assert await socket.text() == "heard"


async def test_subscriptions_are_listed_by_one_filter_at_most(client: Client) -> None:
    await client.listen("ada")
    bot = await client.id_of()
    for query, count in (
        ("type=stream.online", 0),
        ("type=channel.chat.message", 1),
        ("status=enabled", 1),
        (f"user_id={bot}", 1),
        ("user_id=1", 0),
    ):
        assert len((await client.helix(f"eventsub/subscriptions?{query}")).body["data"]) == count
    assert (await client.helix("eventsub/subscriptions?type=a&status=b")).status == 400


async def test_a_user_that_does_not_exist_has_no_events(client: Client) -> None:
    socket = await client.connect()
    answer = await client.order("stream.online", "1", {"broadcaster_user_id": "1"}, socket.id)
    assert answer.status == 400


@pytest.mark.parametrize("body", [b"", b"[]", b'{"type": "stream.online"}'])
async def test_a_malformed_order_is_refused(client: Client, body: bytes) -> None:
    answer = await client.call("POST", client.twitch.urls.subscriptions, headers=client.headers, data=body)
    assert answer.status == 400


async def test_the_same_subscription_again_is_a_conflict_over_http(client: Client) -> None:
    socket = await client.listen("ada")
    condition = {"broadcaster_user_id": await client.id_of("ada"), "user_id": await client.id_of()}
    answer = await client.order("channel.chat.message", "1", condition, socket.id)
    assert (answer.status, answer.body["message"]) == (409, "subscription already exists")


async def test_who_does_not_subscribe_in_time_is_closed() -> None:
    timing = Timing(subscribe_within=0.02)
    async with Sandbox(("ada",), timing=timing) as twitch, open_client(twitch) as client:
        socket = await client.connect()
        assert await socket.close_code() == 4003


async def test_who_subscribes_in_time_is_not() -> None:
    timing = Timing(subscribe_within=0.1, keepalive=0.15)
    async with Sandbox(("ada",), timing=timing) as twitch, open_client(twitch) as client:
        socket = await client.listen("ada")
        assert kind_of(await socket.frame()) == "session_keepalive"


async def test_a_quiet_socket_gets_keepalives() -> None:
    timing = Timing(keepalive=0.01)
    async with Sandbox(("ada",), timing=timing) as twitch, open_client(twitch) as client:
        socket = await client.listen("ada")
        frame = await socket.frame()
        assert kind_of(frame) == "session_keepalive"
        assert frame["payload"] == {}


async def test_who_talks_to_eventsub_is_closed(client: Client) -> None:
    socket = await client.listen("ada")
    await socket.ws.send_str("hello?")
    assert await socket.close_code() == 4001
    (ended,) = (await client.helix("eventsub/subscriptions")).body["data"]
    assert ended["status"] == "websocket_received_inbound_traffic"


async def test_a_ping_is_not_talking(twitch: Sandbox, client: Client) -> None:
    socket = await client.listen("ada")
    await socket.ws.ping()
    twitch.say("ada", user="vera", text="still here")
    assert await socket.text() == "still here"


async def test_subscriptions_die_with_the_socket(twitch: Sandbox, client: Client, watch: Watch) -> None:
    socket = await client.listen("ada")
    twitch.fault("drop")
    assert await socket.close_code() == 1006
    (ended,) = (await client.helix("eventsub/subscriptions")).body["data"]
    assert ended["status"] == "websocket_disconnected"
    twitch.say("ada", user="vera", text="lost")
    again = await client.listen("ada")
    twitch.say("ada", user="vera", text="heard")
    assert await again.text() == "heard"
    watch.push(61)
    listed = (await client.helix("eventsub/subscriptions")).body["data"]
    assert [one["status"] for one in listed] == ["enabled"]


@pytest.mark.parametrize("code", [4000, 4002, 4005, 4006])
async def test_a_socket_can_be_closed_with_any_code(twitch: Sandbox, client: Client, code: int) -> None:
    socket = await client.listen("ada")
    twitch.fault("close", code=code)
    assert await socket.close_code() == code
    assert not twitch.state()["subscriptions"]


async def test_a_reconnect_loses_no_line(twitch: Sandbox, client: Client) -> None:
    old = await client.listen("ada")
    twitch.fault("reconnect")
    session = (await old.frame())["payload"]["session"]
    assert session["status"] == "reconnecting"
    twitch.say("ada", user="vera", text="before the move")
    new = await client.connect(session["reconnect_url"])
    twitch.say("ada", user="vera", text="after the move")
    assert await old.text() == "before the move"
    assert await new.text() == "after the move"
    assert new.id == old.id
    await old.ws.close()
    twitch.say("ada", user="vera", text="much later")
    assert await new.text() == "much later"
    assert twitch.state()["subscriptions"] == {"channel.chat.message": ["ada"]}


async def test_who_keeps_the_old_socket_too_long_loses_only_that() -> None:
    timing = Timing(reconnect_grace=0.05)
    async with Sandbox(("ada",), timing=timing) as twitch, open_client(twitch) as client:
        old = await client.listen("ada")
        twitch.fault("reconnect")
        url = (await old.frame())["payload"]["session"]["reconnect_url"]
        new = await client.connect(url)
        assert await old.close_code() == 4004
        twitch.say("ada", user="vera", text="hello")
        assert await new.text() == "hello"


async def test_who_does_not_move_in_time_loses_the_subscriptions() -> None:
    timing = Timing(reconnect_grace=0.01)
    async with Sandbox(("ada",), timing=timing) as twitch, open_client(twitch) as client:
        old = await client.listen("ada")
        twitch.fault("reconnect")
        url = (await old.frame())["payload"]["session"]["reconnect_url"]
        assert await old.close_code() == 4004
        (ended,) = (await client.helix("eventsub/subscriptions")).body["data"]
        assert ended["status"] == "websocket_failed_to_reconnect"
        late = await client.http.ws_connect(url)
        await late.receive()
        assert late.close_code == 4007


async def test_who_closes_the_old_socket_first_has_nowhere_to_go(twitch: Sandbox, client: Client) -> None:
    old = await client.listen("ada")
    twitch.fault("reconnect")
    url = (await old.frame())["payload"]["session"]["reconnect_url"]
    await old.ws.close()
    new = await client.http.ws_connect(url)
    await new.receive()
    assert new.close_code == 4007


async def test_a_duplicate_is_the_very_same_message(twitch: Sandbox, client: Client) -> None:
    socket = await client.listen("ada")
    twitch.fault("duplicate", count=1)
    twitch.say("ada", user="vera", text="twice")
    twitch.say("ada", user="vera", text="once")
    first, second = await socket.frame(), await socket.frame()
    assert first == second
    assert await socket.text() == "once"


async def test_a_delayed_line_is_overtaken(twitch: Sandbox, client: Client) -> None:
    socket = await client.listen("ada")
    twitch.fault("delay", seconds=0.02)
    twitch.say("ada", user="vera", text="late")
    twitch.say("ada", user="vera", text="early")
    assert [await socket.text(), await socket.text()] == ["early", "late"]


async def test_in_a_silence_lines_are_lost_and_the_socket_stays(
    twitch: Sandbox, client: Client, watch: Watch
) -> None:
    socket = await client.listen("ada")
    twitch.fault("silence", seconds=5)
    twitch.say("ada", user="vera", text="lost")
    assert twitch.state()["faults"] == [{"kind": "silence", "seconds": 5.0}]
    watch.push(5)
    twitch.say("ada", user="vera", text="heard")
    assert await socket.text() == "heard"


async def test_a_new_socket_is_not_silent(twitch: Sandbox, client: Client) -> None:
    await client.listen("ada")
    twitch.fault("silence", seconds=60)
    fresh = await client.listen("ada")
    twitch.say("ada", user="vera", text="hello")
    assert await fresh.text() == "hello"


async def test_a_revocation_is_told_once_and_then_nothing_comes(twitch: Sandbox, client: Client) -> None:
    socket = await client.listen("ada")
    twitch.fault("revoke", type="channel.chat.message", status="user_removed")
    frame = await socket.frame()
    assert kind_of(frame) == "revocation"
    assert frame["payload"]["subscription"]["status"] == "user_removed"
    twitch.say("ada", user="vera", text="unheard")
    assert twitch.state()["subscriptions"] == {}
    socket = await client.listen("ada", socket=socket)
    twitch.say("ada", user="vera", text="heard")
    assert await socket.text() == "heard"


async def test_unplugged_nothing_gets_through_until_plug(twitch: Sandbox, client: Client) -> None:
    socket = await client.listen("ada")
    twitch.fault("unplug")
    assert await socket.close_code() == 1006
    assert (await client.helix("users")).status == 503
    assert (await client.call("POST", f"{twitch.urls.oauth}/token")).status == 503
    with pytest.raises(aiohttp.WSServerHandshakeError, match="503"):
        await client.connect()
    assert twitch.state()["unplugged"]
    twitch.fault("plug")
    again = await client.listen("ada")
    twitch.say("ada", user="vera", text="back")
    assert await again.text() == "back"


async def test_the_stream_tells_its_subscribers(twitch: Sandbox, client: Client) -> None:
    socket = await client.connect()
    ada = {"broadcaster_user_id": await client.id_of("ada")}
    for kind, version in (("stream.online", "1"), ("stream.offline", "1"), ("channel.update", "2")):
        assert (await client.order(kind, version, ada, socket.id)).status == 202
    twitch.set_stream("ada", live=True, title="Escaping", game="Hades")
    twitch.set_stream("ada", live=True)
    twitch.set_stream("ada", live=False)
    frames = [await socket.frame() for _ in range(3)]
    kinds = [frame["metadata"]["subscription_type"] for frame in frames]
    assert kinds == ["channel.update", "stream.online", "stream.offline"]
    update, online, offline = (frame["payload"]["event"] for frame in frames)
    assert (update["title"], update["category_name"]) == ("Escaping", "Hades")
    assert online["type"] == "live"
    assert online["id"] == offline["id"]
