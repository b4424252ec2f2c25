"""Conduits: found, attached, failed over, and gone after three days."""

from typing import Any

import pytest

from kissbot.sandbox.twitch import Sandbox

from .client import Client, Socket, Watch
from .hub import CHAT, Hub, attached, shard_of


async def reader(twitch: Sandbox, sockets: list[Socket], channel: str) -> tuple[Socket, Socket]:
    """The socket that gets a channel's lines, and the other."""
    first = shard_of(twitch, channel, len(sockets))
    twitch.say(channel, user="vera", text="whose is it?")
    assert await sockets[first].text() == "whose is it?"
    return sockets[first], sockets[1 - first]


async def test_only_an_application_may_have_conduits(client: Client) -> None:
    assert (await client.helix("eventsub/conduits", "GET")).status == 401


async def test_five_conduits_and_no_more(hub: Hub) -> None:
    for _ in range(4):
        assert (await hub.call("POST", json={"shard_count": 1})).status == 200
    assert (await hub.call("POST", json={"shard_count": 1})).status == 429
    assert len((await hub.call("GET")).body["data"]) == 5


@pytest.mark.parametrize("body", [{"shard_count": 0}, {"shard_count": 20_001}, {"shard_count": "two"}, {}])
async def test_a_conduit_has_some_shards_but_not_too_many(hub: Hub, body: dict[str, Any]) -> None:
    assert (await hub.call("POST", json=body)).status == 400


async def test_a_channel_belongs_to_one_shard(twitch: Sandbox, client: Client, hub: Hub) -> None:
    sockets = await attached(hub, client)
    assert (await hub.chat("ada")).status == 202
    mine, _ = await reader(twitch, sockets, "ada")
    for number in range(3):
        twitch.say("ada", user="vera", text=f"{number}")
    assert [await mine.text() for _ in range(3)] == ["0", "1", "2"]


async def test_when_its_shard_is_gone_another_gets_the_event_and_is_told(
    twitch: Sandbox, client: Client, hub: Hub
) -> None:
    sockets = await attached(hub, client)
    await hub.chat("ada")
    await hub.subscribe("conduit.shard.disabled", {"client_id": client.login.client_id})
    mine, other = await reader(twitch, sockets, "ada")
    twitch.fault("drop", socket=mine.id)
    told = await other.event()
    assert (told["conduit_id"], told["status"]) == (hub.conduit, "websocket_disconnected")
    assert told["transport"]["session_id"] == mine.id
    twitch.say("ada", user="vera", text="spared")
    assert await other.text() == "spared"


async def test_without_any_shard_events_are_dropped_and_counted(
    twitch: Sandbox, client: Client, hub: Hub
) -> None:
    await attached(hub, client)
    await hub.chat("ada")
    assert twitch.audible == 1
    twitch.fault("drop")
    twitch.say("ada", user="vera", text="lost")
    assert twitch.audible == 0
    assert twitch.state()["counters"]["undelivered"] == {CHAT: 1}
    listed = await hub.call("GET", "subscriptions")
    assert [one["status"] for one in listed.body["data"]] == ["enabled"]


async def test_a_shard_can_be_lost_although_its_socket_is_well(
    twitch: Sandbox, client: Client, hub: Hub
) -> None:
    sockets = await attached(hub, client)
    twitch.fault("shard_loss", shard="1")
    assert await hub.statuses() == ["enabled", "websocket_internal_error"]
    assert (await hub.attach({"1": sockets[1].id})).body["errors"] == []
    assert await hub.statuses() == ["enabled", "enabled"]


async def test_a_partial_update_is_the_usual_thing(client: Client, hub: Hub) -> None:
    socket = await client.connect()
    answer = await hub.attach({"0": socket.id, "7": socket.id, "1": "nobody"})
    assert answer.status == 202
    assert [shard["id"] for shard in answer.body["data"]] == ["0"]
    assert [error["id"] for error in answer.body["errors"]] == ["7", "1"]


async def test_a_new_session_takes_a_shard_over(twitch: Sandbox, client: Client, hub: Hub) -> None:
    await attached(hub, client)
    await hub.chat("ada")
    fresh = await client.connect()
    await hub.attach({"0": fresh.id, "1": fresh.id})
    twitch.say("ada", user="vera", text="to the new one")
    assert await fresh.text() == "to the new one"


async def test_a_reconnect_keeps_the_shard(twitch: Sandbox, client: Client, hub: Hub) -> None:
    sockets = await attached(hub, client)
    await hub.chat("ada")
    mine, _ = await reader(twitch, sockets, "ada")
    twitch.fault("reconnect", socket=mine.id)
    url = (await mine.frame())["payload"]["session"]["reconnect_url"]
    moved = await client.connect(url)
    assert moved.id == mine.id
    twitch.say("ada", user="vera", text="still here")
    assert await moved.text() == "still here"
    assert await hub.statuses() == ["enabled", "enabled"]


async def test_growing_and_shrinking(client: Client, hub: Hub) -> None:
    await attached(hub, client)
    assert (await hub.call("PATCH", json={"id": hub.conduit, "shard_count": 3})).status == 200
    assert await hub.statuses() == ["enabled", "enabled", "websocket_disconnected"]
    await hub.call("PATCH", json={"id": hub.conduit, "shard_count": 1})
    assert await hub.statuses() == ["enabled"]


async def test_chat_needs_the_channels_consent_or_a_moderating_bot(
    twitch: Sandbox, client: Client, hub: Hub
) -> None:
    twitch.set_bot_rank("ada", "vip")
    assert (await hub.chat("ada")).status == 403
    twitch.log_in("ada", ["channel:bot"])
    assert (await hub.chat("ada")).status == 202
    assert (await hub.chat("ada")).status == 409
    assert (await hub.chat("bob")).status == 202


async def test_what_needs_no_consent_costs_one_of_ten_thousand(client: Client, hub: Hub) -> None:
    answer = await hub.subscribe("stream.online", {"broadcaster_user_id": await client.id_of("ada")})
    assert (answer.body["total_cost"], answer.body["max_total_cost"]) == (1, 10_000)


async def test_a_users_token_has_no_business_with_a_conduit(client: Client, hub: Hub) -> None:
    body = {
        "type": "stream.online",
        "version": "1",
        "condition": {"broadcaster_user_id": await client.id_of("ada")},
        "transport": {"method": "conduit", "conduit_id": hub.conduit},
    }
    assert (await client.helix("eventsub/subscriptions", "POST", json=body)).status == 400


async def test_after_three_days_without_a_shard_a_conduit_is_gone(
    twitch: Sandbox, client: Client, hub: Hub, watch: Watch
) -> None:
    await attached(hub, client)
    await hub.chat("ada")
    twitch.fault("drop")
    watch.push(72 * 3600 - 1)
    assert len((await hub.call("GET")).body["data"]) == 1
    watch.push(2)
    assert (await hub.call("GET")).body["data"] == []
    listed = await hub.call("GET", "subscriptions")
    assert [one["status"] for one in listed.body["data"]] == ["conduit_deleted"]


async def test_a_deleted_conduit_ends_its_subscriptions(client: Client, hub: Hub) -> None:
    await hub.chat("ada")
    assert (await hub.call("DELETE", params={"id": hub.conduit})).status == 204
    assert (await hub.call("DELETE", params={"id": hub.conduit})).status == 404
    assert (await hub.chat("ada")).status == 404


async def test_an_event_may_be_told_twice_under_two_ids(twitch: Sandbox, client: Client) -> None:
    socket = await client.listen("ada")
    twitch.fault("duplicate", same_id=False)
    twitch.say("ada", user="vera", text="twice")
    first, second = await socket.frame(), await socket.frame()
    assert first["metadata"]["message_id"] != second["metadata"]["message_id"]
    assert first["payload"]["event"]["message_id"] == second["payload"]["event"]["message_id"]


async def test_one_channels_subscription_can_be_revoked_alone(twitch: Sandbox, client: Client) -> None:
    await client.listen("ada", "bob")
    twitch.fault("revoke", channel="bob", status="moderator_removed")
    assert twitch.state()["subscriptions"] == {CHAT: ["ada"]}
