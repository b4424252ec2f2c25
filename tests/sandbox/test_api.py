"""The API over HTTP: who gets in, what reading tells, how errors look."""

import pytest

from kissbot.sandbox.twitch import Sandbox

from .client import Client, Watch


async def test_a_call_without_a_token_is_told_so(client: Client) -> None:
    answer = await client.helix("users", headers={})
    assert answer.status == 401
    assert answer.body == {"error": "Unauthorized", "status": 401, "message": "OAuth token is missing"}


@pytest.mark.parametrize("wrong", ["Authorization", "Client-Id"])
async def test_a_wrong_token_or_client_is_refused(client: Client, wrong: str) -> None:
    answer = await client.helix("users", headers={**client.headers, wrong: "Bearer nonsense"})
    assert answer.status == 401


async def test_an_expired_token_is_refused(client: Client, watch: Watch) -> None:
    assert (await client.helix("users")).status == 200
    watch.push(14_400)
    assert (await client.helix("users")).body["message"] == "Invalid OAuth token"


async def test_an_unknown_endpoint_is_not_found(client: Client) -> None:
    answer = await client.helix("nothing/here")
    assert answer.status == 404
    assert answer.body == {"error": "Not Found", "status": 404, "message": ""}
    assert (await client.helix("users", "DELETE")).status == 404


async def test_every_answer_tells_the_points_that_are_left(client: Client) -> None:
    first, second = await client.helix("streams"), await client.helix("streams")
    assert first.headers["Ratelimit-Limit"] == "800"
    assert int(first.headers["Ratelimit-Remaining"]) - int(second.headers["Ratelimit-Remaining"]) == 1


async def test_after_eight_hundred_calls_in_a_minute_one_has_to_wait(client: Client, watch: Watch) -> None:
    for _ in range(800):
        assert (await client.helix("streams")).status == 200
    refused = await client.helix("streams")
    assert refused.status == 429
    assert refused.headers["Ratelimit-Remaining"] == "0"
    watch.now = float(refused.headers["Ratelimit-Reset"])
    assert (await client.helix("streams")).status == 200


async def test_sending_has_points_of_its_own(client: Client) -> None:
    before = int((await client.helix("streams")).headers["Ratelimit-Remaining"])
    sent = await client.helix("chat/messages", "POST", json={})
    assert int(sent.headers["Ratelimit-Limit"]) > 800
    assert int((await client.helix("streams")).headers["Ratelimit-Remaining"]) == before - 1


async def test_users_by_id_login_or_token(client: Client) -> None:
    ada = (await client.helix("users?login=ada")).body["data"][0]
    both = (await client.helix(f"users?login=BOB&id={ada['id']}&login=nobody")).body["data"]
    assert [user["login"] for user in both] == ["ada", "bob"]
    assert [user["login"] for user in (await client.helix("users")).body["data"]] == ["kissbot"]


async def test_more_than_a_hundred_at_once_are_refused(client: Client) -> None:
    many = "&".join(f"login=viewer{number}" for number in range(101))
    assert (await client.helix(f"users?{many}")).status == 400


@pytest.mark.parametrize(
    "path",
    [
        "users?id=ada",
        "channels",
        "channels?broadcaster_id=ada",
        "games",
        "search/categories",
        "streams?first=101",
        "streams?first=0",
        "streams?after=%21",
    ],
)
async def test_what_is_missing_or_malformed_is_refused(client: Client, path: str) -> None:
    answer = await client.helix(path)
    assert answer.status == 400
    assert set(answer.body) == {"error", "status", "message"}


async def test_only_live_streams_are_listed(twitch: Sandbox, client: Client) -> None:
    assert (await client.helix("streams")).body == {"data": [], "pagination": {}}
    twitch.set_stream("ada", live=True, title="Escaping", game="Hades")
    twitch.say("ada", user="vera", text="hi")
    (stream,) = (await client.helix("streams")).body["data"]
    assert (stream["user_login"], stream["title"], stream["game_name"]) == ("ada", "Escaping", "Hades")
    assert stream["viewer_count"] == 1
    twitch.set_stream("ada", live=False)
    assert not (await client.helix("streams")).body["data"]


async def test_streams_can_be_picked(client: Client, twitch: Sandbox) -> None:
    twitch.set_stream("ada", live=True, game="Hades")
    twitch.set_stream("bob", live=True, game="Celeste")
    ada = await client.id_of("ada")
    hades = (await client.helix("games?name=hades")).body["data"][0]["id"]
    for query in (f"user_id={ada}", "user_login=ADA", f"game_id={hades}"):
        found = (await client.helix(f"streams?{query}")).body["data"]
        assert [stream["user_login"] for stream in found] == ["ada"]
    assert not (await client.helix("streams?language=fr")).body["data"]


async def test_pages_follow_each_other(client: Client) -> None:
    names: list[str] = []
    cursor = ""
    while True:
        page = (await client.helix(f"games/top?first=7&after={cursor}")).body
        names += [game["name"] for game in page["data"]]
        if not (cursor := page["pagination"].get("cursor", "")):
            break
    assert len(names) == len(set(names)) > 14


async def test_a_channel_tells_what_is_on(client: Client, twitch: Sandbox) -> None:
    twitch.set_stream("ada", live=False, title="Soon", game="Just Chatting")
    ada = await client.id_of("ada")
    (row,) = (await client.helix(f"channels?broadcaster_id={ada}")).body["data"]
    assert (row["title"], row["game_name"], row["game_id"]) == ("Soon", "Just Chatting", "509658")


async def test_a_category_leads_to_igdb(client: Client) -> None:
    (game,) = (await client.helix("games?id=509658")).body["data"]
    assert game["igdb_id"] == ""
    (game,) = (await client.helix("games?igdb_id=113112")).body["data"]
    assert game["name"] == "Hades"


async def test_a_search_wants_all_words(client: Client) -> None:
    found = (await client.helix("search/categories?query=auto%20grand")).body["data"]
    assert [game["name"] for game in found] == ["Grand Theft Auto V"]


async def test_an_app_token_reads_too(client: Client) -> None:
    form = {
        "client_id": client.login.client_id,
        "client_secret": client.login.client_secret,
        "grant_type": "client_credentials",
    }
    token = (await client.call("POST", f"{client.twitch.urls.oauth}/token", data=form)).body["access_token"]
    headers = {**client.headers, "Authorization": f"Bearer {token}"}
    assert (await client.helix("users?login=ada", headers=headers)).status == 200
    assert (await client.helix("users", headers=headers)).status == 400
