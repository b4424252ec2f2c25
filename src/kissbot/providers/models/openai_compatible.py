"""Any model behind an OpenAI-compatible endpoint: LM Studio, Ollama, llama.cpp, OpenAI and many others.

No key, no address and nothing that was asked is in an error, a log or a repr.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Final

import aiohttp
import msgspec
from msgspec import Struct

from kissbot.knowledge.answers.model import Ailment, Completion, ModelTrouble, Prompt
from kissbot.providers.models.dialect import (
    Blameless,
    Problem,
    TokensField,
    conceded,
    first_manners,
    problem_of,
    request,
    trouble_of,
)
from kissbot.providers.models.heard import LARGEST, Heard
from kissbot.providers.pace import Breaker

SETTLING: Final = 0.25
"""Seconds for which a complete answer waits for what the server counted, and for a free connection."""

FAIR: Final = 1.0
"""Seconds; a server that was given less is not blamed for being slow."""

HOPELESS: Final = 0.05
"""Seconds; with less left, a server is not asked at all."""

CONCESSIONS: Final = 4
"""How often a question is put in another way to a server that does not understand it."""

COMPLAINT: Final = 65_536
"""Bytes of an error that are read."""

_MISUNDERSTOOD: Final = (400, 422, 500)
"""Statuses with which servers complain of how they are asked; llama.cpp's templates fail with 500."""

_TROUBLES: Final = (ModelTrouble, aiohttp.ClientError, OSError)


class Endpoint(Struct, frozen=True):
    """Where a model is, and how it is asked."""

    name: str
    """As the operator knows it."""
    url: str
    """Up to and with `/v1`."""
    model: str
    key: str = ""
    tokens_field: TokensField = "auto"
    stream: bool = True
    temperature: float = 0.7
    at_once: int = 4
    """How many questions it is asked at the same time; others wait."""

    def __repr__(self) -> str:
        return f"Endpoint({self.name!r})"  # the rest may be secret


class Checkup(Struct, frozen=True):
    """How a server was found."""

    why: Ailment | None
    """What ails it; nothing when it answers."""
    models: tuple[str, ...] = ()
    has_model: bool = False
    """Whether the model that is asked for is among them."""


class _Listed(Struct):
    id: str


class _List(Struct):
    data: list[_Listed] = []


class OpenAiCompatible:
    """Asks one model of one server, and leaves it alone while it is unwell."""

    def __init__(
        self, http: aiohttp.ClientSession, endpoint: Endpoint, *, breaker: Breaker | None = None
    ) -> None:
        self._http, self._endpoint = http, endpoint
        self._url = endpoint.url.strip().rstrip("/").removesuffix("/chat/completions")
        self._manners = first_manners(self._url, endpoint.tokens_field)
        self._open = asyncio.Semaphore(endpoint.at_once)
        self._breaker = breaker or Breaker()
        self._is_out_of_reach = False

    @property
    def name(self) -> str:
        """As the operator knows it."""
        return self._endpoint.name

    @property
    def is_well(self) -> bool:
        """Whether it may be asked now."""
        return not self.rests_for

    @property
    def rests_for(self) -> float:
        """Seconds for which it is left alone."""
        return self._breaker.left(asyncio.get_running_loop().time())

    async def complete(self, prompt: Prompt, seconds: float) -> Completion:
        """Its answer, within so many seconds. Raises `ModelTrouble`.

        When time is up, or the server breaks off, the whole sentences that have arrived are the answer.
        """
        if not self._breaker.admits(asyncio.get_running_loop().time()):
            raise ModelTrouble("resting", f"{self.rests_for:.0f} s", wait=self.rests_for)
        try:
            answer = await self._answer(prompt, seconds)
        except ModelTrouble as trouble:
            self._blame(trouble)
            raise
        except BaseException:
            self._breaker.gave_up()
            raise
        self._praise()
        return answer

    async def models(self, seconds: float = 5.0) -> list[str]:
        """The models that the server has. Raises `ModelTrouble`."""
        try:
            async with asyncio.timeout(seconds):
                return await self._list()
        except _TROUBLES as error:
            raise _named(error, seconds) from None

    async def check(self, seconds: float = 5.0) -> Checkup:
        """Whether it answers, and has the model. One that was out of reach and is back rests no longer."""
        try:
            models = await self.models(seconds)
        except ModelTrouble as trouble:
            return Checkup(trouble.why)
        if self._is_out_of_reach:
            self._is_out_of_reach = False
            self._breaker.woken()
        wanted = self._endpoint.model
        return Checkup(None, tuple(models), not {wanted, f"{wanted}:latest"}.isdisjoint(models))

    def _praise(self) -> None:
        self._is_out_of_reach = False
        self._breaker.succeeded()

    def _blame(self, trouble: ModelTrouble) -> None:
        """Hold it against the server, unless the question is to blame, or another one has told already."""
        if trouble.why == "empty":
            self._praise()
        elif isinstance(trouble, Blameless) or self.rests_for:
            self._breaker.gave_up()
        else:
            self._is_out_of_reach = trouble.why == "unreachable"
            self._breaker.failed(asyncio.get_running_loop().time(), trouble.wait)

    async def _answer(self, prompt: Prompt, seconds: float) -> Completion:
        heard, clock, given = Heard(prompt.characters), asyncio.get_running_loop().time, 0.0
        try:
            async with asyncio.timeout_at(clock() + seconds) as limit, self._open:
                given = (limit.when() or 0) - clock()
                if given < HOPELESS:
                    raise TimeoutError
                await self._converse(prompt, heard, limit)
        except _TROUBLES as error:
            if not heard.is_finished and not heard.sentences():
                raise _named(error, given) from None
        return heard.completion(prompt)

    async def _converse(self, prompt: Prompt, heard: Heard, limit: asyncio.Timeout) -> None:
        """Ask, and ask in another way where the server does not understand this one."""
        for _ in range(CONCESSIONS):
            manners = self._manners
            body = request(self._endpoint, prompt, manners)
            async with self._exchange("POST", "/chat/completions", body) as answer:
                if answer.status == 200:
                    return await _listen(answer, heard, limit)
                problem = await _complaint(answer)
                if answer.status in _MISUNDERSTOOD:
                    self._manners = conceded(self._manners, problem)
                if self._manners == manners:
                    raise trouble_of(answer.status, problem, answer.headers.get("Retry-After", ""))
        raise ModelTrouble("refused", "it understands no way of asking")

    async def _list(self) -> list[str]:
        async with self._exchange("GET", "/models") as answer:
            if answer.status != 200:
                raise trouble_of(answer.status, Problem(), answer.headers.get("Retry-After", ""))
            return _models(await _whole(answer))

    @asynccontextmanager
    async def _exchange(
        self, method: str, path: str, body: bytes | None = None
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """One request; what was not read to its end is cut off, so that the server stops working on it."""
        async with self._http.request(
            method,
            f"{self._url}{path}",
            data=body,
            headers=_headers(self._endpoint.key),
            timeout=aiohttp.ClientTimeout(),
            allow_redirects=False,
        ) as answer:
            try:
                yield answer
            finally:
                if not answer.content.at_eof():
                    answer.close()


async def watch(models: Sequence[OpenAiCompatible], every: float = 10.0) -> None:
    """Look at those that rest, again and again until cancelled: who is back is asked at once."""
    while True:
        await asyncio.sleep(every)
        await asyncio.gather(*(model.check() for model in models if not model.is_well))


async def _listen(answer: aiohttp.ClientResponse, heard: Heard, limit: asyncio.Timeout) -> None:
    """Hear an answer until it is complete or long enough."""
    if answer.content_type != "text/event-stream":
        return heard.whole(await _whole(answer))
    async for chunk in answer.content.iter_any():
        heard.stream(chunk)
        if heard.is_finished:
            settled = asyncio.get_running_loop().time() + SETTLING
            limit.reschedule(min(settled, limit.when() or settled))
        elif heard.is_enough:
            return None
    return heard.end()


async def _whole(answer: aiohttp.ClientResponse) -> bytes:
    if answer.content_type == "text/html":
        raise ModelTrouble("unclear", "a page for people")
    body = bytearray()
    async for chunk in answer.content.iter_any():
        body += chunk
        if len(body) > LARGEST:
            raise ModelTrouble("unclear", f"more than {LARGEST} bytes")
    return bytes(body)


async def _complaint(answer: aiohttp.ClientResponse) -> Problem:
    """What is wrong, as far as the server says it soon and shortly."""
    body = bytearray()
    with suppress(TimeoutError, aiohttp.ClientError):
        async with asyncio.timeout(SETTLING):
            async for chunk in answer.content.iter_any():
                body += chunk
                if len(body) > COMPLAINT:
                    break
    return problem_of(bytes(body))


def _headers(key: str) -> dict[str, str]:
    sent = {"Content-Type": "application/json", "Accept-Encoding": "identity"}
    key = "".join(char for char in key if char.isprintable() and not char.isspace())
    return {**sent, "Authorization": f"Bearer {key}"} if key else sent


def _models(body: bytes) -> list[str]:
    try:
        return [each.id for each in msgspec.json.decode(body, type=_List).data]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise ModelTrouble("unclear", "not what is documented") from None


def _named(error: Exception, given: float) -> ModelTrouble:
    """What an error means to those who asked, and gave the server so many seconds."""
    if isinstance(error, ModelTrouble):
        return error
    if isinstance(error, TimeoutError):
        return ModelTrouble("slow") if given >= FAIR else Blameless("slow", "it had no time")
    return ModelTrouble("unreachable", type(error).__name__)
