"""Speaks on Twitch: sends what is to be said, and reports what became of it."""

from typing import Final

import aiohttp
import structlog

from kissbot.chat.lines import REPEAT_MARK
from kissbot.chat.messages import Outgoing, Receipt
from kissbot.chat.ports import Bus, Clock
from kissbot.chat.tasks import Tasks
from kissbot.transports.twitch.helix import Helix, HelixError

REPEATS_WITHIN: Final = 30.0
"""Seconds in which Twitch shows the same text only once in a channel."""

REMEMBERED: Final = 20
"""How many texts of a channel are known as said lately."""

MOST_MARKS: Final = 3
"""How many marks a line of full length has room for."""

log = structlog.get_logger(__name__)


class Outbox:
    """One for each bot account."""

    def __init__(self, helix: Helix, bus: Bus, clock: Clock, tasks: Tasks) -> None:
        self._helix, self._bus, self._clock, self._tasks = helix, bus, clock, tasks
        self._said: dict[str, dict[str, float]] = {}
        bus.subscribe(Outgoing, self.post)

    def post(self, outgoing: Outgoing) -> None:
        """Take a line to be sent; never waits."""
        self._tasks.start(self._send(outgoing), "send")

    async def _send(self, outgoing: Outgoing) -> None:
        message_id, dropped = "", "expired"
        if self._clock.time() < outgoing.expires_at:
            message_id, dropped = await self._attempt(outgoing)
        if dropped:
            log.warning("line_dropped", channel=outgoing.channel.login, line=outgoing.id, reason=dropped)
        self._bus.publish(Receipt(outgoing.id, outgoing.channel, message_id, dropped), outgoing.channel.id)

    async def _attempt(self, outgoing: Outgoing) -> tuple[str, str]:
        """The id of the message that was shown, or the reason why it was not."""
        try:
            row = await self._helix.send(outgoing.channel.id, self._varied(outgoing), outgoing.reply_to)
        except HelixError as error:
            log.error("send_refused", channel=outgoing.channel.login, why=str(error))
            return "", f"http_{error.status}"
        except (aiohttp.ClientError, TimeoutError) as error:
            log.error("send_failed", channel=outgoing.channel.login, error=str(error) or type(error).__name__)
            return "", "network"
        if row.is_sent:
            return row.message_id, ""
        return "", row.drop_reason.code if row.drop_reason else "unknown"

    def _varied(self, outgoing: Outgoing) -> str:
        """The text; marked invisibly, so that it differs from all that the channel was told lately."""
        now, said = self._clock.time(), self._said.setdefault(outgoing.channel.id, {})
        marked = [outgoing.text + REPEAT_MARK * marks for marks in range(MOST_MARKS + 1)]
        text = next((text for text in marked if now - said.get(text, 0.0) >= REPEATS_WITHIN), marked[0])
        said.pop(text, None)
        said[text] = now
        if len(said) > REMEMBERED:
            del said[next(iter(said))]
        return text
