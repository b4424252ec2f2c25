"""One IRC connection and its socket: logs in, writes, and knows who waits for an answer."""

import asyncio
from typing import Final

import aiohttp

from kissbot.transports.twitch.irc.meaning import Notice, Unable
from kissbot.transports.twitch.irc.protocol import Answer, Session
from kissbot.transports.twitch.irc.wire import Wire
from kissbot.transports.twitch.oauth import BadLogin

WRITTEN_WITHIN: Final = 10.0


class NotLoggedIn(BadLogin):
    """Twitch's chat refuses the bot's token."""


class Link:
    """One open connection."""

    def __init__(self, wire: Wire, session: Session) -> None:
        self.wire, self.session = wire, session
        self.settled = asyncio.Event()
        """Set once it is in all its rooms."""
        self.successor: asyncio.Task[None] | None = None
        self.woken = asyncio.Event()
        self._answers: dict[str, asyncio.Future[Answer]] = {}

    async def say(self, room: str, text: str, nonce: str, reply_to: str) -> Answer:
        """Say a line, and wait for what becomes of it; the answer has a code when it is not shown."""
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._answers[nonce] = answer
        self.session.say(room, text, nonce, reply_to)
        self.woken.set()
        try:
            return await answer
        finally:
            self._answers.pop(nonce, None)

    def answered(self, answer: Answer) -> None:
        """Tell whoever said it."""
        waiting = self._answers.get(answer.nonce)
        if waiting and not waiting.done():
            waiting.set_result(answer)

    def ended(self) -> None:
        """What became of the lines under way, nobody knows."""
        self.settled.set()
        for nonce in tuple(self._answers):
            self.answered(Answer(nonce, code="network", text="the connection was lost"))


async def log_in(wire: Wire, session: Session) -> None:
    """Raises `NotLoggedIn`, and `aiohttp.ClientConnectionError` when it ends before that is known."""
    await wire.write(session.outgoing())
    while data := await wire.read():
        for event in session.receive(data, now()):
            if isinstance(event, Notice):
                raise NotLoggedIn(
                    f"Twitch's chat refuses the bot's login ({event.text}); it needs chat:read and "
                    "chat:edit. Log in with: kissbot login --bot"
                )
            if isinstance(event, Unable):
                raise aiohttp.ClientConnectionError(f"Twitch's chat does not offer {event.wanted}")
        if session.welcomed:
            return
    raise aiohttp.ClientConnectionError("the connection ended before the login")


async def flushed(link: Link) -> bool:
    """Write what there is; whether that worked."""
    data = link.session.outgoing()
    if not data:
        return True
    try:
        async with asyncio.timeout(WRITTEN_WITHIN):
            await link.wire.write(data)
    except (aiohttp.ClientError, OSError, TimeoutError):
        return False
    return True


def now() -> float:
    """The time of the event loop, in seconds."""
    return asyncio.get_running_loop().time()
