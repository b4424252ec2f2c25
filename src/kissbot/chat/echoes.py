"""The bot's own lines as the chat hears them: what came back was shown, whatever became of its receipt."""

import asyncio
from typing import Final

from kissbot.chat import lines
from kissbot.chat.messages import Channel, ChatMessage
from kissbot.chat.ports import Bus, Clock

COMES_WITHIN: Final = 2.0
"""Seconds in which a line comes back after sending it seems to have failed."""

REMEMBERED: Final = 1000


class Echoes:
    """Hears what is said with the bot's account."""

    def __init__(self, login: str, bus: Bus, clock: Clock) -> None:
        self._login, self._clock = login, clock
        self._heard: dict[tuple[str, str], float] = {}
        """When each line was heard last, by the channel's id and its text."""
        bus.subscribe(ChatMessage, self._hear)

    async def came(self, channel: Channel, text: str, since: float) -> bool:
        """Whether that line has come back; waits a little, if it has not."""
        key = channel.id, lines.clean(text)
        if self._heard.get(key, 0) < since:
            await asyncio.sleep(COMES_WITHIN)
        return self._heard.get(key, 0) >= since

    def _hear(self, message: ChatMessage) -> None:
        if message.viewer.login != self._login:
            return
        key = message.channel.id, lines.clean(message.text)
        self._heard.pop(key, None)
        self._heard[key] = self._clock.time()
        if len(self._heard) > REMEMBERED:
            del self._heard[next(iter(self._heard))]
