"""The controls: playing a viewer, going live, breaking things, looking inside."""

import pytest

from kissbot.sandbox.tokens import BOT_SCOPES
from kissbot.sandbox.twitch import Sandbox

from .client import Client, Watch


async def say(client: Client, **order: object) -> str:
    answer = await client.control("say", "POST", json={"channel": "ada", "user": "vera", **order})
    assert answer.status == 200, answer
    message_id: str = answer.body["message_id"]
    return message_id


async def test_what_one_says_is_heard(client: Client) -> None:
    socket = await client.listen("ada")
    message_id = await say(client, text="hi", rank="vip", user="Vic")
    event = await socket.event()
    assert (event["message_id"], event["chatter_user_name"]) == (message_id, "Vic")
    assert [badge["set_id"] for badge in event["badges"]] == ["vip"]


async def test_the_broadcaster_speaks_with_the_channels_own_account(client: Client) -> None:
    socket = await client.listen("ada")
    await say(client, text="hi", rank="broadcaster", user="whoever")
    await say(client, text="hi", user="ADA")
    for _ in range(2):
        event = await socket.event()
        assert event["chatter_user_id"] == event["broadcaster_user_id"]
        assert [badge["set_id"] for badge in event["badges"]] == ["broadcaster"]


async def test_a_reply_and_a_shared_line_say_where_they_come_from(client: Client) -> None:
    socket = await client.listen("ada")
    first = await say(client, text="first")
    await say(client, text="second", reply_to=first, shared_from="bob")
    await socket.event()
    event = await socket.event()
    assert event["reply"]["parent_message_id"] == first
    assert event["source_broadcaster_user_login"] == "bob"
    assert event["source_message_id"] not in (None, event["message_id"])
    assert event["is_source_only"] is False


@pytest.mark.parametrize(
    ("path", "body", "status", "words"),
    [
        ("say", {"channel": "eve", "user": "vera", "text": "hi"}, 404, "there are: ada, bob"),
        ("say", {"channel": "ada", "user": "vera", "text": "hi", "reply_to": "x"}, 404, "'x'"),
        ("say", {"channel": "ada", "user": "vera", "text": "hi", "shout": True}, 400, "shout"),
        ("say", {"channel": "ada", "user": "vera"}, 400, "It takes: channel, user, text"),
        ("say", {"channel": "ada", "user": "ve ra", "text": "hi"}, 400, "user"),
        ("say", {"channel": "ada", "user": "vera", "text": ""}, 400, "text"),
        ("say", {"channel": "ada", "user": "vera", "text": "hi", "rank": "king"}, 400, "king"),
        ("stream", {"channel": "eve", "live": True}, 404, "there are: ada, bob"),
        ("stream", {"channel": "ada"}, 400, "live"),
        ("fault", {"kind": "explode"}, 400, "there are: drop, close, reconnect"),
        ("fault", {"kind": "silence"}, 400, "takes: socket, shard, seconds"),
        ("fault", [], 400, "JSON object"),
        ("fault", {"kind": "revoke", "channel": "eve"}, 404, "there are: ada, bob"),
        ("share", {"channels": ["ada", "eve"]}, 404, "there are: ada, bob"),
        ("share", {"channels": ["ada"]}, 400, "two channels or more"),
        ("share", {"channels": ["ada", "ADA"]}, 400, "two channels or more"),
        ("share", {"channels": ["ada"], "share": False}, 400, "shares no chat"),
        ("share", {"channels": [], "share": False}, 400, "Name a channel"),
        ("share", {}, 400, "It takes: channels, share"),
        ("activate", {"user_code": "NOSUCH", "user": "vera"}, 404, "no code 'NOSUCH'"),
        ("activate", {"user_code": "NOSUCH"}, 400, "It takes: user_code, user, allow"),
        ("login", {"user": "vera", "do": "expire"}, 404, "these have: kissbot"),
        ("login", {"user": "kissbot", "do": "explode"}, 400, "explode"),
        ("nothing", {}, 404, "POST /control/say"),
    ],
)
async def test_what_is_wrong_is_said_and_how_to_mend_it(
    client: Client, path: str, body: object, status: int, words: str
) -> None:
    answer = await client.control(path, "POST", json=body)
    assert answer.status == status
    assert set(answer.body) == {"error"}
    assert words in answer.body["error"]


async def test_a_body_that_is_no_json_is_refused(client: Client) -> None:
    answer = await client.control("say", "POST", data=b"{channel: ada}")
    assert answer.status == 400
    assert "malformed" in answer.body["error"]


async def test_sent_lines_can_be_read_from_anywhere_on(client: Client, watch: Watch) -> None:
    await client.say("ada", "one")
    watch.push(10)
    await client.say("bob", "two")
    await client.say("ada", "three")
    everything = (await client.control("sent")).body
    assert [one["text"] for one in everything] == ["one", "two", "three"]
    fields = {"id", "channel", "text", "reply_to", "at", "latency_ms", "is_sent", "drop_reason"}
    assert set(everything[0]) == fields
    for query, texts in (
        ("channel=ada", ["one", "three"]),
        (f"after={everything[0]['id']}", ["two", "three"]),
        (f"channel=ada&after={everything[0]['id']}", ["three"]),
        (f"after={everything[0]['at']}", ["two", "three"]),
        (f"after={watch.now}", []),
    ):
        assert [one["text"] for one in (await client.control(f"sent?{query}")).body] == texts
    assert (await client.control("sent?after=never")).status == 400
    assert (await client.control("sent?channel=eve")).status == 404


async def test_a_stream_goes_live_and_offline(client: Client) -> None:
    order = {"channel": "ada", "live": True, "title": "Escaping", "game": "hades"}
    state = {"channel": "ada", "live": True, "title": "Escaping", "game": "Hades"}
    assert (await client.control("stream", "POST", json=order)).body == state
    offline = await client.control("stream", "POST", json={"channel": "ada", "live": False})
    assert offline.body == {**state, "live": False}


async def test_a_fault_is_told_back(client: Client) -> None:
    answer = await client.control("fault", "POST", json={"kind": "delay", "seconds": 2, "count": 3})
    assert answer.body == {"kind": "delay", "seconds": 2.0, "count": 3}
    assert (await client.control("state")).body["faults"] == [answer.body]
    await client.control("fault", "POST", json={"kind": "clear"})
    assert (await client.control("state")).body["faults"] == []


async def test_calls_can_be_refused_and_slowed_down(client: Client) -> None:
    await client.control("fault", "POST", json={"kind": "refuse", "status": 500, "path": "/streams"})
    await client.control("fault", "POST", json={"kind": "slow", "seconds": 0.01})
    assert (await client.helix("users")).status == 200
    refused = await client.helix("streams")
    assert (refused.status, refused.body["error"]) == (500, "Internal Server Error")
    assert (await client.helix("streams")).status == 200


async def test_a_refusal_for_want_of_points_says_when_to_come_back(client: Client, watch: Watch) -> None:
    await client.control("fault", "POST", json={"kind": "refuse", "status": 429})
    refused = await client.helix("streams")
    assert refused.status == 429
    assert 0 < int(refused.headers["Ratelimit-Reset"]) - watch.now <= 2


async def test_the_state_tells_everything(twitch: Sandbox, client: Client, watch: Watch) -> None:
    socket = await client.listen("ada")
    ada = {"broadcaster_user_id": await client.id_of("ada")}
    await client.order("stream.online", "1", ada, socket.id)
    twitch.say("ada", user="vera", text="hi")
    twitch.fault("drop_reason", code="msg_rejected")
    await client.say("ada", "dropped")
    await client.say("ada", "sent")
    watch.push(2)
    state = (await client.control("state")).body
    assert (state["bot"], state["connected"], state["unplugged"]) == ("kissbot", True, False)
    assert state["channels"][0] == {
        "channel": "ada",
        "live": False,
        "title": "",
        "game": "",
        "language": "en",
        "bot_rank": "moderator",
    }
    (one,) = state["sockets"]
    assert one == {
        "id": socket.id,
        "connected_seconds": 2.0,
        "subscriptions": 2,
        "shards": [],
        "status": "connected",
    }
    assert state["subscriptions"] == {"channel.chat.message": ["ada"], "stream.online": ["ada"]}
    assert state["cost"] == {"total": 1, "max": 10}
    assert state["counters"] == {
        "frames": 2,
        "lines": 2,
        "sent": 1,
        "dropped": {"msg_rejected": 1},
        "undelivered": {},
        "violations": {},
        "refreshes": 0,
        "reused": 0,
    }
    assert state["logins"] == {
        "kissbot": {
            "status": "logged_in",
            "scopes": [*BOT_SCOPES],
            "access_tokens": 1,
            "refreshes": 0,
            "reused": 0,
        }
    }
