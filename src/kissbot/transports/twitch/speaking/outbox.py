"""Speaks on Twitch: sends what is to be said when the limits allow it, and reports what became of it."""

import asyncio
from collections.abc import Sequence
from math import inf
from random import SystemRandom
from types import TracebackType
from typing import Final, Self

import aiohttp
import structlog
from msgspec import Struct

from kissbot.chat.backoff import Backoff
from kissbot.chat.errors import Trouble
from kissbot.chat.messages import Outgoing, Receipt
from kissbot.chat.ports import Bus, Clock
from kissbot.chat.tasks import Tasks
from kissbot.transports.twitch.helix import HelixError, not_arrived
from kissbot.transports.twitch.speaking.ledger import Slots
from kissbot.transports.twitch.speaking.limiter import VOID, Settled, Slot, Wait
from kissbot.transports.twitch.speaking.mouth import Mouth
from kissbot.transports.twitch.speaking.queue import Line, Queue
from kissbot.transports.twitch.speaking.standing import Standing

AT_ONCE: Final = 64
"""Lines that are decided over together."""

NOT_URGENT: Final = 4
"""How many lines that nobody waits for may be on their way, so that answers find the connections free."""

TOLD_WITHIN: Final = 0.3
"""Seconds after which what became of a line is in the ledger, unless another line brings it there before."""

EARLY: Final = 0.001
"""Seconds that a timer may come before its time."""

LONGEST_PAUSE: Final = 5.0
"""Seconds between two attempts while Twitch or our own database is out of reach."""

STOPPED: Final = "stopped"

log = structlog.get_logger(__name__)


class Outcome(Struct, frozen=True):
    """What became of an attempt: shown, dropped for a reason, or neither, to be tried again after a pause."""

    message_id: str = ""
    reason: str = ""
    again_in: float | None = None


class Outbox:
    """One for each bot account and process. Enter it to have it end in order."""

    def __init__(
        self,
        mouth: Mouth,
        slots: Slots,
        standing: Standing,
        bus: Bus,
        clock: Clock,
        *,
        queue: Queue | None = None,
        grace: float = 0,
    ) -> None:
        self._mouth, self._slots, self._standing = mouth, slots, standing
        self._bus, self._clock = bus, clock
        self._queue, self._grace = Queue() if queue is None else queue, grace
        self._tasks = Tasks(grace)
        self._backoff = Backoff(SystemRandom(), first=0.25, longest=LONGEST_PAUSE)
        self._settled: list[Settled] = []
        self._not_urgent = 0
        self._looked_at = self._paused_until = self._ignored_until = self._calm_until = 0.0
        self._tell_at = inf
        self._held_until: dict[tuple[int, bool], float] = {}
        """Of lines of a priority, where the account is privileged or is not."""
        self._is_due = self._in_trouble = self._stopping = False
        self._work: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        bus.subscribe(Outgoing, self.post)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """What is under way gets its grace; what still waits is dropped, and counted."""
        self._wake()
        if self._work:
            await asyncio.wait({self._work}, timeout=self._grace)
        self._stopping = True
        self._set_timer(inf)
        for line in self._queue.clear():
            self._report(line, Outcome(reason=STOPPED))
        await self._tasks.__aexit__(kind, error, trace)
        if self._settled:
            await self._book(())

    @property
    def waiting(self) -> int:
        """Lines that are not on their way yet."""
        return len(self._queue)

    def post(self, outgoing: Outgoing) -> None:
        """Take a line to be sent; never waits."""
        line = Line(outgoing)
        if self._stopping:
            self._report(line, Outcome(reason=STOPPED))
        elif self._queue.push(line):
            self._wake()
        else:
            self._report(line, Outcome(reason="overflow"))

    # Deciding

    def _wake(self) -> None:
        self._is_due = True
        if not self._stopping and not self._work:
            self._work = self._tasks.start(self._decide_all(), "outbox")

    async def _decide_all(self) -> None:
        """Decide over what waits, as long as there is something new about it."""
        try:
            while self._is_due:
                self._is_due = False
                await asyncio.sleep(0)  # for those that are about to come
                await self._decide()
        finally:
            self._work = None
            self._set_timer(self._next_at())

    async def _decide(self) -> None:
        now = self._looked_at = self._clock.time()
        for line in self._queue.expire(now):
            self._report(line, Outcome(reason=self._why_late(line, now)))
        lines = self._candidates(now) if now >= self._paused_until else []
        if not lines and now < self._tell_at - EARLY:
            return
        for line, answer in zip(lines, await self._book(lines), strict=True):
            if isinstance(answer, Slot):
                self._go(line, answer)
            else:
                self._hold(line, answer)
        # Those that were held are no candidates any more; whoever stood behind them is.
        self._is_due = self._is_due or len(lines) == AT_ONCE or any(line.not_before > now for line in lines)

    def _candidates(self, now: float) -> list[Line]:
        """The lines to decide over: no more of those that nobody waits for than may go."""
        lines: list[Line] = []
        places = self._places(now)
        for line in self._queue.heads(now):
            if self._held_until.get(self._kind(line), 0) > now:
                continue
            if not line.urgent:
                places -= 1
                if places < 0:
                    continue
            lines.append(line)
            if len(lines) == AT_ONCE:
                break
        return lines

    def _places(self, now: float) -> int:
        """How many lines that nobody waits for may go: where they are paced, one after the other."""
        free = NOT_URGENT - self._not_urgent
        return min(free, self._is_calm(now)) if self._slots.pace else free

    def _is_calm(self, now: float) -> bool:
        return now >= self._calm_until - EARLY

    async def _book(self, lines: Sequence[Line]) -> Sequence[Slot | Wait]:
        """Ask for slots; while there is nobody to ask, nothing goes."""
        settled, self._settled, self._tell_at = self._settled, [], inf
        wishes = [line.wish(self._standing.is_privileged(line.outgoing.channel.id)) for line in lines]
        try:
            answers = await self._slots.book(wishes, settled)
        except Trouble as trouble:
            self._settled = settled + self._settled
            return self._without_slots(lines, trouble)
        self._in_trouble = False
        return answers

    def _without_slots(self, lines: Sequence[Line], trouble: Trouble) -> list[Wait]:
        if not self._in_trouble:
            log.error("nothing_can_be_sent", why=str(trouble))
        self._in_trouble = True
        for line in lines:
            line.trouble = "storage"
        self._pause(LONGEST_PAUSE)
        self._tell_at = self._paused_until
        return [Wait(self._paused_until, everywhere=False)] * len(lines)

    def _hold(self, line: Line, wait: Wait) -> None:
        if wait.penalty:
            self._ignored_until = wait.until
        if wait.everywhere:
            self._held_until[self._kind(line)] = wait.until
        else:
            line.not_before = wait.until

    def _why_late(self, line: Line, now: float) -> str:
        if line.trouble:
            return line.trouble
        return "penalty" if now <= self._ignored_until and not self._kind(line)[1] else "expired"

    def _kind(self, line: Line) -> tuple[int, bool]:
        return line.outgoing.priority, self._standing.is_privileged(line.outgoing.channel.id)

    def _pause(self, seconds: float) -> None:
        self._paused_until = max(self._paused_until, self._clock.time() + seconds)

    # Waiting

    def _next_at(self) -> float:
        """When there is something to do, if nothing comes meanwhile.

        As seen from the latest look: what has become due since then was not looked at.
        """
        if not self._queue:
            return self._tell_at
        now = self._looked_at
        calm_at = inf if self._is_calm(now) else self._calm_until
        ends = (*self._held_until.values(), self._paused_until, self._queue.next_at(now))
        return min(self._tell_at, calm_at, *(until for until in ends if until > now))

    def _set_timer(self, at: float) -> None:
        if self._timer:
            self._timer.cancel()
        self._timer = None
        if at < inf:
            seconds = max(0.0, at - self._clock.time())
            self._timer = asyncio.get_running_loop().call_later(seconds, self._wake)

    # Sending

    def _go(self, line: Line, slot: Slot) -> None:
        self._queue.take(line)
        if not line.urgent:
            self._not_urgent += 1
            self._calm_until = self._clock.time() + self._slots.pace
        self._tasks.start(self._send(line, slot), "send")

    async def _send(self, line: Line, slot: Slot) -> None:
        outcome = Outcome(reason="unknown")
        try:
            outcome = await self._attempt(line, slot)
        except asyncio.CancelledError:
            outcome = Outcome(reason=STOPPED)
            raise
        finally:
            self._not_urgent -= not line.urgent
            self._conclude(line, outcome)
            self._held_until.clear()  # what is known now may make room
            if self._queue:
                self._wake()
            elif not self._work:
                self._set_timer(self._tell_at)

    async def _attempt(self, line: Line, slot: Slot) -> Outcome:
        """Try once, and note for the limits what is known of it."""
        outgoing, now = line.outgoing, self._clock.time()
        if now >= outgoing.expires_at or now >= slot.before:
            self._settle(slot, VOID)
            return Outcome(again_in=0)  # it has just become too old, or its slot has
        try:
            async with asyncio.timeout(slot.before - now):
                row = await self._mouth.send(outgoing.channel, slot.text, outgoing.reply_to)
        except (HelixError, aiohttp.ClientError, TimeoutError) as error:
            return self._failed(line, slot, error)
        self._backoff.reset()
        code = "" if row.is_sent else row.drop_reason.code if row.drop_reason else "unknown"
        self._settle(slot, code)
        self._standing.doubt(outgoing.channel, code)
        return Outcome(row.message_id if row.is_sent else "", code)

    def _failed(self, line: Line, slot: Slot, error: Exception) -> Outcome:
        why = str(error) or type(error).__name__
        reason = f"http_{error.status}" if isinstance(error, HelixError) else "network"
        log.warning("send_failed", channel=line.outgoing.channel.login, why=why)
        if not not_arrived(error):
            self._settle(slot, reason)
            return Outcome(reason=reason)
        self._settle(slot, VOID)
        wait = error.wait if isinstance(error, HelixError) else 0
        return Outcome(reason=reason, again_in=wait or self._backoff.next())

    def _settle(self, slot: Slot, code: str) -> None:
        """Note what became of a line, if anybody counts them."""
        if slot.number:
            now = self._clock.time()
            self._settled.append(Settled(slot.number, now, code))
            self._tell_at = min(self._tell_at, now + TOLD_WITHIN)

    def _conclude(self, line: Line, outcome: Outcome) -> None:
        if outcome.again_in is None:
            self._queue.done(line)
            self._report(line, outcome)
        elif self._stopping:
            self._queue.done(line)
            self._report(line, Outcome(reason=STOPPED))
        else:
            line.trouble = outcome.reason or line.trouble
            self._pause(outcome.again_in)
            self._queue.back(line)

    def _report(self, line: Line, outcome: Outcome) -> None:
        outgoing = line.outgoing
        if outcome.reason:
            log.warning(
                "line_dropped", channel=outgoing.channel.login, line=outgoing.id, reason=outcome.reason
            )
        receipt = Receipt(outgoing.id, outgoing.channel, outcome.message_id, outcome.reason)
        self._bus.publish(receipt, outgoing.channel.id)
