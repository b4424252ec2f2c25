"""`kissbot why` asks the running bot's own records, and names the link that is broken."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from kissbot.sandbox.tokens import BOT_SCOPES, LoginTiming
from kissbot.sandbox.twitch import Sandbox

from .home import Home


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[Home]:
    """A bot that may go to ada and bob, and has not been logged in."""
    async with Sandbox(("ada", "bob"), login_timing=LoginTiming(interval=1)) as twitch:
        made = Home(tmp_path, twitch)
        made.configure(["ada", "bob"])
        yield made


async def broken(home: Home, *words: str) -> tuple[str, str]:
    """The first broken link and its remedy; empty when all is well."""
    done = await home.runs("why", "--json", *words)
    links: list[dict[str, Any]] = msgspec.json.decode(done.out)
    first = next((link for link in links if link["ok"] is False), None)
    assert done.status == (0 if first is None else 1), done
    return (first["name"], first["remedy"]) if first else ("", "")


async def soon_broken(home: Home, name: str, *words: str) -> str:
    """Wait until that link is the first broken one; its remedy."""
    async with asyncio.timeout(10):
        while (found := await broken(home, *words))[0] != name:
            await asyncio.sleep(0.1)
    return found[1]


async def test_a_bot_that_never_logged_in(home: Home) -> None:
    async with home.bot() as process:
        assert await process.wait() == 1
    assert "kissbot login --bot" in home.log
    links: list[dict[str, Any]] = msgspec.json.decode((await home.runs("why", "--json", "ada")).out)
    (login,) = (link for link in links if link["name"] == "login")
    assert (login["ok"], login["remedy"]) == (False, "kissbot login --bot")


async def test_what_a_running_bot_knows_of_itself(home: Home) -> None:
    twitch = home.twitch
    await home.logs_in("kissbot")
    assert (await broken(home, "ada"))[0] == "process"
    async with home.bot(channels=2):
        await soon_broken(home, "", "ada")
        assert await broken(home, "ada", "!gi hades") == ("", "")
        await home.answers("!gi hades")
        await soon_broken(home, "cooldown", "ada", "!gi hades")
        await home.runs("channel", "ada", "off", "gi")
        assert await broken(home, "ada", "!gi hades") == ("switched off", "!kiss on gi")
        assert (await broken(home, "ada", "!gj hades"))[0] == "command"
        assert (await broken(home, "ada", "--user", "nightbot", "!ping"))[0] == "known bot"
        foreign = twitch.say("ada", user="vera", text="!ping", shared_from="bob")
        await soon_broken(home, "shared chat", "ada", foreign)
        await home.runs("part", "bob")
        await home.hears(1)
        assert await broken(home, "bob") == ("channel", "kissbot join bob")
        twitch.fault("unplug")
        await soon_broken(home, "socket", "ada")
        twitch.fault("plug")
        await home.hears(1)
        twitch.fault("revoke", status="chat_user_banned")
        await soon_broken(home, "subscription", "ada")


async def test_a_refused_subscription(home: Home) -> None:
    await home.logs_in("kissbot")
    home.twitch.fault("refuse", status=403, path="POST /helix/eventsub/subscriptions", count=100)
    async with home.bot():
        await soon_broken(home, "subscription", "bob")


async def test_a_login_that_lacks_a_scope(home: Home) -> None:
    login = home.twitch.log_in("kissbot", [scope for scope in BOT_SCOPES if scope != "user:write:chat"])
    config = msgspec.json.decode((home.folder / "config.yaml").read_bytes())
    config["twitch"] |= {"token": login.token, "refresh_token": login.refresh_token}
    (home.folder / "config.yaml").write_bytes(msgspec.json.encode(config))
    async with home.bot() as process:
        await process.wait()
    assert "user:write:chat (to answer)" in home.log
    shown = await home.runs("doctor")
    assert "user:write:chat" in shown.out


WORDS = {
    "msg_rejected": "AutoMod holds the line back",
    "msg_slowmode": "the chat is in slow mode",
    "msg_banned": "the bot is banned in ada",
    "msg_something_new": "msg_something_new",
}


@pytest.mark.parametrize("code", WORDS)
async def test_a_line_that_twitch_dropped(home: Home, code: str) -> None:
    await home.logs_in("kissbot")
    async with home.bot(channels=2):
        home.twitch.fault("drop_reason", code=code)
        asked = home.twitch.say("ada", user="vera", text="!ping")
        await soon_broken(home, "sending", "ada", asked)
        assert WORDS[code] in (await home.runs("why", "ada", asked)).out
