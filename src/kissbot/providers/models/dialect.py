"""How a question is put to servers that speak OpenAI's language, each with an accent of its own.

Source: OpenAI's API reference (chat completions), and the documentation of LM Studio, Ollama and llama.cpp.
"""

import re
from typing import Any, Final, Literal, Protocol
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from kissbot.knowledge.answers.model import ModelTrouble, Prompt

TokensField = Literal["auto", "max_tokens", "max_completion_tokens"]

OPENAI: Final = "api.openai.com"
ROOM_TO_THINK: Final = 1000
"""Tokens beside those of the answer, for models that think; what is streamed is stopped when it is enough."""

FEWEST_TOKENS: Final = 16
"""Some servers take no less."""

UNNAMED_WAIT: Final = 30.0
"""Seconds for which a server is left alone that has a limit, but names no time (or a date)."""

_NO_SYSTEM_ROLE: Final = re.compile(
    r"system\W{0,3}(?:role|message|prompt)|role\W.{0,40}\bsystem\b"
    r"|only user and assistant|roles must alternate",
    re.IGNORECASE,
)
_OF_THE_QUESTION: Final = (400, 413, 422)
_DAY: Final = 86_400.0


class Blameless(ModelTrouble):
    """A model gave no answer, and is as likely as ever to answer another question."""


class Manners(Struct, frozen=True):
    """How a server wants to be asked, as far as is known."""

    tokens_field: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    is_settled: bool = False
    """Whether the server has chosen the field, or the operator."""
    takes_temperature: bool = True
    takes_stream_options: bool = True
    takes_system: bool = True


class Problem(Struct, frozen=True):
    """What is wrong, as the server words it. May repeat what was asked: not for logs."""

    message: str = ""
    param: str = ""
    code: str = ""

    def __repr__(self) -> str:
        return "Problem()"

    def names(self, field: str) -> bool:
        """Whether it is about this field."""
        return field == self.param or (not self.param and field in self.message)


def first_manners(url: str, field: TokensField) -> Manners:
    """How to ask a server that was never asked."""
    if field != "auto":
        return Manners(field, is_settled=True)
    return Manners("max_completion_tokens" if urlsplit(url).hostname == OPENAI else "max_tokens")


def conceded(manners: Manners, problem: Problem) -> Manners:
    """How to ask after this complaint; the same when no other manners would help."""
    if not manners.is_settled and (problem.names("max_tokens") or problem.names("max_completion_tokens")):
        other = "max_tokens" if manners.tokens_field == "max_completion_tokens" else "max_completion_tokens"
        return msgspec.structs.replace(manners, tokens_field=other, is_settled=True)
    if manners.takes_temperature and problem.names("temperature"):
        return msgspec.structs.replace(manners, takes_temperature=False)
    if manners.takes_stream_options and problem.names("stream_options"):
        return msgspec.structs.replace(manners, takes_stream_options=False)
    if manners.takes_system and _NO_SYSTEM_ROLE.search(problem.message):
        return msgspec.structs.replace(manners, takes_system=False)
    return manners


class Asked(Protocol):
    """Which model is asked, and how."""

    @property
    def model(self) -> str:
        """As the server calls it."""
        ...

    @property
    def stream(self) -> bool:
        """Whether the answer is to come in pieces."""
        ...

    @property
    def temperature(self) -> float:
        """How free the choice of words is, 0-2."""
        ...


def request(asked: Asked, prompt: Prompt, manners: Manners) -> bytes:
    """The body of a question."""
    body: dict[str, Any] = {
        "model": asked.model,
        "messages": _messages(prompt, manners.takes_system),
        manners.tokens_field: max(FEWEST_TOKENS, prompt.characters) + (ROOM_TO_THINK if asked.stream else 0),
        "stream": asked.stream,
    }
    if manners.takes_temperature:
        body["temperature"] = asked.temperature
    if asked.stream and manners.takes_stream_options:
        body["stream_options"] = {"include_usage": True}
    return msgspec.json.encode(body)


def _messages(prompt: Prompt, takes_system: bool) -> list[dict[str, str]]:
    turns = [{"role": turn.role, "content": turn.text} for turn in prompt.turns]
    if not prompt.system:
        return turns
    if takes_system:
        return [{"role": "system", "content": prompt.system}, *turns]
    if turns and turns[0]["role"] == "user":
        return [{"role": "user", "content": f"{prompt.system}\n\n{turns[0]['content']}"}, *turns[1:]]
    return [{"role": "user", "content": prompt.system}, *turns]


class _Told(Struct):
    message: str | None = None
    param: str | None = None
    code: str | int | None = None


class _Body(Struct):
    error: _Told | str | None = None
    message: str | None = None


def problem_of(body: bytes) -> Problem:
    """What an answer with an error says, whoever sent it."""
    try:
        told = msgspec.json.decode(body, type=_Body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Problem()
    if isinstance(told.error, _Told):
        return Problem(told.error.message or "", told.error.param or "", str(told.error.code or ""))
    return Problem(told.error or told.message or "")


def trouble_of(status: int, problem: Problem, retry_after: str) -> ModelTrouble:
    """What an answer with this status means."""
    detail = f"HTTP {status}"
    if status == 429:
        return ModelTrouble("limited", detail, wait=_asked_to_wait(problem, retry_after))
    if status >= 500:
        return ModelTrouble("unwell", detail, wait=_seconds(retry_after) or 0)
    return (Blameless if status in _OF_THE_QUESTION else ModelTrouble)("refused", detail)


def _asked_to_wait(problem: Problem, retry_after: str) -> float:
    if problem.code == "insufficient_quota":
        return _DAY  # somebody has to pay first
    seconds = _seconds(retry_after)
    return UNNAMED_WAIT if seconds is None else seconds


def _seconds(text: str) -> float | None:
    return min(float(text), _DAY) if re.fullmatch(r"[0-9]{1,9}(\.[0-9]+)?", text) else None
