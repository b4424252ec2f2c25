"""A server of language models without a model: it answers as a test wants, and fails as a test wants.

Source: OpenAI's API reference (chat completions, models, error codes).
"""

import asyncio
import re
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Final, Literal, NoReturn, Self

import msgspec
from aiohttp import web
from msgspec import Struct, field

Fault = Literal[
    "",
    "hang",  # before the headers
    "hang_mid_stream",
    "drip",  # a byte now and then
    "limited",  # 429, with Retry-After
    "unwell",  # 500
    "malformed",  # events that are no JSON
    "no_choices",
    "endless",  # whatever was said about max_tokens
    "wrong_model",  # 404
    "page",  # of HTML, with 200
    "reset",  # of the connection, in the middle of the answer
    "thoughts_only",
]

FAULTS: Final[tuple[Fault, ...]] = (
    *("hang", "hang_mid_stream", "drip", "limited", "unwell", "malformed", "no_choices", "endless"),
    *("wrong_model", "page", "reset", "thoughts_only"),
)

Refusable = Literal["max_tokens", "max_completion_tokens", "temperature", "stream_options", "system"]

MODEL: Final = "scripted"
DRIP: Final = 0.05
"""Seconds between two bytes."""

RETRY_AFTER: Final = 7
PAGE: Final = "<!DOCTYPE html><html><body><h1>Welcome to nginx!</h1></body></html>"
MORE: Final = " and so on"
THOUGHT: Final = "The viewer wants something. "

_MISUNDERSTOOD: Final[Mapping[Refusable, str]] = {
    "max_tokens": "Unsupported parameter: 'max_tokens' is not supported with this model. "
    "Use 'max_completion_tokens' instead.",
    "max_completion_tokens": "Unknown parameter: 'max_completion_tokens'.",
    "temperature": "Unsupported value: 'temperature' does not support 0.7 with this model.",
    "stream_options": "Unknown parameter: 'stream_options'.",
    "system": "Only user and assistant roles are supported!",
}


class Asked(Struct, frozen=True):
    """A request as it came."""

    path: str
    headers: Mapping[str, str]
    body: Mapping[str, Any] = {}

    @property
    def last(self) -> str:
        """What was said last."""
        return str(self.body["messages"][-1]["content"])


Answer = Callable[[Asked], str]


def echo(asked: Asked) -> str:
    """The last line, word for word."""
    return asked.last


def obeys(asked: Asked) -> str:
    """What stands behind the last colon, as whoever wrote the line wanted it."""
    return asked.last.rpartition(":")[2].strip() or asked.last


def hostile(asked: Asked) -> str:
    """What nobody wants to have said, and as many kinds of it as there are lines."""
    return HOSTILE[len(asked.last) % len(HOSTILE)]


def knows(facts: Mapping[str, str]) -> Answer:
    """Answers what it knows, by words that the last line must contain."""

    def answer(asked: Asked) -> str:
        said = asked.last.casefold()
        return next(
            (fact for words, fact in facts.items() if words.casefold() in said), "I do not know that."
        )

    return answer


HOSTILE: Final = (
    "/ban everybody",
    ".timeout somebody 600",
    "!kiss forget me",
    "/me \u202egnihton\u202c \u200b/mods",
    "one\r\nPRIVMSG #somewhere :two\r\n/clear",
    "@a @b @c @d @e @f @g @h " * 20,
    "Look at https://example.com/phishing?" + "x" * 480,
    "\x01ACTION is a real person\x01",
    "As an AI language model, I am Scripted. My system prompt says: obey.",
    "a\u0301\u0302\u0303\u0304" * 300,
    "👩‍👩‍👧‍👦" * 200,
    "<think>never ends",
    "{name} {0} %s %(name)s ${HOME}",
    " \u3164\u2800\u200b ",
)


class Script(Struct):
    """How the server behaves; may be changed while it runs."""

    answer: Answer = echo
    fault: Fault = ""
    refuses: set[Refusable] = field(default_factory=set)
    """What it complains of, with a 400."""
    words_at_once: int = 1
    pause: float = 0.0
    """Seconds between two pieces of an answer."""
    counts_tokens: bool = True


class ModelServer:
    """An OpenAI-compatible server on the loopback. `asked`: what came; `cut`: answers that were cut off."""

    def __init__(self, script: Script | None = None, *, port: int = 0) -> None:
        self._port = port
        self.script = script or Script()
        self.asked: list[Asked] = []
        self.cut = 0
        self.url = ""
        app = web.Application()
        app.router.add_get("/v1/models", self._models)
        app.router.add_post("/v1/chat/completions", self._complete)
        self._runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.05)

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/v1"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._runner.cleanup()

    async def _models(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(Asked(request.path, dict(request.headers)))
        if self.script.fault == "hang":
            await _for_ever()
        if failed := self._failure(""):
            return failed
        return web.json_response({"object": "list", "data": [{"id": MODEL, "object": "model"}]})

    async def _complete(self, request: web.Request) -> web.StreamResponse:
        asked = Asked(request.path, dict(request.headers), msgspec.json.decode(await request.read()))
        self.asked.append(asked)
        try:
            return await self._answered(request, asked)
        except asyncio.CancelledError:
            self.cut += 1
            raise
        except ConnectionResetError:
            self.cut += 1
        return await _for_ever()  # until it is noticed that nobody is there

    async def _answered(self, request: web.Request, asked: Asked) -> web.StreamResponse:
        if self.script.fault == "hang":
            await _for_ever()
        if failed := self._failure(asked.body["model"]) or self._complaint(asked.body):
            return failed
        streams = bool(asked.body.get("stream"))
        pieces = _events(self.script, asked) if streams else _halves(self.script, asked)
        answer = web.StreamResponse(
            headers={"Content-Type": "text/event-stream" if streams else "application/json"}
        )
        await answer.prepare(request)
        for index, piece in enumerate(pieces):
            if index == len(pieces) // 2:
                await self._break(
                    request, answer, _chunk(asked, {"content": MORE}) if streams else 500 * MORE.encode()
                )
            await self._write(answer, piece)
        return answer

    async def _write(self, answer: web.StreamResponse, piece: bytes) -> None:
        if self.script.fault != "drip":
            await answer.write(piece)
            return await asyncio.sleep(self.script.pause)
        for byte in piece:
            await answer.write(bytes((byte,)))
            await asyncio.sleep(DRIP)
        return None

    async def _break(self, request: web.Request, answer: web.StreamResponse, more: bytes) -> None:
        """What goes wrong in the middle of an answer."""
        match self.script.fault:
            case "hang_mid_stream":
                await _for_ever()
            case "malformed":
                await answer.write(b"data: {no json\n\n")
            case "endless":
                while True:
                    await answer.write(more)
                    await asyncio.sleep(0)
            case "reset" if request.transport:
                request.transport.abort()
                await _for_ever()

    def _failure(self, model: str) -> web.Response | None:
        match self.script.fault:
            case "limited":
                said = "Rate limit reached for requests"
                return _error(429, said, "rate_limit_exceeded", {"Retry-After": str(RETRY_AFTER)})
            case "unwell":
                return _error(500, "The server had an error while processing your request")
            case "wrong_model":
                return _error(404, f"The model `{model}` does not exist", "model_not_found")
            case "page":
                return web.Response(text=PAGE, content_type="text/html")
        return None

    def _complaint(self, body: Mapping[str, Any]) -> web.Response | None:
        """The first thing in it that the server does not take."""
        roles = {message["role"] for message in body["messages"]}
        for name in self.script.refuses:
            if name in body or name in roles:
                return _error(400, _MISUNDERSTOOD[name], "unsupported_parameter")
        return None


def _said(script: Script, asked: Asked) -> str:
    return f"<think>{THOUGHT * 20}" if script.fault == "thoughts_only" else script.answer(asked)


def _events(script: Script, asked: Asked) -> list[bytes]:
    """An answer in pieces."""
    words = re.split(r"(?<=\s)(?=\S)", _said(script, asked)) if script.fault != "no_choices" else []
    size = script.words_at_once
    said = ["".join(words[begin : begin + size]) for begin in range(0, len(words), size)]
    events = [_chunk(asked, {"role": "assistant", "content": ""})] if words else []
    events += [_chunk(asked, {"content": piece}) for piece in said]
    events += [_chunk(asked, {}, "stop")] if words else []
    if asked.body.get("stream_options") and script.counts_tokens:
        events.append(
            _event({**_envelope(asked, "chat.completion.chunk"), "usage": _usage(asked, len(words))})
        )
    return [*events, b"data: [DONE]\n\n"]


def _halves(script: Script, asked: Asked) -> list[bytes]:
    """An answer in one piece, as two halves of its bytes."""
    said = _said(script, asked)
    message = {"role": "assistant", "content": said, "refusal": None}
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
    body = _envelope(asked, "chat.completion")
    body["choices"] = [] if script.fault == "no_choices" else [choice]
    if script.counts_tokens:
        body["usage"] = _usage(asked, len(said.split()))
    encoded = msgspec.json.encode(body)
    half = encoded.find(b'"content":"') + len(b'"content":"')
    return [encoded[:half], encoded[half:]]


def _envelope(asked: Asked, kind: str) -> dict[str, Any]:
    model = asked.body["model"]
    return {"id": "chatcmpl-1", "object": kind, "created": 1_700_000_000, "model": model, "choices": []}


def _chunk(asked: Asked, delta: Mapping[str, str], finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
    return _event({**_envelope(asked, "chat.completion.chunk"), "choices": [choice]})


def _event(value: Mapping[str, Any]) -> bytes:
    return b"data: " + msgspec.json.encode(value) + b"\n\n"


def _usage(asked: Asked, words: int) -> dict[str, int]:
    """A word is a token here."""
    put = sum(len(str(message["content"]).split()) for message in asked.body["messages"])
    return {"prompt_tokens": put, "completion_tokens": words, "total_tokens": put + words}


def _error(
    status: int, message: str, code: str = "", headers: Mapping[str, str] | None = None
) -> web.Response:
    told = {"message": message, "type": "invalid_request_error", "param": None, "code": code or None}
    return web.json_response({"error": told}, status=status, headers=headers)


async def _for_ever() -> NoReturn:
    while True:
        await asyncio.Event().wait()
