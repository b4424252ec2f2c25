"""Send Chat Message: what arrives, what is dropped, what is refused."""

import pytest

from kissbot.sandbox.twitch import Sandbox

from .client import Client, Watch, open_client


async def test_a_line_comes_back_to_everybody_who_listens(twitch: Sandbox, client: Client) -> None:
    socket = await client.listen("ada")
    answer = await client.say("ada", "hello")
    (row,) = answer.body["data"]
    assert (row["is_sent"], row["drop_reason"]) == (True, None)
    event = await socket.event()
    assert event["message_id"] == row["message_id"]
    assert event["chatter_user_login"] == "kissbot"
    assert [badge["set_id"] for badge in event["badges"]] == ["moderator"]


async def test_a_reply_knows_what_it_replies_to_and_how_fast_it_was(twitch: Sandbox, client: Client) -> None:
    socket = await client.listen("ada")
    asked = twitch.say("ada", user="Vera", text="!ping")
    assert (await socket.event())["message_id"] == asked
    await client.say("ada", "Pong!", reply_parent_message_id=asked)
    reply = (await socket.event())["reply"]
    assert reply["parent_message_id"] == reply["thread_message_id"] == asked
    assert (reply["parent_message_body"], reply["parent_user_name"]) == ("!ping", "Vera")
    (sent,) = twitch.sent
    assert (sent.channel, sent.text, sent.reply_to, sent.is_sent) == ("ada", "Pong!", asked, True)
    assert sent.latency_ms is not None
    assert 0 < sent.latency_ms < 5_000


async def test_five_hundred_characters_are_enough(client: Client) -> None:
    assert (await client.say("ada", "é" * 500)).status == 200
    refused = await client.say("ada", "é" * 501)
    assert refused.status == 422
    assert refused.body["message"] == "The message is too large"


@pytest.mark.parametrize(
    "wrong",
    [
        {"broadcaster_id": "1"},
        {"broadcaster_id": ""},
        {"sender_id": "1"},
        {"message": " "},
        {"message": 5},
        {"reply_parent_message_id": "nothing"},
        {"for_source_only": True},
    ],
)
async def test_a_wrong_body_is_refused(client: Client, wrong: dict[str, object]) -> None:
    assert (await client.say("ada", "hello", **wrong)).status == 400
    assert not client.twitch.sent


async def test_nobody_writes_as_somebody_else(client: Client) -> None:
    assert (await client.say("ada", "hello", sender_id=await client.id_of("ada"))).status == 403


async def test_a_token_without_the_scope_cannot_write(twitch: Sandbox, client: Client) -> None:
    mute = Client(twitch, client.http, twitch.log_in("mia", ["user:read:chat"]))
    answer = await mute.say("ada", "hello")
    assert answer.status == 401
    assert answer.body["message"] == "Missing scope: user:write:chat"


async def test_an_app_writes_for_the_bot_where_it_moderates(twitch: Sandbox, client: Client) -> None:
    form = {
        "client_id": client.login.client_id,
        "client_secret": client.login.client_secret,
        "grant_type": "client_credentials",
    }
    token = (await client.call("POST", f"{twitch.urls.oauth}/token", data=form)).body["access_token"]
    body = {
        "broadcaster_id": await client.id_of("ada"),
        "sender_id": await client.id_of(),
        "message": "hi",
    }
    headers = {**client.headers, "Authorization": f"Bearer {token}"}
    assert (await client.helix("chat/messages", "POST", json=body, headers=headers)).status == 200
    twitch.set_bot_rank("ada", "everyone")
    assert (await client.helix("chat/messages", "POST", json=body, headers=headers)).status == 403
    twitch.log_in("ada", ["channel:bot"])
    assert (await client.helix("chat/messages", "POST", json=body, headers=headers)).status == 200


async def test_two_lines_within_a_second_silence_an_unprivileged_bot_for_an_hour(
    twitch: Sandbox, client: Client, watch: Watch
) -> None:
    twitch.set_bot_rank("ada", "everyone")
    assert (await client.say("ada", "one")).body["data"][0]["is_sent"]
    (dropped,) = (await client.say("ada", "two")).body["data"]
    assert dropped["message_id"] == ""
    assert dropped["drop_reason"]["code"] == "msg_ratelimit"
    watch.push(3_599)
    assert not (await client.say("ada", "three")).body["data"][0]["is_sent"]
    assert (await client.say("bob", "where it moderates")).body["data"][0]["is_sent"]
    watch.push(1)
    assert (await client.say("ada", "four")).body["data"][0]["is_sent"]
    assert [one.drop_reason for one in twitch.sent if one.drop_reason] == ["msg_ratelimit"] * 2
    assert len({one.id for one in twitch.sent}) == 5


async def test_a_dropped_line_reaches_nobody(twitch: Sandbox, client: Client) -> None:
    socket = await client.listen("ada")
    twitch.fault("drop_reason", code="msg_rejected")
    (row,) = (await client.say("ada", "one")).body["data"]
    assert row["drop_reason"]["code"] == "msg_rejected"
    await client.say("ada", "two")
    assert await socket.text() == "two"


async def test_limits_can_be_counted_without_being_enforced(watch: Watch) -> None:
    async with Sandbox(("ada",), bot_rank="everyone", enforce_limits=False, clock=watch) as twitch:
        async with open_client(twitch) as client:
            for _ in range(3):
                assert (await client.say("ada", "same")).body["data"][0]["is_sent"]
        assert twitch.state()["counters"]["violations"] == {"channel": 2, "duplicate": 2}
