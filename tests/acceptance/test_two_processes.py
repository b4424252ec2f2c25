"""Two processes, one account, one database: no limit is broken, nothing is said twice, whoever is killed."""

import asyncio
import os
from collections import Counter
from contextlib import AsyncExitStack
from itertools import count
from pathlib import Path
from random import Random

import msgspec

from kissbot.sandbox.twitch import Sandbox

from .home import PATIENCE, Home

ROUNDS = int(os.environ.get("TWO_PROCESSES_ROUNDS", "3"))
LOUD, QUIET = ("ada", "bob"), ("chloe", "dora")
"""Where the bot is a moderator, and where it is not."""
CHANNELS = (*LOUD, *QUIET)
SECONDS = 4.0

_viewers = count()


async def test_whichever_of_two_is_killed_nothing_is_said_twice_or_too_fast(tmp_path: Path) -> None:
    chance = Random(2026)
    async with Sandbox(CHANNELS) as twitch:
        for channel in QUIET:
            twitch.set_bot_rank(channel, "everyone")
        home = Home(tmp_path, twitch)
        asked: list[str] = []
        for number in range(ROUNDS):
            # Over sockets, both hear every line; over a conduit, each hears what is of its shards.
            configure(home, "auto" if number % 3 == 2 else "off")
            if not number:
                await home.logs_in("kissbot", "--bot")
                for channel in QUIET:
                    await home.logs_in(channel, "--channel", channel)
            asked += await one_round(home, chance)
            answers = Counter(sent.reply_to for sent in twitch.sent if sent.is_sent)
            assert set(answers.values()) <= {1}
            assert not twitch.state()["counters"]["violations"]
        assert len(answers) > len(asked) / 3
        assert "msg_ratelimit" not in {sent.drop_reason for sent in twitch.sent}


def configure(home: Home, conduit: str) -> None:
    """Write the configuration."""
    home.configure(CHANNELS)
    config = home.folder / "config.yaml"
    content = msgspec.json.decode(config.read_bytes())
    content["twitch"]["conduit"] = conduit
    config.write_bytes(msgspec.json.encode(content))


async def one_round(home: Home, chance: Random) -> list[str]:
    """Ask much of two processes; one is killed and started again. What was asked."""
    asked: list[str] = []
    async with AsyncExitStack() as stack:
        first = await stack.enter_async_context(home.bot())
        second = await stack.enter_async_context(home.bot())
        await all_heard(home)
        asking = asyncio.create_task(ask(home, chance, asked))
        await asyncio.sleep(chance.uniform(0.2, SECONDS - 1))
        victim = chance.choice((first, second))
        victim.kill()
        await victim.wait()
        await stack.enter_async_context(home.bot())
        await asking
        await asyncio.sleep(1)  # for what is still to be said
    return asked


async def all_heard(home: Home) -> None:
    """Wait until every channel is heard by somebody."""
    async with asyncio.timeout(PATIENCE):
        while set(CHANNELS) > set(home.twitch.state()["subscriptions"].get("channel.chat.message", ())):
            await asyncio.sleep(0.01)


async def ask(home: Home, chance: Random, asked: list[str]) -> None:
    """Burst after burst, more than may be answered at once."""
    ends_at = asyncio.get_running_loop().time() + SECONDS
    while asyncio.get_running_loop().time() < ends_at:
        for _ in range(chance.randrange(1, 6)):
            channel, viewer = chance.choice(CHANNELS), f"viewer{next(_viewers)}"
            asked.append(home.twitch.say(channel, user=viewer, text="!ping"))
        await asyncio.sleep(chance.uniform(0, 0.6))
