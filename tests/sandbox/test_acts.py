"""What moderators do through the API, and chats that are shared."""

from typing import Any

import pytest

from kissbot.sandbox.socket import Timing
from kissbot.sandbox.twitch import Sandbox

from .client import Answer, Client, Watch, open_client

SCOPES = ("moderator:manage:shoutouts", "moderator:manage:announcements", "user:read:moderated_channels")


@pytest.fixture
async def moderator(twitch: Sandbox, client: Client) -> Client:
    """The bot, allowed to do all of it."""
    client.login = twitch.log_in("kissbot", ["user:read:chat", "user:write:chat", *SCOPES])
    return client


async def shout(client: Client, to: str, **more: Any) -> Answer:
    query = {
        "from_broadcaster_id": await client.id_of("ada"),
        "to_broadcaster_id": await client.id_of(to),
        "moderator_id": await client.id_of(),
    }
    return await client.helix("chat/shoutouts", "POST", params=query | more)


async def test_a_shoutout_wants_a_live_channel_a_pause_and_somebody_else(
    twitch: Sandbox, moderator: Client, watch: Watch
) -> None:
    assert (await shout(moderator, "bob")).status == 400
    twitch.set_stream("ada", live=True)
    assert (await shout(moderator, "bob")).status == 204
    assert (await shout(moderator, "kissbot")).status == 429
    watch.push(121)
    assert (await shout(moderator, "bob")).status == 429
    assert (await shout(moderator, "ada")).status == 400
    assert (await shout(moderator, "kissbot")).status == 204  # a refusal is no shoutout
    assert twitch.shoutouts == [("ada", "bob"), ("ada", "kissbot")]


async def test_only_moderators_shout(twitch: Sandbox, moderator: Client) -> None:
    twitch.set_stream("ada", live=True)
    twitch.set_bot_rank("ada", "vip")
    assert (await shout(moderator, "bob")).status == 403
    assert (await shout(moderator, "bob", moderator_id="1")).status == 401


async def test_without_the_scope_nothing_is_done(client: Client) -> None:
    assert (await shout(client, "bob")).status == 401


async def test_an_announcement_is_a_line(twitch: Sandbox, moderator: Client) -> None:
    query = {"broadcaster_id": await moderator.id_of("ada"), "moderator_id": await moderator.id_of()}
    for status in (204, 429):
        answer = await moderator.helix(
            "chat/announcements", "POST", params=query, json={"message": "hear, hear"}
        )
        assert answer.status == status
    assert [sent.text for sent in twitch.sent] == ["hear, hear"]


async def test_where_somebody_moderates(twitch: Sandbox, moderator: Client) -> None:
    twitch.set_bot_rank("bob", "everyone")
    query = {"user_id": await moderator.id_of()}
    answer = await moderator.helix("moderation/channels", params=query)
    assert [row["broadcaster_login"] for row in answer.body["data"]] == ["ada"]


async def test_what_users_granted(twitch: Sandbox, client: Client) -> None:
    twitch.log_in("ada", ["channel:bot"])
    app = (await client.oauth("token", grant_type="client_credentials")).body["access_token"]
    headers = {"Authorization": f"Bearer {app}", "Client-Id": client.login.client_id}
    ids = [("user_id", twitch.id_of("ada")), ("user_id", twitch.id_of("bob"))]
    rows = (await client.helix("authorization/users", headers=headers, params=ids)).body["data"]
    assert [(row["user_login"], row["scopes"], row["has_authorized"]) for row in rows] == [
        ("ada", ["channel:bot"], True),
        ("bob", [], False),
    ]


async def test_in_a_shared_chat_a_line_is_shown_everywhere_under_its_own_id(
    twitch: Sandbox, client: Client
) -> None:
    socket = await client.listen("ada", "bob")
    twitch.share("ada", "bob")
    said = twitch.say("ada", user="vera", text="both of you")
    here, there = await socket.event(), await socket.event()
    assert (here["message_id"], here["source_broadcaster_user_id"]) == (said, None)
    assert there["broadcaster_user_login"] == "bob"
    assert there["message_id"] != said
    assert (there["source_message_id"], there["source_broadcaster_user_id"]) == (said, twitch.id_of("ada"))
    session = await client.helix("shared_chat/session", params={"broadcaster_id": twitch.id_of("bob")})
    assert session.body["data"][0]["host_broadcaster_id"] == twitch.id_of("ada")
    assert (await client.helix("shared_chat/session")).status == 400


async def test_whoever_moderates_here_is_nobody_in_the_other_channel(twitch: Sandbox, client: Client) -> None:
    socket = await client.listen("ada", "bob")
    twitch.share("ada", "bob")
    twitch.say("ada", user="mona", text="I moderate", rank="moderator")
    here, there = await socket.event(), await socket.event()
    assert [badge["set_id"] for badge in here["badges"]] == ["moderator"]
    assert there["badges"] == []
    assert [badge["set_id"] for badge in there["source_badges"]] == ["moderator"]


async def test_what_is_shared_begins_and_ends_with_an_event(twitch: Sandbox, client: Client) -> None:
    socket = await client.listen()
    for moment in ("begin", "end"):
        about = {"broadcaster_user_id": twitch.id_of("bob")}
        assert (await client.order(f"channel.shared_chat.{moment}", "1", about, socket.id)).status == 202
    twitch.share("ada", "bob")
    begun = await socket.event()
    assert (begun["host_broadcaster_user_login"], begun["broadcaster_user_login"]) == ("ada", "bob")
    twitch.share("ada", share=False)
    assert (await socket.event())["session_id"] == begun["session_id"]


@pytest.mark.parametrize(("only", "shown"), [(None, 1), (True, 1), (False, 2)])
async def test_an_applications_line_stays_where_it_is_unless_it_says_so(
    twitch: Sandbox, client: Client, only: bool | None, shown: int
) -> None:
    twitch.share("ada", "bob")
    twitch.log_in("kissbot", ["user:bot", "user:write:chat"])
    app = (await client.oauth("token", grant_type="client_credentials")).body["access_token"]
    headers = {"Authorization": f"Bearer {app}", "Client-Id": client.login.client_id}
    body = {"broadcaster_id": twitch.id_of("ada"), "sender_id": twitch.id_of("kissbot"), "message": "hi"}
    if only is not None:
        body["for_source_only"] = only  # type: ignore[assignment]
    before = twitch.state()["counters"]["lines"]
    assert (await client.helix("chat/messages", "POST", headers=headers, json=body)).status == 200
    assert twitch.state()["counters"]["lines"] - before == shown


async def test_a_shared_chat_ends(twitch: Sandbox, client: Client) -> None:
    assert (await client.control("share", "POST", json={"channels": ["ada", "bob"]})).status == 200
    with pytest.raises(ValueError, match="already"):
        twitch.share("ada", "bob")
    twitch.share("bob", share=False)
    assert (await client.control("share", "POST", json={"channels": ["ada"], "share": False})).status == 400


async def test_a_rerun_is_told_as_one_and_not_listed(twitch: Sandbox, client: Client) -> None:
    socket = await client.listen()
    about = {"broadcaster_user_id": twitch.id_of("ada")}
    assert (await client.order("stream.online", "1", about, socket.id)).status == 202
    twitch.set_stream("ada", live=True, kind="rerun")
    assert (await socket.event())["type"] == "rerun"
    assert (await client.helix("streams")).body["data"] == []
    twitch.set_stream("ada", live=False)
    order = {"channel": "ada", "live": True, "kind": "premiere"}
    assert (await client.control("stream", "POST", json=order)).status == 200
    assert (await socket.event())["type"] == "premiere"
    assert (await client.control("stream", "POST", json={**order, "kind": "nap"})).status == 400


async def test_a_late_api_tells_of_each_stream_in_its_turn(watch: Watch) -> None:
    async with (
        Sandbox(("ada",), clock=watch, timing=Timing(streams_lag=20)) as twitch,
        open_client(twitch) as client,
    ):
        for live in (True, False, True):
            twitch.set_stream("ada", live=live)
            watch.push(5)
        seen: list[list[str]] = []
        for _ in range(4):
            seen.append([row["id"] for row in (await client.helix("streams")).body["data"]])
            watch.push(5)
        assert seen[0] == seen[2] == []
        assert len({*seen[1], *seen[3]}) == 2


async def test_get_streams_may_lag(watch: Watch) -> None:
    async with (
        Sandbox(("ada",), clock=watch, timing=Timing(streams_lag=20)) as twitch,
        open_client(twitch) as client,
    ):
        twitch.set_stream("ada", live=True)
        assert (await client.helix("streams")).body["data"] == []
        watch.push(20)
        assert len((await client.helix("streams")).body["data"]) == 1
        twitch.set_stream("ada", live=False)
        watch.push(19)
        assert len((await client.helix("streams")).body["data"]) == 1
        watch.push(1)
        assert (await client.helix("streams")).body["data"] == []
