"""The straight line from a chat message to its answer: admitted in order, answered side by side."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Final

import structlog
from structlog.contextvars import bind_contextvars

from kissbot.chat.commands import Command, Invocation, Reply
from kissbot.chat.ear import Ear
from kissbot.chat.errors import Refusal, Trouble, Unavailable
from kissbot.chat.gate import Admission, Gate
from kissbot.chat.messages import ChatMessage
from kissbot.chat.tally import Outcome, Tally
from kissbot.chat.tasks import Tasks
from kissbot.chat.texts import Text, text
from kissbot.chat.trail import Scribe
from kissbot.chat.voice import Voice

WAITING_PER_CHANNEL: Final = 5000
"""Commands of one channel that may wait for admission; more are counted and dropped."""

TOO_SLOW: Final = text("⌛ That takes too long right now, please try again.")
TROUBLED: Final = text("🔧 Something I need does not work right now. Whoever runs me can see what.")
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
        scribe: Scribe,
    ) -> None:
        self._ear, self._gate, self._voice = ear, gate, voice
        self._handlers, self._tasks, self._tally, self._scribe = handlers, tasks, tally, scribe
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
        """Decide over all that wait at once, so that their claims share a transaction; act in their order."""
        channel = waiting[0].channel
        try:
            while waiting:
                group = tuple(waiting)
                admissions = await asyncio.gather(*(self._decide(asked) for asked in group))
                for asked, admission in zip(group, admissions, strict=True):
                    self._admit(asked, admission)
                    waiting.popleft()
        finally:
            del self._waiting[channel.id]

    async def _decide(self, asked: Invocation) -> Admission:
        _about(asked)
        try:
            if await self._voice.said(asked.message):
                return Admission(Outcome.OWN)
            return await self._gate.admit(asked)
        except Trouble as trouble:
            return Admission(Outcome.UNAVAILABLE, self._troubled(asked, trouble))
        except Exception as error:
            self._report(asked, error)
            return Admission(Outcome.BROKEN, BROKEN)

    def _admit(self, asked: Invocation, admission: Admission) -> None:
        if admission.outcome is None:
            self._tasks.start(self._answer(asked, admission), f"answer {asked.command.name}")
        else:
            self._say(asked, admission.outcome, admission.hint)

    async def _answer(self, asked: Invocation, admission: Admission) -> None:
        _about(asked)
        outcome, reply = await self._outcome(asked)
        self._say(asked, outcome, reply)
        if outcome is not Outcome.ANSWERED:
            await self._gate.reopen(admission)

    def _say(self, asked: Invocation, outcome: Outcome, reply: Reply) -> None:
        """Who asked for nothing is not told why there is nothing."""
        if outcome is Outcome.ANSWERED or not asked.command.overhears:
            self._voice.answer(asked, reply, gives_way=outcome is Outcome.UNAVAILABLE)
        self._count(asked, outcome)

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
        except Trouble as trouble:
            return Outcome.UNAVAILABLE, self._troubled(asked, trouble)
        except Exception as error:
            self._report(asked, error)
            return Outcome.BROKEN, BROKEN
        return (Outcome.ANSWERED if words else Outcome.SILENT), words

    def _count(self, asked: Invocation, outcome: Outcome) -> None:
        self._tally.commands[asked.command.name] += 1
        self._tally.outcomes[outcome] += 1
        self._scribe.ended(asked.message, asked.command.name, outcome)

    def _troubled(self, asked: Invocation, trouble: Trouble) -> Text:
        log.error("command_in_trouble", command=asked.command.name, why=str(trouble))
        return TROUBLED

    def _report(self, asked: Invocation, error: Exception) -> None:
        log.error(
            "command_failed",
            command=asked.command.name,
            channel=asked.channel.login,
            message=asked.message.id,
            exc_info=error,
        )


def _about(asked: Invocation) -> None:
    """Have whatever this task logs, or what it starts does, tell which line it is about."""
    bind_contextvars(channel=asked.channel.login, message=asked.message.id)
