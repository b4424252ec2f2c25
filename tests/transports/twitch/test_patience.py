"""At the door: a token is looked at once Twitch can be reached, and not before."""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from random import Random

import aiohttp
import pytest

from kissbot.chat.backoff import Backoff
from kissbot.chat.logins import BOT, Login
from kissbot.testing.clock import START, ManualClock
from kissbot.transports.twitch.helix import HelixError
from kissbot.transports.twitch.oauth import BadLogin, OAuth
from kissbot.transports.twitch.patience import persist

from .server import Answer, breaks, says, serving

HTML = b"<html>Please log in to the hotel's network</html>"
GOOD = {
    "client_id": "client",
    "login": "kissbot",
    "scopes": ["user:read:chat"],
    "user_id": "30",
    "expires_in": 9000,
}
LOGIN = Login(
    slot=BOT,
    client_id="client",
    user_id="30",
    login="kissbot",
    scopes=frozenset({"user:read:chat"}),
    token="s3cr3t",
    expires_at=START + 9000,
)


def soon() -> Backoff:
    return Backoff(Random(1), first=0.001, longest=0.01)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def service(http: aiohttp.ClientSession, url: str) -> OAuth:
    return OAuth(http, f"{url}/oauth2", "client", clock=ManualClock())


async def logging_in(*answers: Answer) -> Login:
    async with serving(*answers) as server, aiohttp.ClientSession() as http:
        return await persist(lambda: service(http, server.url).validate("s3cr3t"), soon())


# The network


@pytest.mark.parametrize(
    "trouble", [says(500), says(503, HTML), says(429, {"message": "slow down"}), says(200, HTML), breaks]
)
async def test_trouble_at_the_door_is_sat_out(trouble: Answer) -> None:
    assert await logging_in(trouble, trouble, trouble, says(200, GOOD)) == LOGIN


async def test_a_dead_network_is_waited_for() -> None:
    port, attempts = free_port(), 0

    async with aiohttp.ClientSession() as http:

        async def attempt() -> Login:
            nonlocal attempts
            attempts += 1
            return await service(http, f"http://127.0.0.1:{port}").validate("s3cr3t")

        login = asyncio.create_task(persist(attempt, soon()))
        while attempts < 5:
            await asyncio.sleep(0)
        async with serving(says(200, GOOD), port=port):
            assert await login == LOGIN


def failing(error: Exception) -> Callable[[], Awaitable[None]]:
    async def attempt() -> None:
        raise error

    return attempt


@pytest.mark.parametrize(
    "error",
    [BadLogin("no"), HelixError(400, "no", "/users"), HelixError(401, "no", "/users"), LookupError("a bug")],
)
async def test_what_no_waiting_mends_is_told_at_once(error: Exception) -> None:
    with pytest.raises(type(error)):
        await persist(failing(error), soon())


# The token


async def test_a_good_token_tells_whose_it_is() -> None:
    assert await logging_in(says(200, GOOD)) == LOGIN


async def test_a_token_is_sent_as_twitch_wants_it() -> None:
    """With or without the prefix that old token generators put before it."""
    async with serving(says(200, GOOD)) as server, aiohttp.ClientSession() as http:
        for token in ("s3cr3t", "oauth:s3cr3t"):
            assert await service(http, server.url).validate(token) == LOGIN
    assert {asked.path for asked in server.asked} == {"/oauth2/validate"}
    assert {asked.headers["Authorization"] for asked in server.asked} == {"OAuth s3cr3t"}


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (
            says(401, {"status": 401, "message": "invalid access token"}),
            "expired, was revoked, or is mistyped",
        ),
        (says(404, HTML), "twitch.urls.oauth"),
        (says(200, GOOD | {"client_id": "somebody-elses"}), "another application"),
        (says(200, GOOD | {"login": None, "user_id": None}), "app token"),
    ],
)
async def test_a_token_that_cannot_be_used_is_explained_and_never_shown(answer: Answer, words: str) -> None:
    with pytest.raises(BadLogin, match=words) as caught:
        await logging_in(answer)
    assert "s3cr3t" not in str(caught.value)


def test_a_login_never_shows_its_token() -> None:
    assert "s3cr3t" not in repr(LOGIN)
