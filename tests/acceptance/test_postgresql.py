"""The whole bot on a real PostgreSQL server, and its move from there to SQLite."""

from pathlib import Path

from kissbot.sandbox.tokens import LoginTiming
from kissbot.sandbox.twitch import Sandbox
from kissbot.testing.databases import postgresql

from .home import Home

__all__ = ["postgresql"]


async def test_a_bot_lives_on_postgresql_and_moves_to_sqlite(tmp_path: Path, postgresql: str) -> None:
    timing = LoginTiming(user_token=3, interval=1)
    async with Sandbox(("ada",), login_timing=timing, enforce_limits=False) as twitch:
        home = Home(tmp_path, twitch)
        home.configure(["ada"], storage={"database": postgresql})
        assert (await home.logs_in("kissbot")).status == 0
        async with home.bot(channels=1) as process:
            await home.answers("!kiss set prefix ?", rank="moderator")
            await home.answers("?kiss cooldown gi 300", rank="moderator")
            assert "🎮" in await home.answers("?gi hades")
            process.kill()
            await process.wait()
        async with home.bot(channels=1):
            assert "⏳" in await home.answers("?gi hades")
        # Not before: a bot that goes on renews its login, and the backup's refresh token is used up.
        assert (await home.runs("backup", "moving.kissbot")).status == 0
        home.configure(["ada"])
        moved = await home.runs("restore", "--keep-config", "moving.kissbot")
        assert moved.status == 0, moved.err
        async with home.bot(channels=1):
            assert "🏓" in await home.answers("?ping")
        assert twitch.reused == 0
