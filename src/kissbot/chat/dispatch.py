"""The straight line from a chat message to its answer: admitted in order, answered side by side."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Final

import structlog

from kissbot.chat.commands import Command, Invocation, Reply
from kissbot.chat.ear import Ear
from kissbot.chat.errors import Refusal, Unavailable
from kissbot.chat.gate import Admission, Gate
from kissbot.chat.messages import ChatMessage
from kissbot.chat.tally import Outcome, Tally
from kissbot.chat.tasks import Tasks
from kissbot.chat.texts import text
from kissbot.chat.voice import Voice

WAITING_PER_CHANNEL: Final = 200
"""Commands of one channel that may wait for admission; more are counted and dropped."""

TOO_SLOW: Final = text("⌛ That takes too long right now, please try again.")
BROKEN: Final = text("💥 Something went wrong on my side. It is noted.")

log = structlog.get_logger(__name__)


class Dispatch:
    """Admits the commands of a channel in their order, and answers all of them side by side."""

    def __init__(
        self,
        ear: Ear,
        gate: Gate,
        voice: Voice,
        handlers: dict[Command, Callable[[Invocation], Awaitable[Reply]]],
        tasks: Tasks,
        tally: Tally,
    ) -> None:
        self._ear, self._gate, self._voice = ear, gate, voice
        self._handlers, self._tasks, self._tally = handlers, tasks, tally
        self._waiting: dict[str, deque[Invocation]] = {}

    def hear(self, message: ChatMessage) -> None:
        """Take a message from the bus; never waits."""
        asked = self._ear.hear(message)
        if asked is None:
            return
        waiting = self._waiting.get(asked.channel.id)
        if waiting is None:
            waiting = self._waiting[asked.channel.id] = deque([asked])
            self._tasks.start(self._admit_all(waiting), f"admit {asked.channel.login}")
        elif len(waiting) < WAITING_PER_CHANNEL:
            waiting.append(asked)
        else:
            self._count(asked, Outcome.OVERFLOW)

    async def _admit_all(self, waiting: deque[Invocation]) -> None:
        channel = waiting[0].channel
        try:
            while waiting:
                await self._admit(waiting[0])
                waiting.popleft()
        finally:
            del self._waiting[channel.id]

    async def _admit(self, asked: Invocation) -> None:
        try:
            if await self._voice.said(asked.message):
                self._count(asked, Outcome.OWN)
                return
            admission = await self._gate.admit(asked)
        except Exception as error:
            self._report(asked, error)
            admission = Admission(Outcome.BROKEN, BROKEN)
        if admission.outcome is None:
            self._tasks.start(self._answer(asked, admission), f"answer {asked.command.name}")
        else:
            self._voice.answer(asked, admission.hint)
            self._count(asked, admission.outcome)

    async def _answer(self, asked: Invocation, admission: Admission) -> None:
        outcome, reply = await self._outcome(asked)
        self._voice.answer(asked, reply)
        self._count(asked, outcome)
        if outcome is not Outcome.ANSWERED:
            await self._gate.reopen(admission)

    async def _outcome(self, asked: Invocation) -> tuple[Outcome, Reply]:
        try:
            async with asyncio.timeout(asked.command.deadline):
                reply = await self._handlers[asked.command](asked)
            words = self._voice.words(asked.channel, reply)
        except Refusal as refusal:
            return Outcome.REFUSED, refusal.text
        except Unavailable as unavailable:
            return Outcome.UNAVAILABLE, unavailable.text
        except TimeoutError:
            return Outcome.UNAVAILABLE, TOO_SLOW
        except Exception as error:
            self._report(asked, error)
            return Outcome.BROKEN, BROKEN
        return (Outcome.ANSWERED if words else Outcome.SILENT), words

    def _count(self, asked: Invocation, outcome: Outcome) -> None:
        self._tally.commands[asked.command.name] += 1
        self._tally.outcomes[outcome] += 1

    def _report(self, asked: Invocation, error: Exception) -> None:
        log.error(
            "command_failed",
            command=asked.command.name,
            channel=asked.channel.login,
            message=asked.message.id,
            exc_info=error,
        )
