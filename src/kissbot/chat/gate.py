"""Whether a command may be answered now: switched on, rank, cooldown; one atomic claim each."""

from math import ceil

from msgspec import Struct

from kissbot.chat.commands import Command, Invocation
from kissbot.chat.messages import Rank
from kissbot.chat.ports import Notes
from kissbot.chat.tally import Outcome
from kissbot.chat.texts import Text, text, texts
from kissbot.chat.timings import Timings

ONCE = 600.0
"""Seconds for which a message is remembered, so that a repeated delivery is not answered again."""

_FORBIDDEN_HINT_EVERY = 30.0

_FOR_RANK = {
    Rank.SUBSCRIBER: text("🔒 {command} is for subscribers."),
    Rank.VIP: text("🔒 {command} is for VIPs."),
    Rank.MODERATOR: text("🔒 {command} is for moderators."),
    Rank.BROADCASTER: text("🔒 {command} is for the broadcaster."),
    Rank.OWNER: text("🔒 {command} is for the bot's owner."),
}


class Admission(Struct, frozen=True):
    """What the gate decided: `outcome` is None for "go ahead", else why not, with what to tell the viewer."""

    outcome: Outcome | None = None
    hint: Text | None = None
    claim: str = ""
    """The cooldown that was charged; to be released when no answer is given."""


class Gate:
    """Decides over invocations. Its claims hold for every process that shares the notes."""

    def __init__(self, notes: Notes, timings: Timings | None = None) -> None:
        self._notes, self._timings = notes, timings or Timings()

    async def admit(self, asked: Invocation) -> Admission:
        """Decide, and charge the cooldown when the answer is yes."""
        with self._timings.measured("gate"):
            return await self._decide(asked)

    async def _decide(self, asked: Invocation) -> Admission:
        if await self._notes.claim(f"message:{asked.message.id}", ONCE):
            return Admission(Outcome.REPEATED)
        if not asked.settings.off.isdisjoint(asked.command.labels):
            return Admission(Outcome.SWITCHED_OFF)
        if asked.viewer.rank < asked.command.rank:
            return await self._forbidden(asked)
        return await self._cooldown(asked)

    async def reopen(self, admission: Admission) -> None:
        """Take the charge back: no answer was given."""
        if admission.claim:
            await self._notes.release(admission.claim)

    async def _forbidden(self, asked: Invocation) -> Admission:
        told = await self._notes.claim(f"told:rank:{_whose(asked)}", _FORBIDDEN_HINT_EVERY)
        hint = None if told else text(_FOR_RANK[asked.command.rank].msgid, command=_shown(asked))
        return Admission(Outcome.FORBIDDEN, hint)

    async def _cooldown(self, asked: Invocation) -> Admission:
        seconds = asked.command.cooldown_in(asked.settings)
        if not seconds or (asked.command.exempt and asked.viewer.rank >= Rank.MODERATOR):
            return Admission()
        key = cooldown_key(asked)
        left = await self._notes.claim(key, seconds)
        if not left:
            return Admission(claim=key)
        if not asked.command.names or await self._notes.claim(f"told:{key}:{asked.viewer.id}", left):
            return Admission(Outcome.COOLING)
        return Admission(Outcome.COOLING, _wait(_shown(asked), left))


def cooldown_key(asked: Invocation) -> str:
    """What is claimed for as long as a command cools down."""
    return f"cooldown:{_whose(asked)}"


def _whose(asked: Invocation) -> str:
    command: Command = asked.command
    who = asked.viewer.id if command.per == "viewer" else "*"
    return f"{asked.channel.id}:{command.name}:{who}"


def _shown(asked: Invocation) -> str:
    return f"{asked.settings.prefix}{asked.command.name}"


def _wait(command: str, left: float) -> Text:
    return texts(
        "⏳ {command} again in {count} second.",
        "⏳ {command} again in {count} seconds.",
        ceil(left),
        command=command,
    )
