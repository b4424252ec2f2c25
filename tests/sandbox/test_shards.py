"""Shards in trouble, many of them, and calls that are wrong."""

from typing import Any

import pytest

from kissbot.sandbox.socket import Timing
from kissbot.sandbox.twitch import Sandbox

from .client import Client, Watch, open_client
from .hub import CHAT, Hub, attached, shard_of


async def undisturbed(twitch: Sandbox) -> list[str]:
    """The shards of the sockets that are open."""
    return [shard for socket in twitch.state()["sockets"] for shard in socket["shards"]]


async def test_a_session_that_is_a_shard_counts_as_used_and_any_other_does_not(watch: Watch) -> None:
    async with (
        Sandbox(("ada",), clock=watch, timing=Timing(subscribe_within=0.3)) as twitch,
        open_client(twitch) as client,
    ):
        hub = await Hub.of(client)
        used, unused = await client.connect(), await client.connect()
        assert (await hub.attach({"0": used.id})).body["errors"] == []
        assert await unused.close_code() == 4003
        assert await undisturbed(twitch) == ["0"]


async def test_shards_are_not_limited_to_three_sockets(client: Client) -> None:
    hub = await Hub.of(client, shards=5)
    sockets = {str(number): (await client.connect()).id for number in range(5)}
    assert (await hub.attach(sockets)).body["errors"] == []
    assert await hub.statuses() == ["enabled"] * 5
    await client.listen("ada")  # nor do they count as the bot's


async def test_a_session_belongs_to_the_application_or_to_a_user(client: Client, hub: Hub) -> None:
    of_user = await client.listen("ada")
    errors = (await hub.attach({"0": of_user.id})).body["errors"]
    assert [error["id"] for error in errors] == ["0"]
    of_app = await client.connect()
    await hub.attach({"0": of_app.id})
    about = {"broadcaster_user_id": await client.id_of("ada")}
    assert (await client.order("stream.online", "1", about, of_app.id)).status == 400


async def test_shards_of_two_conduits_with_the_same_number_are_two(client: Client, hub: Hub) -> None:
    other, socket, fresh = await Hub.of(client), await client.connect(), await client.connect()
    await hub.attach({"0": socket.id})
    await other.attach({"0": socket.id})
    await other.attach({"0": fresh.id})
    await socket.ws.close()
    assert await hub.statuses() == ["websocket_disconnected"] * 2
    assert (await other.statuses())[0] == "enabled"


async def test_when_a_session_with_two_shards_goes_the_third_is_told_of_both(
    twitch: Sandbox, client: Client
) -> None:
    hub, left, gone = await Hub.of(client, shards=3), await client.connect(), await client.connect()
    await hub.attach({"0": left.id, "1": gone.id, "2": gone.id})
    await hub.subscribe("conduit.shard.disabled", {"client_id": client.login.client_id})
    twitch.fault("close", code=4005, socket=gone.id)
    told = [await left.event(), await left.event()]
    assert [(one["shard_id"], one["status"]) for one in told] == [
        ("1", "websocket_network_timeout"),
        ("2", "websocket_network_timeout"),
    ]


async def test_nobody_is_told_by_a_shard_that_is_gone_itself(
    twitch: Sandbox, client: Client, hub: Hub
) -> None:
    socket = await client.connect()
    await hub.attach({"0": socket.id, "1": socket.id})
    await hub.subscribe("conduit.shard.disabled", {"client_id": client.login.client_id})
    twitch.fault("drop", socket=socket.id)
    assert twitch.state()["counters"]["undelivered"] == {"conduit.shard.disabled": 2}


async def test_who_is_too_late_for_a_reconnect_loses_the_shard(watch: Watch) -> None:
    async with (
        Sandbox(("ada",), clock=watch, timing=Timing(reconnect_grace=0.05)) as twitch,
        open_client(twitch) as client,
    ):
        hub = await Hub.of(client)
        sockets = await attached(hub, client)
        twitch.fault("reconnect", shard="1")
        assert await sockets[1].close_code() == 4004
        assert await hub.statuses() == ["enabled", "websocket_failed_to_reconnect"]


async def test_who_sends_something_loses_the_shard(client: Client, hub: Hub) -> None:
    sockets = await attached(hub, client)
    await sockets[0].ws.send_str("hello")
    assert await sockets[0].close_code() == 4001
    assert await hub.statuses() == ["websocket_received_inbound_traffic", "enabled"]


async def test_the_shard_that_was_replaced_says_nothing_when_its_old_socket_ends(
    twitch: Sandbox, client: Client, hub: Hub
) -> None:
    sockets = await attached(hub, client)
    fresh = await client.connect()
    await hub.attach({"1": fresh.id})
    twitch.fault("drop", socket=sockets[1].id)
    assert await hub.statuses() == ["enabled", "enabled"]


async def test_a_silent_shard_swallows_its_channels_and_no_others(
    twitch: Sandbox, client: Client, hub: Hub
) -> None:
    sockets = await attached(hub, client)
    await hub.chat("ada")
    mine = shard_of(twitch, "ada")
    twitch.fault("silence", seconds=5, shard=f"{1 - mine}")
    twitch.say("ada", user="vera", text="heard")
    twitch.fault("silence", seconds=5, shard=f"{mine}")
    twitch.say("ada", user="vera", text="swallowed")
    twitch.fault("clear")
    twitch.say("ada", user="vera", text="heard again")
    assert [await sockets[mine].text() for _ in range(2)] == ["heard", "heard again"]


async def test_the_highest_shards_go_and_their_sockets_stay(
    twitch: Sandbox, client: Client, hub: Hub
) -> None:
    sockets = await attached(hub, client)
    await hub.chat("ada")
    assert (await hub.call("PATCH", json={"id": hub.conduit, "shard_count": 1})).status == 200
    twitch.say("ada", user="vera", text="to the only one")
    assert await sockets[0].text() == "to the only one"
    assert len(twitch.state()["sockets"]) == 2
    await hub.call("PATCH", json={"id": hub.conduit, "shard_count": 2})
    assert await hub.statuses() == ["enabled", "websocket_disconnected"]
    assert (await hub.attach({"1": sockets[1].id})).body["errors"] == []


async def test_twenty_thousand_shards_are_listed_in_pages(client: Client) -> None:
    hub = await Hub.of(client, shards=20_000)
    socket = await client.connect()
    await hub.attach({"19999": socket.id})
    query = {"conduit_id": hub.conduit, "status": "enabled"}
    found = await hub.call("GET", "conduits/shards", params=query)
    assert [shard["id"] for shard in found.body["data"]] == ["19999"]
    first = (await hub.call("GET", "conduits/shards", params={"conduit_id": hub.conduit})).body
    query = {"conduit_id": hub.conduit, "after": first["pagination"]["cursor"]}
    second = (await hub.call("GET", "conduits/shards", params=query)).body
    assert (first["data"][-1]["id"], second["data"][0]["id"]) == ("99", "100")


async def test_the_listing_can_be_of_one_conduit(client: Client, hub: Hub) -> None:
    other = await Hub.of(client)
    await hub.chat("ada")
    await other.chat("bob")
    found = await hub.call("GET", "subscriptions", params={"conduit_id": other.conduit})
    assert [one["transport"] for one in found.body["data"]] == [
        {"method": "conduit", "conduit_id": other.conduit}
    ]
    assert found.body["total"] == 2
    both = {"conduit_id": other.conduit, "type": CHAT}
    assert (await hub.call("GET", "subscriptions", params=both)).status == 400


async def test_an_applications_and_a_users_subscriptions_are_listed_apart(client: Client, hub: Hub) -> None:
    await hub.chat("ada")
    socket = await client.listen("bob")
    apps = (await hub.call("GET", "subscriptions")).body
    users = (await client.helix("eventsub/subscriptions")).body
    assert [one["transport"]["method"] for one in apps["data"]] == ["conduit"]
    (mine,) = users["data"]
    assert mine["transport"]["session_id"] == socket.id
    assert mine["transport"]["connected_at"].endswith("Z")
    assert (apps["max_total_cost"], users["max_total_cost"]) == (10_000, 10)


async def test_whom_the_channel_disconnects_stops_reading_unless_the_bot_moderates_there(
    twitch: Sandbox, client: Client, hub: Hub
) -> None:
    for channel in ("ada", "bob"):
        twitch.log_in(channel, ["channel:bot"])
        await hub.chat(channel)
    twitch.set_bot_rank("ada", "everyone")
    twitch.disconnect("ada")
    twitch.disconnect("bob")
    assert twitch.state()["subscriptions"] == {CHAT: ["bob"]}
    listed = (await hub.call("GET", "subscriptions", params={"status": "authorization_revoked"})).body
    assert len(listed["data"]) == 1


async def test_a_bot_that_moderates_no_more_stops_reading_where_nobody_let_it(
    twitch: Sandbox, client: Client, hub: Hub
) -> None:
    sockets = await attached(hub, client)
    twitch.log_in("ada", ["channel:bot"])
    for channel in ("ada", "bob"):
        await hub.chat(channel)
        twitch.set_bot_rank(channel, "everyone")
    assert twitch.state()["subscriptions"] == {CHAT: ["ada"]}
    frame = await sockets[shard_of(twitch, "bob")].frame()
    assert frame["metadata"]["message_type"] == "revocation"
    assert frame["payload"]["subscription"]["status"] == "moderator_removed"
    assert (await hub.chat("bob")).status == 403


@pytest.mark.parametrize(
    ("method", "path", "options", "status"),
    [
        ("POST", "conduits", {"data": b"no json"}, 400),
        ("PATCH", "conduits", {"json": {"id": "nobody", "shard_count": 1}}, 404),
        ("PATCH", "conduits", {"json": {"shard_count": 1}}, 400),
        ("DELETE", "conduits", {}, 400),
        ("DELETE", "conduits", {"params": {"id": "nobody"}}, 404),
        ("GET", "conduits/shards", {}, 400),
        ("GET", "conduits/shards", {"params": {"conduit_id": "nobody"}}, 404),
        ("PATCH", "conduits/shards", {"json": {"conduit_id": "nobody", "shards": []}}, 404),
        ("PATCH", "conduits/shards", {"json": {"conduit_id": "nobody"}}, 400),
        ("PATCH", "conduits/shards", {"json": []}, 400),
        ("POST", "conduits/shards", {}, 404),
    ],
)
async def test_a_wrong_call_is_refused(
    hub: Hub, method: str, path: str, options: dict[str, Any], status: int
) -> None:
    assert (await hub.call(method, path, **options)).status == status


@pytest.mark.parametrize("shard", ["2", "-1", "01", "1.0", "", "one", "²", "9" * 5000])
async def test_a_shard_that_is_none_is_an_error_of_its_own(client: Client, hub: Hub, shard: str) -> None:
    socket = await client.connect()
    answer = await hub.attach({shard: socket.id, "0": socket.id})
    assert answer.status == 202
    assert [one["id"] for one in answer.body["data"]] == ["0"]
    assert [(one["id"], one["code"]) for one in answer.body["errors"]] == [(shard, "invalid_parameter")]


async def test_a_webhook_is_no_transport_here(hub: Hub) -> None:
    transport = {"method": "webhook", "callback": "https://example.invalid", "secret": "ten letters"}
    body = {"conduit_id": hub.conduit, "shards": [{"id": "0", "transport": transport}]}
    answer = await hub.call("PATCH", "conduits/shards", json=body)
    assert (answer.status, len(answer.body["errors"])) == (202, 1)
