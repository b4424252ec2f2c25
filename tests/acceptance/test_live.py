"""Streams that begin, flap and end, told by the real bot in the sandbox."""

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
from aiohttp import web

from kissbot.sandbox.twitch import Sandbox

from .home import Home

LIVE = {"method": "polling", "poll_seconds": 0.3}
LOOK = 1.0
"""Seconds in which a change is seen: two looks, and a little."""


async def at_home(folder: Path, twitch: Sandbox, channels: list[Any], **live: Any) -> Home:
    """A bot that has logged in, and looks often."""
    home = Home(folder, twitch)
    home.configure(channels, live=LIVE | live)
    await home.logs_in("kissbot", "--bot")
    return home


async def said(twitch: Sandbox, count: int, within: float = 20) -> list[tuple[str, str]]:
    """What the bot has said when it has said so many lines."""
    async with asyncio.timeout(within):
        while len(twitch.sent) < count:
            await asyncio.sleep(0.02)
    return [(sent.channel, sent.text) for sent in twitch.sent]


async def test_a_stream_that_flaps_three_times_is_announced_once_also_after_a_restart(tmp_path: Path) -> None:
    async with Sandbox(("ada",)) as twitch:
        home = await at_home(tmp_path, twitch, ["ada"])
        async with home.bot(channels=1) as process:
            twitch.set_stream("ada", live=True, title="One more run", game="Hades")
            line = ("ada", "🔴 @ada is live! 🎮 One more run")
            assert await said(twitch, 1) == [line]
            for _ in range(3):
                twitch.set_stream("ada", live=False)
                await asyncio.sleep(LOOK)
                twitch.set_stream("ada", live=True)
                await asyncio.sleep(LOOK)
            process.kill()
            await process.wait()
        async with home.bot(channels=1):
            await asyncio.sleep(LOOK)
            assert "🏓" in await home.answers("!ping")
        assert [(sent.channel, sent.text) for sent in twitch.sent][:1] == [line]
        assert len(twitch.sent) == 2


async def test_many_channels_that_go_live_at_once_are_announced_once_each_with_their_titles(
    tmp_path: Path,
) -> None:
    names = [f"user{number}" for number in range(30)]
    async with Sandbox(names) as twitch:
        home = await at_home(tmp_path, twitch, names)
        async with home.bot(channels=len(names)):
            for name in names:
                twitch.set_stream(name, live=True, title=f"the title of {name}", game="Hades")
            lines = await said(twitch, len(names))
            await asyncio.sleep(LOOK)
            assert Counter(lines) == {
                (name, f"🔴 @{name} is live! 🎮 the title of {name}"): 1 for name in names
            }
            assert len(twitch.sent) == len(names)


async def test_a_stream_that_runs_for_long_is_no_news_to_a_bot_that_starts(tmp_path: Path) -> None:
    class Early:
        """Streams begin half an hour before they are seen."""

        def time(self) -> float:
            import time

            return time.time() - 1800

    async with Sandbox(("ada",), clock=Early()) as twitch:
        twitch.set_stream("ada", live=True, title="since half an hour")
        home = await at_home(tmp_path, twitch, ["ada"])
        async with home.bot(channels=1):
            await asyncio.sleep(LOOK)
            assert twitch.sent == []


async def test_a_stream_is_told_to_other_channels_and_to_a_webhook_and_its_address_to_nobody(
    tmp_path: Path,
) -> None:
    posted: list[dict[str, Any]] = []

    async def take(request: web.Request) -> web.Response:
        posted.append(msgspec.json.decode(await request.read()))
        return web.Response(status=204 if len(posted) > 1 else 500)

    app = web.Application()
    app.router.add_post("/hook/the-secret-part", take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    hook = f"http://127.0.0.1:{runner.addresses[0][1]}/hook/the-secret-part"
    channels = ["ada", {"name": "bob", "language": "fr", "streams": ["ada"]}]
    async with Sandbox(("ada", "bob")) as twitch:
        home = await at_home(tmp_path, twitch, channels, webhook=hook)
        async with home.bot(channels=2):
            twitch.set_stream("ada", live=True, title="One more run")
            assert sorted(await said(twitch, 2)) == [
                ("ada", "🔴 @ada is live! 🎮 One more run"),
                ("bob", "🔴 @ada est en live ! 🎮 One more run → https://twitch.tv/ada"),
            ]
            async with asyncio.timeout(10):
                while len(posted) < 2:
                    await asyncio.sleep(0.02)
        assert posted[1]["content"] == "🔴 @ada is live! 🎮 One more run → https://twitch.tv/ada"
        assert "the-secret-part" not in home.log
    await runner.cleanup()


async def test_a_broadcast_reaches_every_channel_that_wants_it(tmp_path: Path) -> None:
    names = [f"user{number}" for number in range(12)]
    channels = [{"name": name, "broadcast": name != "user3"} for name in names]
    async with Sandbox(names) as twitch:
        home = await at_home(tmp_path, twitch, channels)
        async with home.bot(channels=len(names)):
            report = await home.answers("!kisscharity for the food bank", "user0", "broadcaster", "user0")
            assert report == "📢 sent to 10/10 channels"
            again = await home.answers("!kisscharity again", "user0", "broadcaster", "user0")
            assert again.startswith("⏳")
        text = "[Source: user0] for the food bank"
        assert sorted(sent.channel for sent in twitch.sent if sent.text == text) == sorted(
            {*names} - {"user0", "user3"}
        )
        audit = (await home.runs("audit")).out
        assert "broadcast 10/10: for the food bank" in audit
