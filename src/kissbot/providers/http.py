"""Asks sources on the web: in their pace, again where that helps, and not while they are unwell.

No address, and nothing that was sent, is in an error or a log: both may hold a key, or what a viewer typed.
"""

import asyncio
from typing import Final, Literal, TypeVar

import aiohttp
import msgspec
import stamina
from msgspec import Struct

from kissbot.providers.pace import Breaker, Pace

T = TypeVar("T")

LARGEST: Final = 2_000_000
"""Bytes of an answer; the largest of ours have some 50,000."""

PATIENCE: Final = 5.0
"""Seconds for one question, with all attempts."""

ATTEMPTS: Final = 3
WORTH_WAITING: Final = 1.0
"""Seconds; a source that asks for more is asked again another time, not by this question."""

UNNAMED_WAIT: Final = 30.0
"""Seconds for which a source is left alone that has a limit, but names no time (or a date)."""

Why = Literal["slow", "unreachable", "unwell", "limited", "refused", "unclear", "resting"]


class SourceTrouble(Exception):
    """A source gave no answer: `why`, and for how many seconds it wants to be left alone."""

    def __init__(self, why: Why, detail: str = "", *, status: int = 0, wait: float = 0) -> None:
        super().__init__(f"{why}: {detail}" if detail else why)
        self.why, self.status, self.wait = why, status, wait


class Question(Struct, frozen=True):
    """A request as it is sent."""

    url: str
    params: dict[str, str] = {}
    body: str | None = None
    """Posted, when there is one."""
    headers: dict[str, str] = {}

    def __repr__(self) -> str:
        return "Question()"  # the rest may be secret


class Asker:
    """Asks one host. `at_once`: how many requests it may have open; `attempts`: how many a question has."""

    def __init__(
        self,
        http: aiohttp.ClientSession,
        pace: Pace,
        *,
        at_once: int = 4,
        patience: float = PATIENCE,
        attempts: int = ATTEMPTS,
        breaker: Breaker | None = None,
    ) -> None:
        self._http, self._pace = http, pace
        self._patience, self._attempts = patience, attempts
        self._open = asyncio.Semaphore(at_once)
        self._breaker = breaker or Breaker()

    async def ask(self, question: Question, kind: type[T]) -> T:
        """What the source answers. Raises `SourceTrouble`."""
        loop = asyncio.get_running_loop()
        if not self._breaker.admits(loop.time()):
            raise SourceTrouble("resting", f"{self._breaker.left(loop.time()):.0f} s")
        try:
            answer = await self._in_time(question, kind)
        except SourceTrouble as trouble:
            self._breaker.failed(loop.time(), trouble.wait)
            raise
        except BaseException:
            self._breaker.gave_up()
            raise
        self._breaker.succeeded()
        return answer

    async def _in_time(self, question: Question, kind: type[T]) -> T:
        try:
            async with asyncio.timeout(self._patience):
                async for attempt in stamina.retry_context(
                    on=_helps, attempts=self._attempts, wait_initial=0.1, wait_max=0.5, wait_jitter=0.1
                ):
                    with attempt:
                        return await self._once(question, kind)
        except TimeoutError:
            raise SourceTrouble("slow") from None
        raise AssertionError("retry_context ends by returning or raising")

    async def _once(self, question: Question, kind: type[T]) -> T:
        async with self._open:
            await self._turn()
            try:
                content = await self._exchange(question)
            except (aiohttp.ClientError, OSError) as error:
                if isinstance(error, TimeoutError):
                    raise
                raise SourceTrouble("unreachable", type(error).__name__) from None
        return _decoded(content, kind)

    async def _turn(self) -> None:
        now = asyncio.get_running_loop().time()
        if self._pace.wait(now) > self._patience:
            raise SourceTrouble("limited", "too many questions wait")
        if wait := self._pace.take(now):
            await asyncio.sleep(wait)

    async def _exchange(self, question: Question) -> bytes:
        async with self._http.request(
            "GET" if question.body is None else "POST",
            question.url,
            params=question.params,
            data=None if question.body is None else question.body.encode(),
            headers=question.headers,
            timeout=aiohttp.ClientTimeout(),
            allow_redirects=False,
        ) as answer:
            if answer.status != 200:
                raise _problem(answer)
            return await _whole(answer)


async def _whole(answer: aiohttp.ClientResponse) -> bytes:
    """The body, as long as it is of a sensible size."""
    body = bytearray()
    async for chunk in answer.content.iter_chunked(65_536):
        body += chunk
        if len(body) > LARGEST:
            raise SourceTrouble("unclear", f"more than {LARGEST} bytes")
    return bytes(body)


def _problem(answer: aiohttp.ClientResponse) -> SourceTrouble:
    status, detail = answer.status, f"HTTP {answer.status}"
    if status == 429:
        return SourceTrouble("limited", detail, status=status, wait=_asked_to_wait(answer, UNNAMED_WAIT))
    if status >= 500:
        return SourceTrouble("unwell", detail, status=status, wait=_asked_to_wait(answer, 0))
    return SourceTrouble("refused", detail, status=status)


def _asked_to_wait(answer: aiohttp.ClientResponse, otherwise: float) -> float:
    asked = answer.headers.get("Retry-After", "")
    return float(asked) if asked.isascii() and asked.isdigit() else otherwise


def _decoded(content: bytes, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(content, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise SourceTrouble("unclear", "not what is documented") from None


def _helps(error: Exception) -> bool | float:
    """Whether to try again, or after how many seconds."""
    if not isinstance(error, SourceTrouble) or error.wait > WORTH_WAITING:
        return False
    if error.why == "limited":
        return max(error.wait, 0.01) if error.status else False
    return error.why in ("unreachable", "unwell")
