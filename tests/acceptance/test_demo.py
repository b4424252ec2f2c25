"""`kissbot demo`, driven by the control API: what a new user sees first."""

import asyncio

import psutil
import pytest

from .driver import SHORT, Demo


async def test_everything_a_newcomer_tries_is_answered(demo: Demo) -> None:
    assert (await demo.ask("!ping")).startswith("Pong! 🏓")
    assert (await demo.ask("!gi hades", user="a")).startswith("🎮 Hades (2020)")
    assert (await demo.ask("!gi gta v", user="b")).startswith("🎮 Grand Theft Auto V (2013)")
    assert (await demo.ask("!gi botw", user="c")).startswith("🎮 The Legend of Zelda: Breath of the Wild")
    assert "!gi" in await demo.ask("!help")
    assert "!help" in await demo.ask("@kissbot hello")
    assert await demo.ask("!nosuchcommand", patience=SHORT) == ""
    assert await demo.ask("just talking", patience=SHORT) == ""


async def test_the_second_channel_speaks_french(demo: Demo) -> None:
    assert (await demo.ask("!ping", "chloe")).startswith("Pong ! 🏓")
    assert "dieux grecs" in await demo.ask("!gi hades", "chloe")
    assert (await demo.ask("@kissbot salut", "chloe")).startswith("👋 Salut")
    assert await demo.ask("!gc", "chloe", rank="moderator") == "📺 chloe est hors ligne"


async def test_the_current_game_follows_the_stream(demo: Demo) -> None:
    async def current() -> str:
        return await demo.ask("!gc", rank="moderator")

    await demo.post("stream", channel="ada", live=True, title="Up the mountain", game="Celeste")
    assert (await current()).startswith("🎮 ada plays: Celeste (2018)")
    await demo.post("stream", channel="ada", live=True, game="Just Chatting")
    assert await current() == "📺 ada is live in Just Chatting"
    await demo.post("stream", channel="ada", live=True, game="A Game Nobody Wrote")
    assert await current() == "🎮 ada plays: A Game Nobody Wrote"
    await demo.post("stream", channel="ada", live=False)
    assert await current() == "📺 ada is offline"


async def test_the_bot_comes_back_when_the_plug_was_pulled(demo: Demo) -> None:
    await demo.post("fault", kind="unplug")
    assert await demo.ask("!ping", patience=SHORT) == ""
    await demo.post("fault", kind="plug")
    for _ in range(20):
        if await demo.ask("!ping", patience=SHORT):
            return
    raise AssertionError("the bot did not come back")


@pytest.mark.alone
async def test_ctrl_c_ends_it_cleanly_in_under_two_seconds(demo: Demo) -> None:
    await demo.ask("!ping")
    assert await demo.stop() < 2
    assert demo.process.returncode == 130


async def test_a_demo_that_is_killed_leaves_no_bot_behind(demo: Demo) -> None:
    (bot,) = psutil.Process(demo.process.pid).children()
    demo.process.kill()
    await asyncio.to_thread(psutil.wait_procs, [bot], 3)
    assert not bot.is_running() or bot.status() == psutil.STATUS_ZOMBIE  # nobody may be there to bury it
