"""How logins end, and what the sandbox tells about them."""

import json
import logging

import aiohttp
import pytest

from kissbot.sandbox.twitch import Sandbox

from .client import Client, Json

TOKEN = "/oauth2/token"
VALIDATE = "/oauth2/validate"


async def assert_all_over(client: Client) -> None:
    assert (await client.helix("users")).status == 401
    assert (await client.validate(client.login.token)).status == 401
    assert (await client.refresh(client.login.refresh_token)).body["message"] == "Invalid refresh token"


async def assert_revoked(socket: Json) -> None:
    frame = await socket.frame()
    assert frame["metadata"]["message_type"] == "revocation"
    assert frame["payload"]["subscription"]["status"] == "authorization_revoked"


async def test_expired_tokens_are_refused_until_they_are_refreshed(twitch: Sandbox, client: Client) -> None:
    socket = await client.listen("ada")
    twitch.expire("kissbot")
    assert (await client.helix("users")).status == 401
    assert (await client.validate(client.login.token)).status == 401
    fresh = (await client.refresh(client.login.refresh_token)).body
    headers = {**client.headers, "Authorization": f"Bearer {fresh['access_token']}"}
    assert (await client.helix("users", headers=headers)).status == 200
    twitch.say("ada", user="vera", text="still heard")
    assert await socket.text() == "still heard"


@pytest.mark.parametrize(
    ("end", "status"),
    [(Sandbox.change_password, "password_changed"), (Sandbox.disconnect, "disconnected")],
)
async def test_a_login_that_ends_takes_tokens_and_subscriptions_with_it(
    twitch: Sandbox, client: Client, end: Json, status: str
) -> None:
    socket = await client.listen("ada", "bob")
    end(twitch, "kissbot")
    await assert_revoked(socket)
    await assert_revoked(socket)
    await assert_all_over(client)
    state = twitch.state()
    assert state["subscriptions"] == {}
    assert state["logins"]["kissbot"] == {
        "status": status,
        "scopes": [],
        "access_tokens": 0,
        "refreshes": 0,
        "reused": 0,
    }
    assert twitch.reused == 0


async def test_a_refresh_token_used_again_ends_the_grant_and_all_subscriptions(
    twitch: Sandbox, client: Client
) -> None:
    socket = await client.listen("ada")
    old = client.login.refresh_token
    fresh = (await client.refresh(old)).body
    again = await client.refresh(old)
    assert again.body == {"status": 400, "message": "Invalid refresh token"}
    await assert_revoked(socket)
    await assert_all_over(client)
    assert (await client.validate(fresh["access_token"])).status == 401
    assert (await client.refresh(fresh["refresh_token"])).status == 400
    assert (twitch.reused, twitch.refreshes("kissbot")) == (1, 1)
    counters = twitch.state()["counters"]
    assert (counters["refreshes"], counters["reused"]) == (1, 1)


async def test_the_end_of_one_login_is_nothing_to_the_others(twitch: Sandbox, client: Client) -> None:
    socket = await client.listen("ada")
    twitch.log_in("ada", ["channel:bot"])
    twitch.disconnect("ada")
    assert (await client.helix("users")).status == 200
    twitch.say("ada", user="vera", text="hi")
    assert await socket.text() == "hi"


async def test_who_disconnected_may_log_in_again(twitch: Sandbox, client: Client) -> None:
    await client.listen("ada")
    twitch.disconnect("kissbot")
    client.login = twitch.log_in("kissbot", ["user:read:chat"])
    again = await client.listen("ada")
    twitch.say("ada", user="vera", text="back")
    assert await again.text() == "back"
    assert twitch.state()["logins"]["kissbot"]["status"] == "logged_in"


async def test_a_revoked_token_leaves_the_refresh_token_alone(twitch: Sandbox, client: Client) -> None:
    await client.oauth("revoke", token=client.login.token)
    assert twitch.state()["logins"]["kissbot"]["status"] == "revoked"
    assert (await client.refresh(client.login.refresh_token)).status == 200
    assert twitch.state()["logins"]["kissbot"]["status"] == "refreshed"


@pytest.mark.parametrize(
    ("order", "status"),
    [("expire", "expired"), ("change_password", "password_changed"), ("disconnect", "disconnected")],
)
async def test_logins_end_over_http_too(client: Client, order: str, status: str) -> None:
    answer = await client.control("login", "POST", json={"user": "kissbot", "do": order})
    assert (answer.body["status"], answer.body["access_tokens"]) == (status, 0)
    assert (await client.helix("users")).status == 401


async def test_who_never_logged_in_cannot_be_logged_out(twitch: Sandbox) -> None:
    with pytest.raises(LookupError, match="these have: kissbot"):
        twitch.expire("vera")


async def test_no_secret_is_ever_shown(
    twitch: Sandbox, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    device = (await client.oauth("device", scopes="user:bot")).body
    fresh = (await client.refresh(client.login.refresh_token)).body
    wishes = await client.control(f"activate?user_code={device['user_code']}")
    twitch.say("ada", user="vera", text="hi")
    await client.refresh(client.login.refresh_token)
    async with client.http.get(f"{twitch.url}/control/events") as events:
        feed = b"".join([await events.content.readline() for _ in range(6)]).decode()
    page = await client.call("GET", device["verification_uri"])
    ended = await client.control("login", "POST", json={"user": "kissbot", "do": "disconnect"})
    shown = f"{wishes} {ended} {feed} {page} {json.dumps(twitch.state())} {caplog.text}"
    secrets = [fresh["access_token"], fresh["refresh_token"], device["device_code"]]
    for secret in (*secrets, client.login.token, client.login.refresh_token, client.login.client_secret):
        assert secret not in shown


# Faults on the login service


@pytest.mark.parametrize("status", [400, 500, 503])
async def test_a_refusal_on_purpose_spends_no_refresh_token(
    twitch: Sandbox, client: Client, status: int
) -> None:
    twitch.fault("refuse", status=status, path=TOKEN)
    refused = await client.refresh(client.login.refresh_token)
    assert (refused.status, refused.body["status"]) == (status, status)
    assert (await client.refresh(client.login.refresh_token)).status == 200


@pytest.mark.parametrize("path", ["device", "validate", "token"])
async def test_each_part_of_the_login_service_can_fail_by_itself(
    twitch: Sandbox, client: Client, path: str
) -> None:
    twitch.fault("refuse", status=503, path=f"/oauth2/{path}")
    answers = {
        "device": await client.oauth("device", scopes="user:bot"),
        "validate": await client.validate(client.login.token),
        "token": await client.refresh(client.login.refresh_token),
    }
    assert {name: answer.status for name, answer in answers.items() if answer.status != 200} == {path: 503}


async def test_a_hang_up_gives_no_answer_and_spends_nothing(twitch: Sandbox, client: Client) -> None:
    twitch.fault("hangup", path=TOKEN)
    with pytest.raises(aiohttp.ClientConnectionError):
        await client.refresh(client.login.refresh_token)
    assert (await client.refresh(client.login.refresh_token)).status == 200
    assert twitch.state()["faults"] == []


async def test_the_api_can_hang_up_too(
    twitch: Sandbox, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    twitch.fault("hangup", path="/chat/messages")
    with pytest.raises(aiohttp.ClientConnectionError):
        await client.say("ada", "lost")
    assert twitch.sent == []
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


async def test_an_answer_may_get_lost_after_all_is_done(twitch: Sandbox, client: Client) -> None:
    twitch.fault("lost_answer", path="/chat/messages")
    twitch.fault("lost_answer", path=TOKEN)
    with pytest.raises(aiohttp.ClientConnectionError):
        await client.say("ada", "said, but who knows it?")
    with pytest.raises(aiohttp.ClientConnectionError):
        await client.refresh(client.login.refresh_token)
    assert [sent.is_sent for sent in twitch.sent] == [True]
    assert twitch.refreshes("kissbot") == 1
    assert twitch.state()["faults"] == []


async def test_who_did_not_wait_for_a_slow_answer_has_spent_nothing(twitch: Sandbox, client: Client) -> None:
    twitch.fault("slow", seconds=0.05, path=TOKEN)
    impatient = aiohttp.ClientTimeout(total=0.01)
    form = {"grant_type": "refresh_token", "refresh_token": client.login.refresh_token}
    whole = {"client_id": client.login.client_id, "client_secret": client.login.client_secret, **form}
    with pytest.raises(TimeoutError):
        await client.call("POST", f"{twitch.urls.oauth}/token", data=whole, timeout=impatient)
    twitch.fault("slow", seconds=0.1, path=VALIDATE)
    assert (await client.validate(client.login.token)).status == 200  # by now the other has woken up
    assert twitch.refreshes("kissbot") == 0
    assert (await client.refresh(client.login.refresh_token)).status == 200
