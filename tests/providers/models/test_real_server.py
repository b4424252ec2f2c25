"""A real server of models, llama.cpp's, with a model that is made on the spot."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from kissbot.knowledge.answers.model import Prompt, Turn
from kissbot.providers.models.openai_compatible import Endpoint, OpenAiCompatible
from kissbot.testing import gguf

xllamacpp = pytest.importorskip("xllamacpp", reason="no llama.cpp on this machine: pip install xllamacpp")

NAME = "tiny"
SLOTS = 2
WHO = Prompt("You are KissBot.", (Turn("user", "Who are you? é 🎮"),), 120)


@pytest.fixture(scope="session")
def llama(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a llama.cpp server whose model never ends."""
    yield from served(tmp_path_factory.mktemp("model") / "endless.gguf", is_endless=True)


@pytest.fixture(scope="session")
def brief(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a llama.cpp server whose model says its sentences once."""
    yield from served(tmp_path_factory.mktemp("model") / "brief.gguf", is_endless=False)


def served(path: Path, *, is_endless: bool) -> Iterator[str]:
    """The address of a server; everything it does, it does on one core."""
    gguf.write(path, is_endless=is_endless)
    params = xllamacpp.CommonParams()
    params.model.path, params.model_alias = str(path), {NAME}
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
    params.n_parallel, params.n_ctx, params.n_threads_http = SLOTS, SLOTS * gguf.CONTEXT, 4
    params.warmup, params.endpoint_slots, params.verbosity = False, True, 0
    server = xllamacpp.Server(params)
    yield str(server.listening_address)
    del server


def tiny(http: aiohttp.ClientSession, llama: str, **more: Any) -> OpenAiCompatible:
    return OpenAiCompatible(http, Endpoint("local", f"{llama}/v1", NAME, **more))


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("field", ["max_tokens", "max_completion_tokens"])
async def test_it_answers_and_counts(
    http: aiohttp.ClientSession, brief: str, stream: bool, field: Any
) -> None:
    answer = await tiny(http, brief, stream=stream, tokens_field=field).complete(WHO, 20)
    assert answer.text == gguf.SAID
    assert answer.tokens_in > 50  # it spells what it does not know
    assert answer.tokens_out == len(gguf.SAID.split()) + 1


async def test_it_is_not_asked_for_more_than_the_budget_in_one_piece(
    http: aiohttp.ClientSession, llama: str
) -> None:
    answer = await tiny(http, llama, stream=False).complete(WHO, 20)
    assert answer.tokens_out == 120
    assert len(answer.text) <= 144


async def test_it_is_stopped_at_the_budget(http: aiohttp.ClientSession, llama: str) -> None:
    for characters, said in ((20, gguf.SAID[:22]), (40, gguf.SAID[:43]), (60, gguf.SAID)):
        prompt = Prompt("", WHO.turns, characters)
        answer = await tiny(http, llama).complete(prompt, 20)
        assert answer.text.startswith(said.strip())
        assert len(answer.text) <= characters + 20
    await until(lambda: idle(http, llama))


async def test_who_waits_no_longer_stops_the_model(http: aiohttp.ClientSession, llama: str) -> None:
    endless = Prompt("", WHO.turns, 1_000_000)
    asked = asyncio.create_task(tiny(http, llama).complete(endless, 60))
    await until(lambda: busy(http, llama))
    asked.cancel()
    await until(lambda: idle(http, llama))
    assert asked.cancelled()


async def test_its_models_are_listed(http: aiohttp.ClientSession, llama: str) -> None:
    found = await tiny(http, llama).check(20)
    assert (found.why, found.models, found.has_model) == (None, (NAME,), True)


async def slots(http: aiohttp.ClientSession, llama: str) -> list[bool]:
    """Which of its places are at work."""
    async with http.get(f"{llama}/slots") as answer:
        return [slot["is_processing"] for slot in await answer.json()]


async def busy(http: aiohttp.ClientSession, llama: str) -> bool:
    return any(await slots(http, llama))


async def idle(http: aiohttp.ClientSession, llama: str) -> bool:
    return not await busy(http, llama)


async def until(holds: Callable[[], Any]) -> None:
    async with asyncio.timeout(30):
        while not await holds():
            await asyncio.sleep(0.01)
