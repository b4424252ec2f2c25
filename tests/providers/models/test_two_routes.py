"""Every fault, alone and with every other, on two routes in a row: an answer or none, and in time."""

import asyncio
from collections.abc import Sequence

import aiohttp
import pytest
from structlog.testing import capture_logs

from kissbot.knowledge.answers.model import Completion, Model, ModelTrouble, Prompt, Turn
from kissbot.providers.models.openai_compatible import Endpoint, OpenAiCompatible
from kissbot.testing.models import FAULTS, MODEL, Fault, ModelServer, Script

SECONDS = 0.6
"""For all routes together."""

LATEST = 20.0
"""Seconds that a busy machine may take."""

ANSWER = "It is in Paris, and was made long ago by Gustave Eiffel."
ASKED = Prompt("Be short.", (Turn("user", "Where is the tower? And since when, and who made it?"),), 120)


async def cascade(routes: Sequence[Model], seconds: float) -> Completion | None:
    """One route after the other; each gets half of what is left, the last one all."""
    clock = asyncio.get_running_loop().time
    until = clock() + seconds
    for number, route in enumerate(routes, 1):
        left = until - clock()
        try:
            return await route.complete(ASKED, left if number == len(routes) else left / 2)
        except ModelTrouble:
            continue
    return None


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("first", FAULTS)
async def test_an_answer_or_none_in_time(
    first: Fault, stream: bool, caplog: pytest.LogCaptureFixture
) -> None:
    seconds: tuple[Fault, ...] = (*FAULTS, "")
    with capture_logs() as logged:
        async with asyncio.timeout(LATEST):
            answers = await asyncio.gather(*(asked(first, second, stream) for second in seconds))
    sound = {"", "endless"} if stream else {""}  # what never ends is stopped where it comes in pieces
    for second, answer in zip(seconds, answers, strict=True):
        assert bool(answer) == bool(sound & {first, second}), second
        assert not answer or (answer.text.startswith("It is in Paris") and len(answer.text) <= 144)
    assert logged == []
    assert errors(caplog) == []


async def asked(first: Fault, second: Fault, stream: bool) -> Completion | None:
    async with aiohttp.ClientSession() as http, served(first) as one, served(second) as other:
        return await cascade([route(http, one, stream), route(http, other, stream)], SECONDS)


def errors(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What was logged, by whomever: a traceback nobody asked for, a task that nobody looked after."""
    return [record.message for record in caplog.records if record.levelname in ("WARNING", "ERROR")]


async def test_nothing_is_left_behind(caplog: pytest.LogCaptureFixture) -> None:
    before = asyncio.all_tasks()
    async with aiohttp.ClientSession() as http:
        for fault in FAULTS:
            async with served(fault) as server:
                await cascade([route(http, server, True)], 0.2)
    assert asyncio.all_tasks() == before
    assert errors(caplog) == []


def served(fault: Fault) -> ModelServer:
    return ModelServer(Script(lambda _: ANSWER, fault))


def route(http: aiohttp.ClientSession, server: ModelServer, stream: bool) -> OpenAiCompatible:
    return OpenAiCompatible(http, Endpoint("route", server.url, MODEL, stream=stream))
