"""Logging in by device code, over HTTP."""

import pytest

from kissbot.sandbox.tokens import ClientKind, LoginTiming
from kissbot.sandbox.twitch import Sandbox

from .client import Answer, Client, Json, Watch, open_client

GRANT = "urn:ietf:params:oauth:grant-type:device_code"
SCOPES = "user:read:chat user:write:chat"


async def start(client: Client) -> Json:
    answer = await client.oauth("device", client_secret="", scopes=SCOPES)
    assert answer.status == 200, answer
    return answer.body


async def poll(client: Client, device_code: str, client_id: str = "") -> Answer:
    form = {"grant_type": GRANT, "scopes": SCOPES, "device_code": device_code, "client_secret": ""}
    return await client.oauth("token", **form, client_id=client_id or client.login.client_id)


async def test_a_device_gets_its_codes(client: Client) -> None:
    device = await start(client)
    assert set(device) == {"device_code", "expires_in", "interval", "user_code", "verification_uri"}
    assert (device["expires_in"], device["interval"]) == (1_800, 5)
    assert device["verification_uri"] == f"{client.twitch.url}/activate?device-code={device['user_code']}"
    assert (await client.call("GET", device["verification_uri"])).status == 200


@pytest.mark.parametrize(
    ("form", "message"),
    [
        ({"client_id": "wrong"}, "invalid client"),
        ({"client_id": ""}, "missing client id"),
        ({"scopes": ""}, "missing scopes"),
        ({"scopes": "user:read:chat chat:everything"}, "invalid scope"),
    ],
)
async def test_a_wrong_request_for_codes_is_refused(
    client: Client, form: dict[str, str], message: str
) -> None:
    answer = await client.oauth("device", **{"scopes": SCOPES, **form})
    assert answer.body == {"status": 400, "message": message}


@pytest.mark.parametrize(
    ("device_code", "client_id", "message"),
    [
        ("invented", "wrong", "invalid client"),
        ("", "", "missing device_code"),
        ("invented", "", "invalid device code"),
    ],
)
async def test_a_wrong_question_is_refused(
    client: Client, device_code: str, client_id: str, message: str
) -> None:
    answer = await poll(client, device_code, client_id)
    assert answer.body == {"status": 400, "message": message}


@pytest.mark.parametrize("kind", ["confidential", "public"])
async def test_a_login_from_the_first_question_to_the_first_refresh(kind: ClientKind, watch: Watch) -> None:
    async with Sandbox(("ada",), client=kind, clock=watch) as twitch, open_client(twitch) as client:
        device = await start(client)
        pending = await poll(client, device["device_code"])
        assert pending.body == {"status": 400, "message": "authorization_pending"}
        watch.push(5)
        twitch.activate(device["user_code"], "ada")
        pair = (await poll(client, device["device_code"])).body
        assert set(pair) == {"access_token", "refresh_token", "expires_in", "scope", "token_type"}
        assert pair["scope"] == SCOPES.split()
        about = (await client.validate(pair["access_token"])).body
        assert (about["login"], about["scopes"]) == ("ada", SCOPES.split())
        assert (await client.refresh(pair["refresh_token"])).status == 200
        again = await poll(client, device["device_code"])
        assert again.body == {"status": 400, "message": "invalid device code"}


async def test_who_asks_too_often_is_told_to_slow_down(client: Client, watch: Watch) -> None:
    device = await start(client)
    asked = []
    for pause in (0, 1, 9, 15):
        watch.push(pause)
        asked.append((await poll(client, device["device_code"])).body["message"])
    assert asked == ["authorization_pending", "slow_down", "slow_down", "authorization_pending"]


async def test_a_denied_device_is_told_so(client: Client) -> None:
    device = await start(client)
    client.twitch.activate(device["user_code"], "ada", allow=False)
    denied = await poll(client, device["device_code"])
    assert denied.body == {"status": 400, "message": "access_denied"}
    assert "ada" not in client.twitch.state()["logins"]


async def test_times_may_be_set(watch: Watch) -> None:
    timing = LoginTiming(device_code=30, interval=1)
    async with Sandbox(("ada",), clock=watch, login_timing=timing) as twitch, open_client(twitch) as client:
        device = await start(client)
        assert (device["expires_in"], device["interval"]) == (30, 1)
        watch.push(30)
        expired = await poll(client, device["device_code"])
        assert expired.body == {"status": 400, "message": "expired_token"}


async def test_the_page_learns_what_is_asked_and_of_whom_and_answers_once(client: Client) -> None:
    code = (await start(client))["user_code"]
    wishes = await client.control(f"activate?user_code={code}")
    assert wishes.body == {
        "user_code": code,
        "scopes": SCOPES.split(),
        "accounts": ["kissbot", "ada", "bob"],
    }
    answer = {"user_code": code, "user": "mallory", "allow": True}
    assert (await client.control("activate", "POST", json=answer)).body == answer
    again = await client.control("activate", "POST", json=answer)
    assert again.status == 400
    assert "works once" in again.body["error"]
    assert (await client.control(f"activate?user_code={code}")).status == 400
    assert (await client.control("activate")).status == 404


async def test_any_account_may_allow_it_also_a_wrong_one(client: Client) -> None:
    device = await start(client)
    client.twitch.activate(device["user_code"], "Mallory")
    pair = (await poll(client, device["device_code"])).body
    assert (await client.validate(pair["access_token"])).body["login"] == "mallory"
