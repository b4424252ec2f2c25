"""Logins while the bot runs: one that ends harms nobody else, and its owner mends it from chat."""

import asyncio
import re
from pathlib import Path
from typing import Any

import msgspec

from kissbot.sandbox.tokens import LoginTiming
from kissbot.sandbox.twitch import Sandbox

from .home import Home

CHANNELS = ("ada", "bob", "chloe")


async def logins(home: Home) -> dict[str, Any]:
    """The state of each account's login, and of the application's."""
    rows = msgspec.json.decode((await home.runs("logins", "--json")).out)
    return {row["account"] or row["slot"]: row["state"] for row in rows}


def asked_to_log_in(twitch: Sandbox) -> list[tuple[str, str]]:
    """Who was told in chat to log in again, and with which code."""
    found = [(sent.channel, re.search(r"device-code=(\w+)", sent.text)) for sent in twitch.sent]
    return [(channel, code[1]) for channel, code in found if code]


async def test_one_login_that_ends_is_told_once_and_mended_from_chat(tmp_path: Path) -> None:
    timing = LoginTiming(user_token=3, interval=1)
    async with Sandbox(CHANNELS, login_timing=timing, enforce_limits=False) as twitch:
        home = Home(tmp_path, twitch)
        home.configure(CHANNELS)
        await home.logs_in("kissbot")
        for channel in CHANNELS:
            await home.logs_in(channel, "--channel", channel)
        async with home.bot(channels=3):
            twitch.change_password("ada")
            async with asyncio.timeout(15):
                while not asked_to_log_in(twitch):
                    await asyncio.sleep(0.05)
            assert await logins(home) == {
                "app": "ok",
                "kissbot": "ok",
                "bob": "ok",
                "chloe": "ok",
                "ada": "needs a person",
            }
            assert "🏓" in await home.answers("!ping", channel="bob")
            ((channel, code),) = asked_to_log_in(twitch)
            assert channel == "ada"
            twitch.activate(code, "ada")
            async with asyncio.timeout(15):
                while (await logins(home))["ada"] != "ok":
                    await asyncio.sleep(0.1)
        async with home.bot(channels=3):
            assert "🏓" in await home.answers("!ping")
        assert len(asked_to_log_in(twitch)) == 1


async def test_an_outage_of_the_login_service_costs_no_login(tmp_path: Path) -> None:
    timing = LoginTiming(user_token=2, interval=1)
    async with Sandbox(("ada",), login_timing=timing, enforce_limits=False) as twitch:
        home = Home(tmp_path, twitch)
        home.configure(["ada"])
        await home.logs_in("kissbot")
        await home.logs_in("ada", "--channel", "ada")
        async with home.bot(channels=1):
            for fault in ({"kind": "refuse", "status": 500}, {"kind": "hangup"}):
                twitch.fault(**fault, path="/oauth2/token", count=1000)
                await asyncio.sleep(4)
                assert set((await logins(home)).values()) == {"ok"}
                twitch.fault("clear")
            async with asyncio.timeout(15):
                while "Pong!" not in await home.answers("!ping", patience=1):
                    await asyncio.sleep(0.2)
        assert twitch.reused == 0
        assert asked_to_log_in(twitch) == []


async def test_a_bot_whose_login_ended_goes_on_when_somebody_logs_it_in(tmp_path: Path) -> None:
    timing = LoginTiming(user_token=3, interval=1)
    async with Sandbox(("ada",), login_timing=timing, enforce_limits=False) as twitch:
        home = Home(tmp_path, twitch)
        home.configure(["ada"])
        await home.logs_in("kissbot")
        async with home.bot(channels=1):
            twitch.change_password("kissbot")
            async with asyncio.timeout(15):
                while (await logins(home))["kissbot"] == "ok":
                    await asyncio.sleep(0.1)
            assert "kissbot login --bot" in (await home.runs("doctor")).out
            await home.logs_in("kissbot", "--bot")
            await home.hears(1)
            assert "🏓" in await home.answers("!ping")


async def test_the_wrong_account_is_refused_by_name(tmp_path: Path) -> None:
    timing = LoginTiming(interval=1)
    async with Sandbox(("ada",), login_timing=timing) as twitch:
        home = Home(tmp_path, twitch)
        home.configure(["ada"])
        refused = await home.logs_in("mallory", "--channel", "ada")
        assert (refused.status, "mallory" in refused.err, "ada" in refused.err) == (1, True, True)
        assert await logins(home) == {}
        assert twitch.state()["logins"]["mallory"]["access_tokens"] == 0
