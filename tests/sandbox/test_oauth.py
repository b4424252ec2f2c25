"""Tokens over HTTP: getting, refreshing, validating, revoking."""

import pytest

from .client import Answer, Client, Watch


async def ask(client: Client, path: str, **form: str) -> Answer:
    whole = {"client_id": client.login.client_id, "client_secret": client.login.client_secret, **form}
    return await client.call("POST", f"{client.twitch.urls.oauth}/{path}", data=whole)


async def validate(client: Client, token: str, scheme: str = "OAuth") -> Answer:
    headers = {"Authorization": f"{scheme} {token}"}
    return await client.call("GET", f"{client.twitch.urls.oauth}/validate", headers=headers)


async def test_client_credentials_give_an_app_token(client: Client) -> None:
    answer = await ask(client, "token", grant_type="client_credentials")
    assert answer.status == 200
    assert set(answer.body) == {"access_token", "expires_in", "token_type"}
    about = (await validate(client, answer.body["access_token"])).body
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
    fresh = (await ask(client, "token", grant_type="refresh_token", refresh_token=old)).body
    assert fresh["scope"] == ["user:bot", "user:read:chat", "user:write:chat"]
    assert fresh["refresh_token"] != old
    assert (await validate(client, fresh["access_token"])).status == 200
    again = await ask(client, "token", grant_type="refresh_token", refresh_token=old)
    assert again.body == {"status": 400, "message": "Invalid refresh token"}


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
    answer = await ask(client, "token", **{"grant_type": "client_credentials", **form})
    assert answer.status == status
    assert answer.body == {"status": status, "message": message}


async def test_an_unknown_grant_is_refused(client: Client) -> None:
    assert (await ask(client, "token", grant_type="wish")).status == 400


@pytest.mark.parametrize("scheme", ["OAuth", "Bearer"])
async def test_validate_tells_whose_token_it_is(client: Client, watch: Watch, scheme: str) -> None:
    watch.push(400)
    about = (await validate(client, client.login.token, scheme)).body
    assert about == {
        "client_id": client.login.client_id,
        "login": "kissbot",
        "scopes": ["user:bot", "user:read:chat", "user:write:chat"],
        "user_id": await client.id_of(),
        "expires_in": 14_000,
    }


async def test_a_revoked_token_is_worth_nothing(client: Client) -> None:
    assert (await ask(client, "revoke", token=client.login.token)).status == 200
    assert (await validate(client, client.login.token)).body == {
        "status": 401,
        "message": "invalid access token",
    }
    assert (await client.helix("users")).status == 401
    assert (await ask(client, "revoke", token=client.login.token)).status == 400
    assert (await ask(client, "revoke", token="")).status == 400
    assert (await ask(client, "revoke", client_id="wrong", token="x")).status == 400


async def test_validate_wants_a_token(client: Client) -> None:
    answer = await client.call("GET", f"{client.twitch.urls.oauth}/validate")
    assert answer.body == {"status": 401, "message": "missing authorization token"}


async def test_other_paths_are_not_found(client: Client) -> None:
    assert (await client.call("GET", f"{client.twitch.urls.oauth}/authorize")).status == 404
