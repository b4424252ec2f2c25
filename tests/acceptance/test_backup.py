"""A backup that is made while the bot is busy restores to what was there at that moment."""

import asyncio
import shutil
from pathlib import Path
from typing import Any

import msgspec

from kissbot.sandbox.tokens import LoginTiming
from kissbot.sandbox.twitch import Sandbox

from .flow import Flow
from .home import Home


async def exported(home: Home) -> dict[str, Any]:
    """What `kissbot export` tells, without the moment it was asked."""
    done = await home.runs("export", "--audit")
    assert done.status == 0, done.err
    found: dict[str, Any] = msgspec.json.decode(done.out)
    return found


async def test_a_busy_bot_is_backed_up_and_restored(tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    there.mkdir()
    timing = LoginTiming(interval=1)
    async with Sandbox(("ada", "chloe"), login_timing=timing, enforce_limits=False) as twitch:
        home, copy = Home(here, twitch), Home(there, twitch)
        home.configure(["ada", "chloe"])
        await home.logs_in("kissbot")
        async with home.bot(channels=2):
            flow = Flow(twitch)
            running = asyncio.create_task(flow.run(60))
            changing = asyncio.create_task(change_settings(twitch))
            await asyncio.sleep(1)
            made = await home.runs("backup", "--with-key", "busy.kissbot")
            assert made.status == 0, made.err
            assert not running.done()
            await changing
            running.cancel()
            await flow.answered(within=10)
            made = await home.runs("backup", "--with-key", "quiet.kissbot")
            assert made.status == 0, made.err
            after = await exported(home)
        for name in ("busy", "quiet"):
            shutil.copy(here / f"{name}.kissbot", there)
            restored = await copy.runs("restore", "--force", f"{name}.kissbot")
            assert restored.status == 0, restored.err
            found = await exported(copy)
            if name == "quiet":
                assert found == after
            else:
                assert 0 < len(found["audit"]) < len(after["audit"])
                assert all(row in after["audit"] for row in found["audit"])
                (newest,) = (
                    row for row in found["audit"] if row["at"] == max(r["at"] for r in found["audit"])
                )
                assert found["channels"][0]["choices"]["language"] == newest["after"]
        async with copy.bot(channels=2):
            assert "🏓" in await copy.answers("!ping")


async def change_settings(twitch: Sandbox) -> None:
    """A moderator who cannot decide."""
    for number in range(150):
        language = ("en", "fr", "es", "de")[number % 4]
        twitch.say("ada", user="mona", rank="moderator", text=f"!kiss set language {language}")
        await asyncio.sleep(0.03)
