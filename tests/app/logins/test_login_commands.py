"""`kissbot login`, `logout` and `logins`, as they are typed."""

import asyncio
import re
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from kissbot.app.cli.logins import Row
from kissbot.chat.logins import BOT, Login, channel_slot
from kissbot.sandbox.tokens import LoginTiming
from kissbot.sandbox.twitch import Sandbox

from .place import Ended, Place, ended, shown_code

TIMING = LoginTiming(interval=0)


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    async with Sandbox(("ada", "bob"), login_timing=TIMING) as twitch:
        found = Place(tmp_path, twitch)
        found.configure()
        yield found


async def kept(place: Place) -> dict[str, Login]:
    async with place.store() as store:
        return {login.slot: login for login in await store.logins.all()}


def assert_fails(ended: Ended, *words: str) -> None:
    """One clear sentence, and no traceback."""
    assert ended.code == 1
    assert ended.err.startswith("kissbot: ")
    assert ended.err.count("\n") == 1, ended.err
    for word in words:
        assert word in ended.err


# login


async def test_the_bot_logs_in_with_a_code(place: Place) -> None:
    done = await place.logs_in()
    assert (done.code, done.err) == (0, "")
    assert f"{place.twitch.url}/activate?device-code=" in done.out
    assert re.search(r"user:read:chat +to read chat\n", done.out)
    assert re.search(r"user:write:chat +to answer\n", done.out)
    assert done.out.endswith("Logged in as kissbot, the bot.\n")
    login = (await kept(place))[BOT]
    assert (login.login, login.user_id) == ("kissbot", place.twitch.id_of("kissbot"))
    assert login.refresh_token


async def test_a_broadcaster_logs_in_for_their_channel(place: Place) -> None:
    done = await place.logs_in("--channel", "Ada", user="ada")
    assert "channel:bot  to be let into the channel without being a moderator\n" in done.out
    assert done.out.endswith("Logged in as ada, a channel.\n")
    assert list(await kept(place)) == [channel_slot(place.twitch.id_of("ada"))]


@pytest.mark.parametrize(
    ("words", "user", "expected"),
    [((), "ada", "the bot, kissbot"), (("--channel", "ada"), "kissbot", "the channel ada")],
)
async def test_the_wrong_account_is_refused_and_both_are_named(
    place: Place, words: tuple[str, ...], user: str, expected: str
) -> None:
    done = await place.logs_in(*words, user=user)
    assert_fails(done, f"You logged in as {user}, but this is the login of {expected}; nothing was stored.")
    assert await kept(place) == {}
    assert place.twitch.state()["logins"][user]["status"] == "revoked"


async def test_a_login_is_audited(place: Place) -> None:
    await place.logs_in()
    await place.runs("logout")
    async with place.store() as store:
        records = await store.audit.latest()
    assert [(record.what, record.channel) for record in records] == [
        ("logout", "kissbot"),
        ("login", "kissbot"),
    ]


async def test_a_denied_login_is_told(place: Place) -> None:
    assert_fails(await place.logs_in(allow=False), "denied", "nothing was stored")


async def test_a_code_that_nobody_used_is_told(tmp_path: Path) -> None:
    async with Sandbox(("ada",), login_timing=LoginTiming(interval=0, device_code=1)) as twitch:
        place = Place(tmp_path, twitch)
        place.configure()
        assert_fails(await place.runs("login"), "nothing was stored", "Start again for a new")
        assert_fails(await place.runs("login", "--timeout", "1"), "nothing was stored")


async def test_trouble_while_waiting_is_sat_out(place: Place) -> None:
    process = await place.starts("login")
    _, code = await shown_code(process)
    place.twitch.fault("refuse", status=503, path="/token", count=3)
    place.twitch.fault("hangup", path="/token", count=3)
    await asyncio.sleep(0.1)
    place.twitch.activate(code, "kissbot")
    assert (await ended(process)).code == 0


async def test_a_network_that_is_not_there_is_told(place: Place) -> None:
    async with Sandbox(()) as gone:
        urls = msgspec.to_builtins(gone.urls)
    place.configure(urls=urls)
    assert_fails(await place.runs("login"), "cannot be reached", "nothing was stored")


async def test_an_unknown_application_is_told(place: Place) -> None:
    place.configure(client_id="mistyped")
    assert_fails(await place.runs("login"), "twitch.client_id")


async def test_no_application_is_told(place: Place) -> None:
    place.configure(client_id="")
    assert_fails(await place.runs("login"), "twitch.client_id", "dev.twitch.tv")


@pytest.mark.parametrize(("stop", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 0)])
async def test_it_can_be_stopped_while_it_waits(place: Place, stop: signal.Signals, code: int) -> None:
    process = await place.starts("login")
    await shown_code(process)
    process.send_signal(stop)
    assert (await ended(process))[::2] == (code, "")
    assert await kept(place) == {}


async def test_the_bot_and_a_channel_are_two_things(place: Place) -> None:
    assert (await place.runs("login", "--bot", "--channel", "ada")).code == 2
    assert (await place.runs("logout", "--bot", "--channel", "ada")).code == 2


# logins


async def test_logins_are_listed_without_a_secret(place: Place) -> None:
    await place.logs_in()
    await place.logs_in("--channel", "ada", user="ada")
    listed = await place.runs("logins")
    assert listed.err == ""
    assert [line.split()[:2] for line in listed.out.splitlines()[::2]] == [
        ["bot", "kissbot"],
        ["channel", "ada"],
    ]
    assert "ok, renewed by itself, at the latest in 3 h 59 min" in listed.out
    rows = msgspec.json.decode((await place.runs("logins", "--json")).out, type=list[Row])
    assert (rows[0].slot, rows[0].account, rows[0].state) == (BOT, "kissbot", "ok")
    assert {"user:read:chat", "user:write:chat"} <= {*rows[0].scopes}


async def test_a_login_that_is_over_is_listed_with_its_remedy(place: Place) -> None:
    await place.logs_in("--channel", "ada", user="ada")
    place.twitch.disconnect("ada")
    (login,) = (await kept(place)).values()
    assert (await place.runs("renew", f"{login.slot}@{login.generation}")).code == 0
    listed = await place.runs("logins")
    assert "needs a person" in listed.out
    assert "Twitch refused to renew it (Invalid refresh token): kissbot login --channel ada" in listed.out


async def test_nobody_is_logged_in_at_first(place: Place) -> None:
    async with place.store():
        pass
    assert (await place.runs("logins")).out == "Nobody is logged in. Begin with: kissbot login\n"
    assert (await place.runs("logins", "--json")).out == "[]\n"


# logout


async def test_a_logout_ends_the_login_here_and_at_twitch(place: Place) -> None:
    await place.logs_in()
    await place.logs_in("--channel", "ada", user="ada")
    assert await place.runs("logout", "--channel", "ada") == Ended(0, "ada is logged out.\n", "")
    assert list(await kept(place)) == [BOT]
    assert place.twitch.state()["logins"]["ada"]["status"] == "revoked"
    assert_fails(await place.runs("logout", "--channel", "ada"), "there is no login of ada")


async def test_a_logout_without_a_network_says_what_is_left_to_do(place: Place) -> None:
    await place.logs_in()
    place.twitch.fault("unplug")
    done = await place.runs("logout")
    assert (done.code, done.out) == (0, "kissbot is logged out.\n")
    assert "twitch.tv/settings/connections" in done.err
    assert await kept(place) == {}


# Secrets


async def test_no_token_is_printed_or_lies_in_the_folder(place: Place) -> None:
    said = [
        await place.logs_in(),
        await place.logs_in("--channel", "ada", user="ada"),
        await place.logs_in("--channel", "ada", user="bob"),
        await place.runs("logins"),
        await place.runs("logins", "--json"),
        await place.runs("--verbose", "renew", f"{BOT}@1"),
        await place.runs("--verbose", "renew", f"{BOT}@1"),
    ]
    secrets = [
        secret for login in (await kept(place)).values() for secret in (login.token, login.refresh_token)
    ]
    secrets.append(place.twitch.credentials.client_secret)
    said.append(await place.runs("logout"))
    shown = repr(said).encode() + place.everything()
    assert not [secret for secret in secrets if secret.encode() in shown]
