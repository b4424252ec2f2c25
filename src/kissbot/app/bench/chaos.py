"""A storm of faults over a bot in many channels, and whether everything is accounted for afterwards."""

import asyncio
import time
from collections import Counter
from collections.abc import Mapping
from random import Random
from typing import Any, Final

from msgspec import Struct

from kissbot.app.bench.account import Announcements, Commands, announcements, commands
from kissbot.app.bench.deafness import Deaf, Watch
from kissbot.app.child import BotProcess, bot_in
from kissbot.chat.trail import Step
from kissbot.sandbox.chaos import Storm, storm
from kissbot.sandbox.twitch import Sandbox
from kissbot.storage.open import open_database
from kissbot.storage.trail import SqlTrail

CHANNELS: Final = 300
UNPRIVILEGED: Final = 30
"""In so many of them the bot is nobody in particular."""

LINES_PER_SECOND: Final = 200
COMMAND_EVERY: Final = 300
"""One line in so many is a command: what Twitch lets an account answer in all its channels."""

STREAM_EVERY: Final = 6.0
"""Seconds between two streams that begin; every third of them flaps."""

FLAP: Final = 1.5
POLL_SECONDS: Final = 10.0
"""How often the bot looks who is live; more often in a short storm."""

STARTS: Final = 90.0
"""Seconds that the bot gets to hear every channel."""

SETTLES: Final = 75.0
"""Seconds at most for what waits at the end: a minute is the age at which an answer is left unsaid."""

STEPS: Final = 200


class Report(Struct):
    """What came of a storm."""

    seed: int
    seconds: float
    way: str
    lines: int
    faults: Mapping[str, int]
    commands: Commands
    announcements: Announcements
    violations: Counter[str]
    """Of Twitch's limits, as the sandbox counts them."""
    deaf: Deaf
    errors: int
    """Tracebacks in the bot's log."""
    rss_mb: float
    cpu_seconds: float

    @property
    def held(self) -> bool:
        """Whether nothing was lost, doubled, unexplained or broken."""
        asked, live = self.commands, self.announcements
        wrong = asked.doubled + asked.unexplained + live.lost + live.doubled + self.errors
        return wrong + self.violations.total() == 0 and asked.answered > 0


class Weather:
    """The chat, the streams and the storm of one run."""

    def __init__(self, twitch: Sandbox, seed: int, seconds: float) -> None:
        self._twitch, self._seconds = twitch, seconds
        self._chance = Random(seed)  # noqa: S311 (the same seed is the same chat)
        self.names = tuple(twitch.channels)
        self.poll_seconds = poll_seconds(seconds)
        self.lines = 0
        self.typed: list[str] = []
        self.titles: dict[str, str] = {}

    async def talk(self) -> None:
        """Chat at an even pace, with a command now and then."""
        started = time.perf_counter()
        for number in range(int(self._seconds * LINES_PER_SECOND)):
            if (wait := started + number / LINES_PER_SECOND - time.perf_counter()) > 0:
                await asyncio.sleep(wait)
            self._say(number)

    def _say(self, number: int) -> None:
        channel, user = self._chance.choice(self.names), f"viewer{number % 997}"
        asks = number % COMMAND_EVERY == 0
        message_id = self._twitch.say(channel, user=user, text="!ping" if asks else f"line {number}")
        self.lines += 1
        if asks:
            self.typed.append(message_id)

    async def stream(self) -> None:
        """Streams begin, and some of them flap; none begins so late that it could not be announced."""
        ends_at = time.perf_counter() + self._seconds - self.poll_seconds
        for number, channel in enumerate(self._chance.sample(self.names, len(self.names))):
            if time.perf_counter() >= ends_at:
                return
            self.titles[channel] = f"stream-{number}-of-{channel}"
            self._twitch.set_stream(channel, live=True, title=self.titles[channel], game="Hades")
            if number % 3 == 0:
                await self._flap(channel)
            await asyncio.sleep(STREAM_EVERY)

    async def _flap(self, channel: str) -> None:
        await asyncio.sleep(FLAP)
        self._twitch.set_stream(channel, live=False)
        await asyncio.sleep(FLAP)
        self._twitch.set_stream(channel, live=True)


def poll_seconds(seconds: float) -> float:
    """How often the bot looks who is live in a storm of that length."""
    return min(POLL_SECONDS, seconds / 5)


async def weather(seed: int, seconds: float, way: str = "conduit") -> Report:
    """Let a storm pass over a bot, and settle the account. Raises `Stopped` when the bot did not survive."""
    async with Sandbox(tuple(f"c{number:03}" for number in range(CHANNELS))) as twitch:
        for name in twitch.channels[:UNPRIVILEGED]:
            twitch.set_bot_rank(name, "everyone")
            twitch.log_in(name, ["channel:bot"])
        twitch_section: dict[str, Any] = {"conduit": "on" if way == "conduit" else "off"}
        more = {"twitch": twitch_section, "live": {"poll_seconds": poll_seconds(seconds)}}
        async with bot_in(twitch, [{"name": name} for name in twitch.channels], more, STARTS) as bot:
            return await _under(
                twitch, bot, Weather(twitch, seed, seconds), storm(seed, seconds, twitch.channels), way
            )


async def _under(twitch: Sandbox, bot: BotProcess, sky: Weather, clouds: Storm, way: str) -> Report:
    cpu = bot.cpu_seconds
    async with Watch(twitch) as watch:
        await asyncio.gather(sky.talk(), sky.stream(), twitch.weather(clouds))
        await _settled(twitch, sky)
    cpu, rss = bot.cpu_seconds - cpu, bot.rss_bytes
    await bot.stop()
    return Report(
        seed=clouds.seed,
        seconds=clouds.seconds,
        way=way,
        lines=sky.lines,
        faults=clouds.counts,
        commands=commands(sky.typed, await _steps(twitch, bot), twitch.sent),
        announcements=announcements(sky.titles, twitch.sent),
        violations=Counter(twitch.state()["counters"]["violations"]),
        deaf=watch.found,
        errors=bot.log.count("Traceback (most recent call last)"),
        rss_mb=round(rss / 1e6, 1),
        cpu_seconds=round(cpu, 1),
    )


async def _settled(twitch: Sandbox, sky: Weather) -> None:
    """Wait until nothing is said any more for as long as two polls take, and no stream is to be announced.

    A bot that has used up its calls to the API looks late who is live.
    """
    ends_at, before, quiet = time.perf_counter() + SETTLES, -1, 0.0
    while time.perf_counter() < ends_at:
        quiet = 0 if len(twitch.sent) != before else quiet + 1
        before = len(twitch.sent)
        if quiet >= 2 * sky.poll_seconds and not announcements(sky.titles, twitch.sent).lost:
            return
        await asyncio.sleep(1)


async def _steps(twitch: Sandbox, bot: BotProcess) -> list[Step]:
    """The bot's trail of every channel."""
    async with open_database(str(bot.folder / "kissbot.db"), create=False) as database:
        trail = SqlTrail(database)
        return [step for name in twitch.channels for step in await trail.latest(twitch.id_of(name), STEPS)]
