"""Speaks over IRC, for logins that may do no more."""

import asyncio
from secrets import token_hex
from typing import Final

from kissbot.chat.messages import Channel
from kissbot.transports.twitch.irc.protocol import Answer
from kissbot.transports.twitch.irc.session import IrcListener
from kissbot.transports.twitch.payloads import DropReason, SentRow

ANSWER_WITHIN: Final = 3.0
"""Seconds in which Twitch tells what became of a line."""


class IrcMouth:
    """Says lines on the connection of a listener; one at a time in each channel."""

    def __init__(self, listener: IrcListener) -> None:
        self._listener = listener

    async def send(self, channel: Channel, text: str, reply_to: str | None = None) -> SentRow:
        """Say a line, and wait for what becomes of it. What nobody knows counts as `network`."""
        nonce = token_hex(16)
        link = self._listener.link(channel)
        if link is None:
            return _row(Answer(nonce, code="network", text="there is no connection to the chat"))
        try:
            async with asyncio.timeout(ANSWER_WITHIN):
                return _row(await link.say(channel.login, text, nonce, reply_to or ""))
        except TimeoutError:
            return _row(Answer(nonce, code="network", text="Twitch did not say what became of the line"))


def _row(answer: Answer) -> SentRow:
    if answer.code:
        return SentRow("", False, DropReason(answer.code, answer.text))
    return SentRow(answer.message_id or f"irc:{answer.nonce}", True)
