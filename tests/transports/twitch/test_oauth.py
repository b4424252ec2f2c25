"""The login service: codes, tokens, and what its answers mean."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import parse_qsl

import aiohttp
import pytest
from msgspec.structs import replace

from kissbot.chat.logins import APP, BOT, Login
from kissbot.sandbox.tokens import LoginTiming
from kissbot.sandbox.twitch import Sandbox
from kissbot.testing.clock import START, ManualClock
from kissbot.transports.twitch.helix import is_passing
from kissbot.transports.twitch.oauth import (
    BadApplication,
    BadLogin,
    DeviceCode,
    OAuth,
    OutOfReach,
    Refused,
    still_waiting,
)

from .login import LOGIN
from .server import Answer, Server, breaks, says, serving

SCOPES = ("user:read:chat", "user:write:chat")
CODE = DeviceCode(
    secret="s3cr3t", code="ABCD", link="https://twitch.tv", scopes="", interval=5, expires_at=START + 1800
)
PAIR = {"access_token": "new", "refresh_token": "newer", "expires_in": 100, "scope": ["bits:read"]}


def service(http: aiohttp.ClientSession, twitch: Sandbox) -> OAuth:
    known = twitch.credentials
    return OAuth(http, twitch.urls.oauth, known.client_id, known.client_secret)


@asynccontextmanager
async def asking(*answers: Answer) -> AsyncIterator[tuple[OAuth, Server]]:
    """A login service that answers as the test says."""
    async with serving(*answers) as server, aiohttp.ClientSession() as http:
        yield OAuth(http, server.url, "client", "s3cr3t", ManualClock()), server


# Codes


async def test_a_device_logs_in_when_somebody_says_so() -> None:
    timing = LoginTiming(interval=0)
    async with Sandbox(("ada",), login_timing=timing) as twitch, aiohttp.ClientSession() as http:
        oauth = service(http, twitch)
        device = await oauth.device(SCOPES)
        assert device.code in device.link
        waiting = await oauth.poll(device, BOT)
        assert waiting == device
        twitch.activate(device.code, "kissbot")
        login = await oauth.poll(device, BOT)
        assert isinstance(login, Login)
        named = await oauth.named(login)
    assert (named.slot, named.login, named.scopes) == (BOT, "kissbot", frozenset(SCOPES))
    assert named.refresh_token


async def test_a_public_application_needs_no_secret() -> None:
    timing = LoginTiming(interval=0)
    async with (
        Sandbox(("ada",), login_timing=timing, client="public") as twitch,
        aiohttp.ClientSession() as http,
    ):
        oauth = service(http, twitch)
        device = await oauth.device(SCOPES)
        twitch.activate(device.code, "kissbot")
        login = await oauth.poll(device, BOT)
        assert isinstance(login, Login)
        assert (await oauth.refresh(login)).token != login.token
        with pytest.raises(BadLogin, match="client_secret"):
            await oauth.app_token()


async def test_a_denied_login_is_told() -> None:
    async with Sandbox(("ada",)) as twitch, aiohttp.ClientSession() as http:
        oauth = service(http, twitch)
        device = await oauth.device(SCOPES)
        twitch.activate(device.code, "kissbot", allow=False)
        with pytest.raises(BadLogin, match="denied"):
            await oauth.poll(device, BOT)


def test_whoever_asks_too_often_asks_less_often() -> None:
    assert still_waiting(CODE, "authorization_pending") == CODE
    assert still_waiting(still_waiting(CODE, "slow_down"), "slow_down").interval == 15


@pytest.mark.parametrize("message", ["access_denied", "expired_token", "invalid device code", "whatever"])
def test_what_waiting_does_not_mend_is_told(message: str) -> None:
    with pytest.raises(BadLogin, match=r"(?i)nothing was stored"):
        still_waiting(CODE, message)


# Tokens


async def test_a_refresh_gives_a_new_pair() -> None:
    """The sandbox's refresh tokens hold signs that mean something else in a form."""
    async with Sandbox(("ada",)) as twitch, aiohttp.ClientSession() as http:
        oauth, login = service(http, twitch), twitch.credentials
        old = await oauth.validate(login.token)
        new = await oauth.refresh(replace(old, refresh_token=login.refresh_token))
        assert (await oauth.validate(new.token)).login == new.login == "kissbot"
        with pytest.raises(Refused, match="Invalid refresh token"):
            await oauth.refresh(replace(old, refresh_token=login.refresh_token))


async def test_a_refresh_says_all_in_its_body() -> None:
    async with asking(says(200, PAIR)) as (oauth, server):
        new = await oauth.refresh(replace(LOGIN, refresh_token="a+b/c&d=%", generation=3))
    (asked,) = server.asked
    assert (asked.path, asked.query) == ("/token", [])
    assert dict(parse_qsl(asked.body.decode())) == {
        "client_id": "client",
        "client_secret": "s3cr3t",
        "grant_type": "refresh_token",
        "refresh_token": "a+b/c&d=%",
    }
    assert (new.token, new.refresh_token, new.expires_at) == ("new", "newer", START + 100)
    assert (new.scopes, new.user_id, new.generation) == (frozenset({"bits:read"}), "30", 3)


@pytest.mark.parametrize("scope", [None, [], "", "bits:read", ["bits:read"]])
async def test_scopes_come_in_several_shapes(scope: object) -> None:
    async with asking(says(200, PAIR | {"scope": scope})) as (oauth, _):
        new = await oauth.refresh(replace(LOGIN, scopes=frozenset({"channel:bot"})))
    assert new.scopes == {"channel:bot"} if scope is None else new.scopes <= {"bits:read"}


async def test_an_answer_without_a_refresh_token_keeps_the_old_one() -> None:
    async with asking(says(200, {"access_token": "new", "expires_in": 9})) as (oauth, _):
        assert (await oauth.refresh(LOGIN)).refresh_token == LOGIN.refresh_token


async def test_the_application_has_a_login_of_its_own() -> None:
    async with Sandbox(("ada",)) as twitch, aiohttp.ClientSession() as http:
        oauth = service(http, twitch)
        login = await oauth.app_token()
        found = await oauth.validate(login.token, APP)
    assert (login.slot, login.login, found.user_id) == (APP, "", "")


async def test_a_revoked_token_is_over_and_can_be_revoked_again() -> None:
    async with Sandbox(("ada",)) as twitch, aiohttp.ClientSession() as http:
        oauth, token = service(http, twitch), twitch.credentials.token
        await oauth.revoke(token)
        with pytest.raises(Refused):
            await oauth.validate(token)
        await oauth.revoke(token)


# Trouble


@pytest.mark.parametrize("status", [400, 401])
async def test_only_twitch_itself_can_refuse(status: int) -> None:
    async with asking(says(status, {"status": status, "message": "Invalid refresh token"})) as (oauth, _):
        with pytest.raises(Refused, match="Invalid refresh token"):
            await oauth.refresh(LOGIN)


@pytest.mark.parametrize(
    "trouble",
    [
        *(says(status, {"message": "no"}) for status in (302, 403, 404, 408, 429, 500, 502, 503)),
        says(503, b"<html>\xff"),
        says(200, b"<html>"),
        says(200, {}),
        breaks,
    ],
)
async def test_everything_else_may_pass(trouble: Answer) -> None:
    async with asking(trouble) as (oauth, _):
        with pytest.raises(aiohttp.ClientError) as caught:
            await oauth.refresh(LOGIN)
    assert is_passing(caught.value)
    assert "secret" not in f"{caught.value!r} {caught.value}"


@pytest.mark.parametrize(
    ("status", "message", "words"),
    [
        (400, "invalid client", "twitch.client_id"),
        (400, "missing client secret", "twitch.client_secret"),
        (403, "invalid client secret", "twitch.client_secret"),
    ],
)
async def test_a_wrong_setting_is_no_refusal(status: int, message: str, words: str) -> None:
    async with asking(says(status, {"status": status, "message": message})) as (oauth, _):
        with pytest.raises(BadApplication, match=words) as caught:
            await oauth.refresh(LOGIN)
    assert not isinstance(caught.value, Refused)


async def test_a_door_that_answers_nonsense_may_pass() -> None:
    async with asking(says(503, b"<html>")) as (oauth, _):
        with pytest.raises(OutOfReach, match="answered 503"):
            await oauth.validate("token")


# Secrets


async def test_no_secret_is_shown() -> None:
    async with asking(says(403, {"message": "no"})) as (oauth, _):
        with pytest.raises(OutOfReach) as caught:
            await oauth.refresh(LOGIN)
        shown = f"{oauth!r} {caught.value!r} {caught.value} {LOGIN!r} {CODE!r}"
    assert "s3cr3t" not in shown
    assert "secret" not in shown
