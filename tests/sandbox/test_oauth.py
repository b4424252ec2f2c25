"""Tokens over HTTP: getting, refreshing, validating, revoking."""

import pytest

from kissbot.sandbox.tokens import BOT_SCOPES, LoginTiming
from kissbot.sandbox.twitch import Sandbox

from .client import Client, Watch, open_client


async def test_client_credentials_give_an_app_token(client: Client) -> None:
    answer = await client.oauth("token", grant_type="client_credentials")
    assert answer.status == 200
    assert set(answer.body) == {"access_token", "expires_in", "token_type"}
    about = (await client.validate(answer.body["access_token"])).body
    assert (about["login"], about["user_id"]) == (None, None)


async def test_parameters_may_be_in_the_query(client: Client) -> None:
    query = {
        "client_id": client.login.client_id,
        "client_secret": client.login.client_secret,
        "grant_type": "client_credentials",
    }
    answer = await client.call("POST", f"{client.twitch.urls.oauth}/token", params=query)
    assert answer.status == 200


async def test_a_refresh_gives_a_new_pair_and_the_old_one_is_spent(client: Client) -> None:
    old = client.login.refresh_token
    fresh = (await client.refresh(old)).body
    assert fresh["scope"] == [*BOT_SCOPES]
    assert fresh["refresh_token"] != old
    assert (await client.validate(fresh["access_token"])).status == 200
    assert fresh["expires_in"] == 14_400
    again = await client.refresh(old)
    assert again.body == {"status": 400, "message": "Invalid refresh token"}


async def test_a_client_that_forgets_to_encode_is_caught(client: Client) -> None:
    old, who = client.login.refresh_token, client.login
    form = f"grant_type=refresh_token&client_id={who.client_id}&client_secret={who.client_secret}"
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    body = f"{form}&refresh_token={old}"
    bare = await client.call("POST", f"{client.twitch.urls.oauth}/token", data=body, headers=headers)
    assert bare.body == {"status": 400, "message": "Invalid refresh token"}
    assert (await client.refresh(old)).status == 200


@pytest.mark.parametrize(
    ("secret", "status", "message"),
    [("", 400, "missing client secret"), ("wrong", 403, "invalid client secret")],
)
async def test_a_confidential_client_refreshes_with_its_secret(
    client: Client, secret: str, status: int, message: str
) -> None:
    old = client.login.refresh_token
    refused = await client.refresh(old, client_secret=secret)
    assert (refused.status, refused.body["message"]) == (status, message)
    assert (await client.refresh(old)).status == 200


async def test_a_public_client_has_no_secret(watch: Watch) -> None:
    async with Sandbox(("ada",), client="public", clock=watch) as twitch, open_client(twitch) as client:
        assert client.login.client_secret == ""
        fresh = (await client.refresh(client.login.refresh_token)).body
        watch.push(30 * 86_400 - 1)
        fresh = (await client.refresh(fresh["refresh_token"])).body
        watch.push(30 * 86_400)
        late = await client.refresh(fresh["refresh_token"])
        assert late.body == {"status": 400, "message": "Invalid refresh token"}
        assert twitch.reused == 0


async def test_a_public_client_has_no_app_tokens() -> None:
    async with Sandbox(("ada",), client="public") as twitch, open_client(twitch) as client:
        for secret in ("", "invented"):
            answer = await client.oauth("token", grant_type="client_credentials", client_secret=secret)
            assert answer.status == 400


async def test_user_tokens_live_as_long_as_was_set(watch: Watch) -> None:
    timing = LoginTiming(user_token=2)
    async with Sandbox(("ada",), clock=watch, login_timing=timing) as twitch, open_client(twitch) as client:
        assert (await client.validate(client.login.token)).body["expires_in"] == 2
        watch.push(2)
        assert (await client.helix("users")).status == 401
        refresh_token = client.login.refresh_token
        for _ in range(5):
            fresh = (await client.refresh(refresh_token)).body
            assert fresh["expires_in"] == 2
            assert (await client.validate(fresh["access_token"])).status == 200
            refresh_token = fresh["refresh_token"]
            watch.push(1)
        assert twitch.refreshes("kissbot") == 5
        assert twitch.state()["logins"]["kissbot"]["access_tokens"] == 1


@pytest.mark.parametrize(
    ("form", "status", "message"),
    [
        ({"client_id": "wrong"}, 400, "invalid client"),
        ({"client_id": ""}, 400, "missing client id"),
        ({"client_secret": "wrong"}, 403, "invalid client secret"),
        ({"client_secret": ""}, 400, "missing client secret"),
        ({"grant_type": "refresh_token"}, 400, "missing refresh token"),
    ],
)
async def test_what_is_wrong_is_said(client: Client, form: dict[str, str], status: int, message: str) -> None:
    answer = await client.oauth("token", **{"grant_type": "client_credentials", **form})
    assert answer.status == status
    assert answer.body == {"status": status, "message": message}


async def test_an_unknown_grant_is_refused(client: Client) -> None:
    assert (await client.oauth("token", grant_type="wish")).status == 400


@pytest.mark.parametrize("scheme", ["OAuth", "Bearer"])
async def test_validate_tells_whose_token_it_is(client: Client, watch: Watch, scheme: str) -> None:
    watch.push(400)
    about = (await client.validate(client.login.token, scheme)).body
    assert about == {
        "client_id": client.login.client_id,
        "login": "kissbot",
        "scopes": [*BOT_SCOPES],
        "user_id": await client.id_of(),
        "expires_in": 14_000,
    }


async def test_a_revoked_token_is_worth_nothing(client: Client) -> None:
    assert (await client.oauth("revoke", token=client.login.token)).status == 200
    assert (await client.validate(client.login.token)).body == {
        "status": 401,
        "message": "invalid access token",
    }
    assert (await client.helix("users")).status == 401
    assert (await client.oauth("revoke", token=client.login.token)).status == 400
    assert (await client.oauth("revoke", token="")).status == 400
    assert (await client.oauth("revoke", client_id="wrong", token="x")).status == 400


async def test_validate_wants_a_token(client: Client) -> None:
    answer = await client.call("GET", f"{client.twitch.urls.oauth}/validate")
    assert answer.body == {"status": 401, "message": "missing authorization token"}


async def test_other_paths_are_not_found(client: Client) -> None:
    assert (await client.call("GET", f"{client.twitch.urls.oauth}/authorize")).status == 404
