"""A webhook as Discord has them: news leave the platform. Its address is a secret, and is never shown."""

import asyncio
from collections import deque
from typing import Final

import aiohttp
import msgspec
import structlog
from msgspec import Struct

from kissbot.chat.tasks import Tasks

WAITING: Final = 1000
"""News that may wait; of more, the oldest are dropped."""

ATTEMPTS: Final = 4

LONGEST: Final = 2000
"""Characters that Discord takes."""

LONGEST_WAIT: Final = 120.0
"""Seconds that the other side may make us wait."""

TIMEOUT: Final = aiohttp.ClientTimeout(total=10)

log = structlog.get_logger(__name__)


class _TooMany(Struct):
    """What Discord says with a 429."""

    retry_after: float = 1.0
    """Seconds."""


class Webhook:
    """Posts news one after the other, in their order. An empty `url`: nobody wants any."""

    def __init__(self, http: aiohttp.ClientSession, url: str, tasks: Tasks, *, pause: float = 1.0) -> None:
        self._http, self._url, self._tasks = http, url, tasks
        self._pause = pause
        """Seconds before the second attempt; the next ones wait twice as long each."""
        self._waiting: deque[str] = deque()
        self._at_work = False

    @property
    def wanted(self) -> bool:
        """Whether there is somebody who wants news."""
        return bool(self._url)

    def post(self, news: str) -> None:
        """Hand on a line; returns at once, and never fails."""
        if len(self._waiting) >= WAITING:
            self._waiting.popleft()
            log.warning("webhook_overflow", kept=WAITING)
        self._waiting.append(news[:LONGEST])
        if not self._at_work:
            self._at_work = True
            self._tasks.start(self._work(), "webhook")

    async def _work(self) -> None:
        try:
            while self._waiting:
                await self._deliver(self._waiting.popleft())
        finally:
            self._at_work = False

    async def _deliver(self, news: str) -> None:
        """Post one line, again where that may help; what went wrong is logged, without the address."""
        why = ""
        for attempt in range(ATTEMPTS):
            why, wait = await self._attempt(news, self._pause * 2**attempt)
            if wait is None:
                break
            if attempt + 1 < ATTEMPTS:
                await asyncio.sleep(wait)
        if why:
            log.error("webhook_failed", why=why)

    async def _attempt(self, news: str, pause: float) -> tuple[str, float | None]:
        """What went wrong, and after how many seconds to try again; None: never."""
        body = {"content": news, "allowed_mentions": {"parse": []}}
        try:
            async with self._http.post(
                self._url, json=body, timeout=TIMEOUT, allow_redirects=False
            ) as answer:
                return _judged(answer.status, await answer.read(), answer.headers.get("Retry-After"), pause)
        except aiohttp.InvalidURL:
            return "the address is none", None
        except (aiohttp.ClientError, TimeoutError) as error:
            return type(error).__name__, pause


def _judged(status: int, body: bytes, retry_after: str | None, pause: float) -> tuple[str, float | None]:
    if status in (200, 204):
        return "", None
    why = f"HTTP {status}"
    if status == 429:
        return why, min(_asked_to_wait(body, retry_after), LONGEST_WAIT)
    return why, pause if status >= 500 else None


def _asked_to_wait(body: bytes, header: str | None) -> float:
    try:
        return max(0.0, msgspec.json.decode(body, type=_TooMany).retry_after)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return float(header) if header and header.isdecimal() else 1.0
