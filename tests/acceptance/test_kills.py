"""kill −9 at random moments, while logins are renewed and settings change: nothing is lost."""

import asyncio
import os
import sqlite3
from contextlib import closing
from pathlib import Path
from random import Random

import msgspec

from kissbot.chat.channels import Choices
from kissbot.sandbox.tokens import LoginTiming
from kissbot.sandbox.twitch import Sandbox

from .home import Home

ROUNDS = int(os.environ.get("KILL_ROUNDS", "8"))
LANGUAGES = ("en", "fr", "es", "de")
CHANNELS = ("ada", "bob", "chloe")


async def test_a_bot_that_is_killed_loses_neither_login_nor_setting(tmp_path: Path) -> None:
    chance = Random(2026)
    timing = LoginTiming(user_token=4, interval=1)  # each of four logins is renewed every few seconds
    async with Sandbox(CHANNELS, login_timing=timing, enforce_limits=False) as twitch:
        home = Home(tmp_path, twitch)
        home.configure(CHANNELS)
        await home.logs_in("kissbot", "--bot")
        for channel in CHANNELS:
            await home.logs_in(channel, "--channel", channel)
        for _ in range(ROUNDS):
            await killed_after(home, chance)
            inspect(home.folder / "kissbot.db")
            assert twitch.reused == 0
        async with home.bot(channels=len(CHANNELS)):
            assert "🏓" in await home.answers("!ping")
        listed = msgspec.json.decode((await home.runs("logins", "--json")).out)
        assert len(listed) == 2 + len(CHANNELS)  # the bot's and the application's, too
        assert {login["state"] for login in listed} == {"ok"}
        assert twitch.reused == 0
        print(f"{ROUNDS} kills, {sum(map(twitch.refreshes, ('kissbot', *CHANNELS)))} refreshes")  # noqa: T201


async def killed_after(home: Home, chance: Random) -> None:
    """Run the bot, change settings as fast as it answers, and kill it at some moment."""
    async with home.bot() as process:
        deadline = asyncio.get_running_loop().time() + chance.uniform(0.5, 3.5)
        while (left := deadline - asyncio.get_running_loop().time()) > 0:
            channel, language = chance.choice(CHANNELS), chance.choice(LANGUAGES)
            home.twitch.say(channel, user="mona", rank="moderator", text=f"!kiss set language {language}")
            await asyncio.sleep(min(left, chance.uniform(0.001, 0.05)))
        process.kill()
        await process.wait()


def inspect(database: Path) -> None:
    """The database is whole, and so is every setting in it."""
    with closing(sqlite3.connect(database)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        for channel, choices in connection.execute("SELECT channel, choices FROM config"):
            assert msgspec.json.decode(choices, type=Choices).language in LANGUAGES, channel
        settings = connection.execute(
            "SELECT count(*) FROM audit_log WHERE what LIKE '%language%'"
        ).fetchone()
        latest = connection.execute(
            "SELECT channel, after FROM audit_log WHERE what LIKE '%language%' ORDER BY id"
        ).fetchall()
        stored = {
            channel: msgspec.json.decode(choices, type=Choices).language
            for channel, choices in connection.execute("SELECT channel, choices FROM config")
        }
    assert settings
    assert dict(latest) == stored
