"""Every fault, alone and with every other, on two routes in a row: an answer or none, and in time."""

import asyncio
from collections.abc import Sequence
from random import Random

import aiohttp
import pytest
from structlog.testing import capture_logs

from kissbot.knowledge.answers.bandit import Bandit
from kissbot.knowledge.answers.cascade import Cascade, Said
from kissbot.knowledge.answers.clean import Cleaned, cleaned
from kissbot.knowledge.answers.model import Completion, StimulusClass
from kissbot.knowledge.answers.prompt import Request
from kissbot.providers.models.openai_compatible import Endpoint, OpenAiCompatible
from kissbot.testing.models import FAULTS, MODEL, Fault, ModelServer, Script

SECONDS = 3.0
"""For all routes together."""

LATEST = 20.0
"""Seconds that a busy machine may take."""

ANSWER = "It is in Paris, and was made long ago by Gustave Eiffel."
ASKED = Request("Where is the tower? And since when, and who made it?", "kissbot", "en", 120)


class InTurn(Bandit):
    """Asks in the order in which the routes are given."""

    def choose(self, stimulus_class: StimulusClass, routes: Sequence[str], random: Random) -> list[str]:
        return list(routes)


async def cascade(routes: Sequence[OpenAiCompatible], seconds: float) -> Said | None:
    """What the bot's own cascade makes of these routes."""
    until = asyncio.get_running_loop().time() + seconds
    trying = Cascade(routes, InTurn(), lambda lesson: None, Random(1))
    return await trying.answer(ASKED, "gen_short", until, judge)


def judge(answer: Completion) -> Cleaned:
    return cleaned(answer.text, limit=120, language="en", bot="kissbot")


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("first", FAULTS)
async def test_an_answer_or_none_in_time(
    first: Fault, stream: bool, caplog: pytest.LogCaptureFixture
) -> None:
    seconds: tuple[Fault, ...] = (*FAULTS, "")
    with capture_logs() as logged:
        async with asyncio.timeout(LATEST):
            answers = await asyncio.gather(*(asked(first, second, stream) for second in seconds))
    logged = [entry for entry in logged if entry["log_level"] != "info"]  # what a route answered
    sound = {"", "endless"} if stream else {""}  # what never ends is stopped where it comes in pieces
    for second, answer in zip(seconds, answers, strict=True):
        assert bool(answer) == bool(sound & {first, second}), second
        assert not answer or (answer.text.startswith("It is in Paris") and len(answer.text) <= 120)
    assert logged == []
    assert errors(caplog) == []


async def asked(first: Fault, second: Fault, stream: bool) -> Said | None:
    async with aiohttp.ClientSession() as http, served(first) as one, served(second) as other:
        return await cascade([route(http, one, stream, "one"), route(http, other, stream, "other")], SECONDS)


def errors(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What was logged, by whomever: a traceback nobody asked for, a task that nobody looked after."""
    return [record.message for record in caplog.records if record.levelname in ("WARNING", "ERROR")]


async def test_nothing_is_left_behind(caplog: pytest.LogCaptureFixture) -> None:
    before = asyncio.all_tasks()
    async with aiohttp.ClientSession() as http:
        for fault in FAULTS:
            async with served(fault) as server:
                await cascade([route(http, server, True, "one")], 0.5)
    assert asyncio.all_tasks() == before
    assert errors(caplog) == []


def served(fault: Fault) -> ModelServer:
    return ModelServer(Script(lambda _: ANSWER, fault))


def route(http: aiohttp.ClientSession, server: ModelServer, stream: bool, name: str) -> OpenAiCompatible:
    return OpenAiCompatible(http, Endpoint(name, server.url, MODEL, stream=stream))
