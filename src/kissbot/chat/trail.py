"""The trail: what became of each thing that was asked of the bot, so that silence can be explained."""

from typing import Literal, Protocol

from msgspec import Struct

from kissbot.chat.messages import ChatMessage
from kissbot.chat.ports import Clock
from kissbot.chat.tally import Outcome

Stage = Literal["command", "send"]


class Step(Struct, frozen=True):
    """One step of one chat line. What was typed is not kept."""

    at: float
    """Seconds since the epoch."""
    channel_id: str
    message_id: str
    """The chat line that asked."""
    viewer_id: str
    command: str
    """By its first name; `@` for a mention."""
    stage: Stage
    outcome: str
    """Of a command: a value of `Outcome`. Of a send: empty when it arrived, else the drop reason."""


class Trail(Protocol):
    """Keeps the latest steps of each channel."""

    def note(self, step: Step) -> None:
        """Take a step; returns at once, and is written soon."""
        ...

    async def latest(self, channel_id: str, limit: int = 50) -> list[Step]:
        """The latest steps of a channel, newest first, those noted a moment ago included."""
        ...


class NoTrail:
    """For a bot that nobody asks why."""

    def note(self, step: Step) -> None:
        """Forget it."""

    async def latest(self, channel_id: str, limit: int = 50) -> list[Step]:
        """There are none."""
        return []


class Scribe:
    """Writes the trail as things happen."""

    def __init__(self, trail: Trail, clock: Clock) -> None:
        self._trail, self._clock = trail, clock

    def ended(self, message: ChatMessage, command: str, outcome: Outcome) -> None:
        """A command ended so."""
        self._note(message, command, "command", outcome.value)

    def sent(self, message: ChatMessage, command: str, drop_reason: str) -> None:
        """The answer to a command was shown, or dropped for this reason."""
        self._note(message, command, "send", drop_reason)

    def _note(self, message: ChatMessage, command: str, stage: Stage, outcome: str) -> None:
        now, channel, viewer = self._clock.time(), message.channel.id, message.viewer.id
        self._trail.note(Step(now, channel, message.id, viewer, command, stage, outcome))
