"""!slow: an answer that takes its time."""

import asyncio
from typing import Final

from kissbot.chat.commands import Feature, Invocation, Reply

TAKES: Final = 5.0
"""Seconds."""

ANSWER: Final = "At last."

feature = Feature("slow")


@feature.command("slow", deadline=2 * TAKES)
async def slow(asked: Invocation) -> Reply:
    """Think for a long time."""
    await asyncio.sleep(TAKES)
    return ANSWER
