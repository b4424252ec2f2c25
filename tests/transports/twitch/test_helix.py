"""Helix calls: what is sent, what is tried again, and what never is."""

import asyncio
import math
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import aiohttp
import msgspec
import pytest
import stamina
from aiohttp import web

from kissbot.transports.twitch.helix import ATTEMPTS, FixedLogin, Helix, HelixError, not_arrived

from .login import LOGIN
from .server import Answer, Server, breaks, breaks_in_mid_answer, says, serving

ADA = says(200, {"data": [{"id": "10", "login": "ada", "display_name": "Ada", "type": ""}]})
SENT = says(200, {"data": [{"message_id": "m1", "is_sent": True, "drop_reason": None}]})
HTML = b"<html><body>the dog ate it</body></html>"


@pytest.fixture
def at_once() -> Iterator[None]:
    """Attempts follow each other without a pause."""
    with stamina.set_testing(True, attempts=ATTEMPTS - 1):
        yield


@asynccontextmanager
async def calling(*answers: Answer) -> AsyncIterator[tuple[Helix, Server]]:
    """A client, and the server that it calls."""
    async with serving(*answers) as server, aiohttp.ClientSession() as http:
        yield (
            Helix(
                http, FixedLogin(LOGIN), url=f"{server.url}/helix/", subscriptions_url=f"{server.url}/subs"
            ),
            server,
        )


# What is sent


async def test_a_call_says_who_asks() -> None:
    async with calling(ADA) as (helix, server):
        (user,) = await helix.users(["ada"])
    (asked,) = server.asked
    assert (user.id, user.login, user.display_name) == ("10", "ada", "Ada")
    assert (asked.method, asked.path, asked.query) == ("GET", "/helix/users", [("login", "ada")])
    assert asked.headers["Authorization"] == "Bearer secret-token"
    assert asked.headers["Client-Id"] == "client"


async def test_calls_share_one_connection() -> None:
    async with calling(ADA) as (helix, server):
        for _ in range(5):
            await helix.users(["ada"])
    assert len({asked.connection for asked in server.asked}) == 1


async def test_a_hundred_logins_fit_into_a_call() -> None:
    async with calling(ADA) as (helix, server):
        await helix.users([f"user{number}" for number in range(250)])
    assert [len(asked.query) for asked in server.asked] == [100, 100, 50]


async def test_a_line_names_its_channel_its_sender_and_what_it_answers() -> None:
    async with calling(SENT) as (helix, server):
        row = await helix.send("10", "hello", reply_to="m0")
    assert (row.message_id, row.is_sent) == ("m1", True)
    assert server.asked[0].path == "/helix/chat/messages"
    assert server.asked[0].headers["Content-Type"] == "application/json"
    assert msgspec.json.decode(server.asked[0].body) == {
        "broadcaster_id": "10",
        "sender_id": "30",
        "message": "hello",
        "reply_parent_message_id": "m0",
    }


async def test_an_endpoint_that_answers_nothing_can_be_called_too() -> None:
    async def no_content(request: web.Request) -> web.StreamResponse:
        return web.Response(status=204)

    async with calling(no_content) as (helix, server):
        await helix.call("DELETE", "/eventsub/subscriptions", type(None), [("id", "s")])
    assert server.asked[0].path == "/helix/eventsub/subscriptions"


async def test_nobody_live_and_no_such_game_are_no_errors() -> None:
    async with calling(says(200, {"data": [], "pagination": {}})) as (helix, _):
        assert await helix.stream("10") is None
        assert await helix.game("1") is None


# What is tried again


@pytest.mark.parametrize(
    "trouble",
    [
        says(500, {"message": "oops"}),
        says(503, HTML),
        breaks,
        breaks_in_mid_answer,
        says(200, HTML),
        says(200, b'{"data":[{"id":"1'),
        says(200, b'{"data":[{"id":"\xff"}]}'),
    ],
)
async def test_trouble_that_passes_is_sat_out(trouble: Answer) -> None:
    async with calling(trouble, trouble, ADA) as (helix, server):
        assert [user.id for user in await helix.users(["ada"])] == ["10"]
    assert len(server.asked) == 3


@pytest.mark.usefixtures("at_once")
async def test_trouble_that_stays_is_told_in_the_end() -> None:
    async with calling(says(502, HTML)) as (helix, server):
        with pytest.raises(HelixError, match="502 to /helix/users: Bad Gateway"):
            await helix.users(["ada"])
    assert len(server.asked) == ATTEMPTS


@pytest.mark.usefixtures("at_once")
async def test_an_answer_that_can_never_be_read_is_a_network_error() -> None:
    async with calling(says(200, HTML)) as (helix, _):
        with pytest.raises(aiohttp.ClientError, match="cannot be read"):
            await helix.users(["ada"])


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 422])
async def test_a_call_that_is_wrong_is_not_repeated(status: int) -> None:
    async with calling(says(status, {"status": status, "message": "because"})) as (helix, server):
        with pytest.raises(HelixError, match=f"{status} to /helix/users: because") as caught:
            await helix.users(["ada"])
    assert caught.value.status == status
    assert len(server.asked) == 1


async def test_no_error_shows_the_token() -> None:
    async with calling(says(401, {"message": "Invalid OAuth token"})) as (helix, _):
        with pytest.raises(HelixError) as caught:
            await helix.users(["ada"])
    assert "secret-token" not in f"{caught.value!r} {caught.value} {helix.login!r}"


def too_many(reset: float) -> Answer:
    body = {"error": "Too Many Requests", "status": 429, "message": ""}
    headers = {
        "Ratelimit_Limit": "800",
        "Ratelimit_Remaining": "0",
        "Ratelimit_Reset": str(math.ceil(reset)),
    }
    return says(429, body, **headers)


async def test_a_spent_rate_limit_is_waited_for_by_everybody() -> None:
    """Two reads, side by side: both are refused, both succeed once Twitch's own time has come."""
    reset = math.ceil(time.time() + 0.1)
    refuse = too_many(reset)
    times: list[float] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        times.append(time.time())
        if len(times) <= 2:
            return await refuse(request)
        return await ADA(request)

    async with calling(answer) as (helix, _):
        assert all(await asyncio.gather(helix.users(["ada"]), helix.users(["ada"])))
    assert len(times) == 4
    assert min(times[2:]) >= reset


# What is never sent twice


@pytest.mark.parametrize(
    "trouble",
    [says(500, {}), says(503, {}), breaks, breaks_in_mid_answer, says(200, HTML), says(200, {"data": []})],
)
async def test_a_line_that_may_have_been_shown_is_not_sent_again(trouble: Answer) -> None:
    async with calling(trouble, SENT) as (helix, server):
        with pytest.raises((HelixError, aiohttp.ClientError)) as caught:
            await helix.send("10", "hello")
        assert not not_arrived(caught.value)
    assert len(server.asked) == 1


async def test_a_line_that_the_rate_limit_refuses_may_be_sent_when_that_is_over() -> None:
    """Whoever sends decides: until then nobody asks again, and nobody waits in here."""
    async with calling(too_many(time.time() + 30), SENT) as (helix, server):
        for _ in range(2):
            with pytest.raises(HelixError) as caught:
                await helix.send("10", "hello")
            assert not_arrived(caught.value)
            assert caught.value.wait > 0
    assert len(server.asked) == 1


async def test_a_line_for_which_there_was_no_connection_fails_as_a_network_error() -> None:
    async with serving(SENT) as gone:
        pass
    async with aiohttp.ClientSession() as http:
        helix = Helix(http, FixedLogin(LOGIN), url=gone.url, subscriptions_url="")
        with pytest.raises(aiohttp.ClientConnectorError) as caught:
            await helix.send("10", "hello")
        assert not_arrived(caught.value)
