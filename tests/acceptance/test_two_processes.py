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

from .home import Home

ROUNDS = int(os.environ.get("TWO_PROCESSES_ROUNDS", "3"))
MODERATED, OTHERS = "ada", ("bob", "chloe", "dora")
"""Where the bot is a moderator, and where it is not."""
CHANNELS = (MODERATED, *OTHERS)
SHARES = (1, 2, 2, 2)
"""How much is asked in each; where the bot moderates it could fill the room of all the others."""
SECONDS = 4.0

_viewers = count()


async def test_whichever_of_two_is_killed_nothing_is_said_twice_or_too_fast(tmp_path: Path) -> None:
    chance = Random(2026)
    async with Sandbox(CHANNELS) as twitch:
        for channel in OTHERS:
            twitch.set_bot_rank(channel, "everyone")
        home = Home(tmp_path, twitch)
        for number in range(ROUNDS):
            # Over sockets, both hear every line; over a conduit, each hears what is of its shards.
            through_conduit = number % 3 == 2
            configure(home, "auto" if through_conduit else "off")
            if not number:
                await home.logs_in("kissbot", "--bot")
                for channel in OTHERS:
                    await home.logs_in(channel, "--channel", channel)
            await one_round(home, chance)
            answers = Counter(sent.reply_to for sent in twitch.sent if sent.is_sent)
            assert set(answers.values()) <= {1}
            assert not twitch.state()["counters"]["violations"]
        assert len(answers) > 5 * ROUNDS
        assert "msg_ratelimit" not in {sent.drop_reason for sent in twitch.sent}


def configure(home: Home, conduit: str) -> None:
    """Write the configuration."""
    home.configure(CHANNELS)
    config = home.folder / "config.yaml"
    content = msgspec.json.decode(config.read_bytes())
    content["twitch"]["conduit"] = conduit
    config.write_bytes(msgspec.json.encode(content))


async def one_round(home: Home, chance: Random) -> None:
    """Ask much of two processes; one is killed and started again."""
    async with AsyncExitStack() as stack:
        first = await stack.enter_async_context(home.bot())
        second = await stack.enter_async_context(home.bot())
        await home.hears(len(CHANNELS))
        asking = asyncio.create_task(ask(home, chance))
        await asyncio.sleep(chance.uniform(0.2, SECONDS - 1))
        victim = chance.choice((first, second))
        victim.kill()
        await victim.wait()
        await stack.enter_async_context(home.bot())
        await asking
        await asyncio.sleep(1)  # for what is still to be said


async def ask(home: Home, chance: Random) -> None:
    """Burst after burst, more than may be answered at once."""
    ends_at = asyncio.get_running_loop().time() + SECONDS
    while asyncio.get_running_loop().time() < ends_at:
        for _ in range(chance.randrange(1, 6)):
            (channel,) = chance.choices(CHANNELS, SHARES)
            home.twitch.say(channel, user=f"viewer{next(_viewers)}", text="!ping")
        await asyncio.sleep(chance.uniform(0, 0.6))
