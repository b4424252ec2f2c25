"""!ping, !uptime, !stats."""

import re

import pytest

from kissbot.chat.messages import Rank
from kissbot.features.system import Vitals
from kissbot.testing import FixedVitals, room


async def test_ping_measures_from_the_moment_the_message_was_sent() -> None:
    async with room() as place:
        message = place.message("!ping")
        await place.clock.push(0.042)
        assert await place.delivers(message) == "Pong! 🏓 42 ms"


async def test_a_platform_whose_clock_is_ahead_makes_no_negative_ping() -> None:
    async with room() as place:
        await place.clock.push(3)
        message = place.message("!ping")
        await place.clock.push(-3)
        assert await place.delivers(message) == "Pong! 🏓 0 ms"


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0, "0s"),
        (59, "59s"),
        (60, "1m 0s"),
        (9254, "2h 34m 14s"),
        (3600, "1h 0m 0s"),
        (90061, "1d 1h 1m 1s"),
    ],
)
async def test_uptime_is_shown_in_words(seconds: float, shown: str) -> None:
    async with room() as place:
        await place.clock.push(seconds)
        assert await place.hears("!uptime") == f"⏱️ {shown} · 0 commands"


async def test_uptime_counts_what_was_answered() -> None:
    async with room() as place:
        await place.hears("!ping")
        await place.hears("hello")
        await place.hears("!nonsense")
        assert await place.hears("!uptime") == "⏱️ 0s · 1 command"
        assert await place.hears("!uptime", viewer="vic") == "⏱️ 0s · 2 commands"


async def test_stats_come_from_memory() -> None:
    async with room({Vitals: FixedVitals(1.04, 54.4, 9)}) as place:
        await place.clock.push(9240)
        assert await place.hears("!stats") == "📊 CPU: 1.0% · RAM: 54MB · Threads: 9 · Uptime: 2h 34m 0s"


@pytest.mark.parametrize(
    ("cpu", "ram", "warnings"),
    [
        (79.9, 499, ""),
        (80, 499, " · ⚠️ CPU is high"),
        (79, 500, " · ⚠️ RAM is high"),
        (99, 900, " · ⚠️ CPU is high · ⚠️ RAM is high"),
    ],
)
async def test_stats_warn_over_the_thresholds(cpu: float, ram: float, warnings: str) -> None:
    async with room({Vitals: FixedVitals(cpu, ram)}) as place:
        answer = await place.hears("!stats")
        assert answer
        assert answer.endswith(f"Uptime: 0s{warnings}")


async def test_perf_tells_of_every_step_so_far() -> None:
    async with room() as place:
        await place.hears("!ping")
        said = await place.hears("!perf", rank=Rank.MODERATOR)
        assert said
        figures = r"\d+\.\d/\d+\.\d/\d+\.\d"
        assert re.fullmatch(
            rf"⏱️ p50/p95/p99 ms: admission {figures} · answer {figures} · sending {figures}", said
        )


async def test_perf_is_for_moderators() -> None:
    async with room() as place:
        assert await place.hears("!perf") == "🔒 !perf is for moderators."
