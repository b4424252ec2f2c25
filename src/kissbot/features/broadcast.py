"""!kisscharity: a broadcaster's message to every channel that wants such messages."""

import asyncio
from collections import Counter
from typing import Final

import structlog

from kissbot.chat.audit import Actor, Audit
from kissbot.chat.channels import Channels
from kissbot.chat.commands import Feature, Invocation, Reply
from kissbot.chat.drops import UNTOLD
from kissbot.chat.errors import Refusal, Trouble, Unavailable
from kissbot.chat.messages import Channel, Priority, Rank
from kissbot.chat.texts import text
from kissbot.chat.voice import NEWS_KEEPS, Voice

EVERY: Final = 300
"""Seconds between two messages of one channel."""

TOLD_WITHIN: Final = NEWS_KEEPS + 20
"""Seconds after which nobody will say any more what became of a line."""

feature = Feature("broadcast")

log = structlog.get_logger(__name__)


@feature.command(
    "kisscharity",
    usage="<message>",
    rank=Rank.BROADCASTER,
    cooldown=EVERY,
    per="channel",
    exempt=False,
    deadline=TOLD_WITHIN + 10,
    example=("!kisscharity 24 h for the food bank", "📢"),
)
async def broadcast(asked: Invocation, channels: Channels, voice: Voice, audit: Audit) -> Reply:
    """Says something in every channel that chose to hear such messages, once in five minutes."""
    if not asked.argument:
        command = f"{asked.settings.prefix}{asked.command.name}"
        raise Refusal(text("📢 What shall I say? {command} <message>", command=command))
    wanted = [channel for channel in channels.here.values() if channels.of(channel).broadcast]
    targets = [channel for channel in wanted if channel != asked.channel]
    if not targets:
        raise Refusal(
            text("📢 No other channel wants such messages yet. Theirs to choose: !kiss set broadcast on")
        )
    dropped = Counter(await asyncio.gather(*(_tell(asked, channel, voice) for channel in targets)))
    shown = dropped.pop("", 0)
    await _note(asked, shown, len(targets), dropped, audit)
    report = text("📢 sent to {shown}/{all} channels", shown=shown, all=len(targets))
    if not shown:
        raise Unavailable(report)
    return report


async def _tell(asked: Invocation, channel: Channel, voice: Voice) -> str:
    """The drop reason; empty when it was shown."""
    line = f"[Source: {asked.channel.login}] {asked.argument}"
    about = f"broadcast:{asked.message.id}:{channel.id}"
    try:
        async with asyncio.timeout(TOLD_WITHIN):
            return await voice.tell(channel, line, about, priority=Priority.BROADCAST, keeps=NEWS_KEEPS)
    except TimeoutError:
        return UNTOLD


async def _note(asked: Invocation, shown: int, wanted: int, dropped: Counter[str], audit: Audit) -> None:
    log.info(
        "broadcast_done", channel=asked.channel.login, sent=shown, channels=wanted, reasons=dict(dropped)
    )
    by = Actor("chat", asked.viewer.id, asked.viewer.login)
    after = f"{shown}/{wanted}: {asked.argument}"
    try:
        await audit.note(by, "broadcast", channel=asked.channel.login, after=after)
    except Trouble as trouble:  # what was said was said, and the next message has to wait for its time
        log.error("broadcast_not_noted", channel=asked.channel.login, why=str(trouble))
