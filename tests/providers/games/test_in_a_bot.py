"""The whole bot, in a process of its own, with sources that speak as they do."""

import asyncio

from kissbot.app.child import bot_in
from kissbot.sandbox.twitch import Sandbox

from .stores import KEY, opened, says_500

CHANNELS = [{"name": "ada", "language": "en"}, {"name": "chloe", "language": "fr"}]


async def answer(twitch: Sandbox, text: str, channel: str = "ada", user: str = "vera") -> str:
    said = twitch.say(channel, user=user, text=text)
    async with asyncio.timeout(20):
        while True:
            for sent in twitch.sent:
                if sent.reply_to == said:
                    return sent.text
            await asyncio.sleep(0.01)


async def test_a_bot_asks_every_source_once_and_remembers() -> None:
    async with Sandbox(("ada", "chloe")) as twitch, opened() as (stores, _):
        stores.good_token = ""  # the sandbox gives the application's token
        games = {
            "igdb": {"url": f"{stores.url}/v4"},
            "rawg": {"url": f"{stores.url}/api", "key": KEY},
            "steam": {"url": stores.url, "api_url": stores.url, "ask": "on"},
        }
        twitch.set_stream("ada", live=True, title="One more run", game="Hades")
        async with bot_in(twitch, CHANNELS, {"games": games}) as bot:
            told = await answer(twitch, "!gi hades")
            assert "🎮 Hades (2020) · RPG Hack and slash · PC, Switch, PS4, " in told
            assert "· 🏆 93/100 ⭐ 4.4/5 · 🔥 HIGH [IGDB+RAWG+Steam]" in told
            assert "Hades (2020)" in await answer(twitch, "!gi hades", user="vic")
            assert stores.asked["/v4/multiquery"] == 1
            french = await answer(twitch, "!gi hades", channel="chloe")
            assert "🔥 " in french
            stores.faults = dict.fromkeys(("igdb", "rawg", "steam"), says_500)
            assert "Hades (2020)" in await answer(twitch, "!gs hades", user="vic")
            assert (await answer(twitch, "!gc")).startswith("🎮 ada plays: Hades (2020)")
            assert "look-ups from memory" in await answer(twitch, "!cache")
            assert KEY not in bot.log
            assert "Traceback" not in bot.log
