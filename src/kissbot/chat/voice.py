"""Says things: in the channel's language, cleaned, cut to length, and recognised when they come back."""

import asyncio
from typing import Final, Protocol

from msgspec import Struct

from kissbot.chat import lines
from kissbot.chat.channels import Channels
from kissbot.chat.commands import Invocation, Reply
from kissbot.chat.drops import in_doubt
from kissbot.chat.echoes import Echoes
from kissbot.chat.messages import Channel, ChatMessage, Outgoing, Priority, Rank, Receipt, Viewer
from kissbot.chat.ports import Bus, Clock
from kissbot.chat.tally import Tally
from kissbot.chat.texts import Translations
from kissbot.chat.trail import Scribe

ANSWER_KEEPS: Final = 60.0
"""Seconds after which an answer is better left unsaid."""

NEWS_KEEPS: Final = 600.0
"""The same for what is said unasked; it waits for its turn behind the answers."""

REMEMBERED: Final = 1000
"""How many of the last sent messages are known as our own."""

SETTLES: Final = 5.0
"""Seconds to wait for the receipt of a line that may just have come back to us."""


class Pending(Struct, frozen=True, eq=False):
    """A line whose receipt has not come yet."""

    channel: Channel
    settled: asyncio.Future[str]
    """The drop reason; empty when it was shown."""
    asked: Invocation | None
    """What it answers."""


class Sayings(Protocol):
    """What all processes of the bot have said lately."""

    async def ours(self, message: ChatMessage) -> bool:
        """Whether one of them said this very text in this channel a moment ago."""
        ...


class Voice:
    """Publishes what is to be said, and knows its own messages by the ids that sending returned."""

    def __init__(
        self,
        login: str,
        bus: Bus,
        clock: Clock,
        channels: Channels,
        tally: Tally,
        scribe: Scribe,
        sayings: Sayings | None = None,
    ) -> None:
        self._login, self._scribe, self._sayings = login, scribe, sayings
        self._bus, self._clock, self._channels, self._tally = bus, clock, channels, tally
        self._translations = Translations()
        self._sent: dict[str, None] = {}
        self._pending: dict[str, Pending] = {}
        self._echoes = Echoes(login, bus, clock)
        bus.subscribe(Receipt, self._settle)

    def answer(self, asked: Invocation, reply: Reply, *, gives_way: bool = False) -> None:
        """Answer a viewer, if there is anything to say. `gives_way`: all other answers go before this one."""
        body = self.words(asked.channel, reply)
        if not body:
            return
        threaded = asked.settings.reply == "thread"
        outgoing = Outgoing(
            id=f"answer:{asked.message.id}",
            channel=asked.channel,
            text=lines.fit(body if threaded else lines.clean(f"@{asked.viewer.name} {body}")),
            reply_to=asked.message.id if threaded else None,
            priority=Priority.ANNOUNCEMENT if gives_way else _priority(asked.viewer),
            expires_at=self._clock.time() + ANSWER_KEEPS,
        )
        self._publish(outgoing, asked)

    def announce(self, channel: Channel, reply: Reply, about: str) -> None:
        """Say something of the bot's own accord; `about` names the occasion, once and for all."""
        self._unasked(channel, reply, about, Priority.ANNOUNCEMENT, NEWS_KEEPS)

    async def tell(
        self,
        channel: Channel,
        reply: Reply,
        about: str,
        *,
        priority: Priority = Priority.ANNOUNCEMENT,
        keeps: float = NEWS_KEEPS,
    ) -> str:
        """The same, and wait for what becomes of it: empty when it was shown, else the drop reason."""
        began_at = self._clock.time()
        pending = self._unasked(channel, reply, about, priority, keeps)
        reason = await pending.settled if pending else ""
        if in_doubt(reason):
            text = lines.fit(self.words(channel, reply))
            return "" if await self._echoes.came(channel, text, began_at) else reason
        return reason

    def _unasked(
        self, channel: Channel, reply: Reply, about: str, priority: Priority, keeps: float
    ) -> Pending | None:
        if not (body := self.words(channel, reply)):
            return None
        expires_at = self._clock.time() + keeps
        return self._publish(Outgoing(about, channel, lines.fit(body), None, priority, expires_at))

    async def said(self, message: ChatMessage) -> bool:
        """Whether this message is one of ours come back. A person may type with the bot's account."""
        if message.id in self._sent or message.viewer.login != self._login:
            return message.id in self._sent
        pending = self._pending.values()
        under_way = [line.settled for line in pending if line.channel == message.channel]
        if under_way:
            await asyncio.wait(under_way, timeout=SETTLES)
        if message.id in self._sent:
            return True
        return self._sayings is not None and await self._sayings.ours(message)

    def words(self, channel: Channel, reply: Reply) -> str:
        """The reply in the channel's language, clean; empty when there is nothing to say."""
        if reply is None:
            return ""
        return lines.clean(self._translations.render(reply, self._channels.of(channel).language))

    def _publish(self, outgoing: Outgoing, asked: Invocation | None = None) -> Pending:
        settled = asyncio.get_running_loop().create_future()
        pending = self._pending[outgoing.id] = Pending(outgoing.channel, settled, asked)
        self._bus.publish(outgoing, outgoing.channel.id)
        return pending

    def _settle(self, receipt: Receipt) -> None:
        if receipt.message_id:
            self._tally.sent += 1
            self._sent[receipt.message_id] = None
            if len(self._sent) > REMEMBERED:
                del self._sent[next(iter(self._sent))]
        else:
            self._tally.dropped[receipt.drop_reason] += 1
        if pending := self._pending.pop(receipt.outgoing_id, None):
            self._settled(pending, receipt.drop_reason)

    def _settled(self, pending: Pending, drop_reason: str) -> None:
        if not pending.settled.done():
            pending.settled.set_result(drop_reason)
        if pending.asked:
            self._scribe.sent(pending.asked.message, pending.asked.command.name, drop_reason)


def _priority(viewer: Viewer) -> Priority:
    return Priority.MODERATOR_ANSWER if viewer.rank >= Rank.MODERATOR else Priority.ANSWER
