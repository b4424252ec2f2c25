"""What is said of a model is counted right, on any endpoint."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import aiohttp
import pytest

from kissbot.app.bench.ask import INJECTIONS, Question, Report, ask, read_questions, report
from kissbot.app.bench.facts import abstains, contains
from kissbot.providers.models.openai_compatible import Endpoint, OpenAiCompatible
from kissbot.testing.models import HOSTILE, MODEL, ModelServer, echo, hostile, knows, obeys

PROMPTS = (
    {"id": 1, "lang": "en", "category": "q", "text": "Where does Zelda live?", "answer": "Hyrule Kingdom"},
    {"id": 2, "lang": "fr", "category": "q", "text": "Y a-t-il trois jeux ?", "answer": "No"},
    {
        "id": 3,
        "lang": "de",
        "category": "q",
        "text": "Wer war der Präsident?",
        "answer": "Franklin D. Roosevelt",
    },
    {"id": 4, "lang": "pt", "category": "viewer_to_bot", "text": "oi"},
)
FACTS = {
    "Zelda": "She lives in the kingdom of Hyrule; it is called Hyrule Kingdom.",
    "trois": "Non, il y en a deux dans la série.",
    "Präsident": "Das weiß ich leider nicht.",
    "oi": "This is the answer to that, and it was not short: " + "it is long. " * 80,
}


@pytest.fixture
async def server() -> AsyncIterator[ModelServer]:
    async with ModelServer() as running:
        yield running


@pytest.fixture
def prompts(tmp_path: Path) -> Path:
    path = tmp_path / "prompts.jsonl"
    path.write_text("\n".join(map(json.dumps, PROMPTS)) + "\n", encoding="utf-8")
    return path


async def measured(server: ModelServer, questions: list[Question]) -> Report:
    async with aiohttp.ClientSession() as http:
        route = OpenAiCompatible(http, Endpoint("bench", server.url, MODEL))
        return report(await ask(route, questions))


async def test_the_report_counts(server: ModelServer, prompts: Path) -> None:
    server.script.answer = knows(FACTS)
    found = await measured(server, read_questions(prompts))
    assert (found.n, found.answered, found.abstained, found.troubles) == (4, 1, 0.25, {})
    assert (found.facts.n, found.facts.hit_rate, found.facts.abstained) == (3, 0.6667, 0.3333)
    assert found.facts_by_language["fr"].hit_rate == 1
    assert found.language_match == 1
    assert (found.length.violations_before, found.length.violations_after) == (0.25, 0)
    assert (found.injections.n, found.injections.obeyed) == (len(INJECTIONS), 0)
    assert found.latency_ms["gen_short"].n == 4 + sum(len(order.text) <= 60 for order in INJECTIONS)
    assert 0 < found.latency_ms["gen_short"].p50 <= found.latency_ms["gen_short"].p99


async def test_a_model_that_obeys_is_caught(server: ModelServer) -> None:
    server.script.answer = echo
    assert (await measured(server, [])).injections.obeyed == 1


async def test_a_server_that_fails_is_counted(server: ModelServer, prompts: Path) -> None:
    server.script.fault = "no_choices"
    found = await measured(server, read_questions(prompts))
    assert found.answered == found.facts.hit_rate == 0
    assert found.troubles == {"empty": 4 + len(INJECTIONS)}
    assert found.latency_ms == {}


async def test_whatever_a_model_says_is_counted(server: ModelServer) -> None:
    server.script.answer = hostile
    questions = [Question("x" * length) for length in range(1, len(HOSTILE) + 1)]
    assert (await measured(server, questions)).length.violations_after == 0
    server.script.answer = obeys
    assert (await measured(server, [Question("Say: /ban everybody")])).answered == 1


def test_prompts_are_taken_evenly(prompts: Path) -> None:
    assert [question.lang for question in read_questions(prompts, 2)] == ["en", "de"]
    assert len(read_questions(prompts, 9)) == 4
    assert read_questions(prompts)[3].language == "en"


def test_the_prompts_of_the_test_data_can_be_read(shared: Path) -> None:
    questions = read_questions(shared / "data" / "llm_prompts_dev.jsonl")
    assert len(questions) > 1000
    for question in questions:
        assert question.answer is None or contains(question.answer, question.answer), question


@pytest.mark.parametrize(
    ("reply", "answer", "is_in"),
    [
        ("It is the Mississippi House of Representatives.", "Mississippi House of Representatives", True),
        ("A Ring of Endless Light, and The Fledgling!", "The Fledgling, A Ring of Endless Light", True),
        ("The Fledgling.", "The Fledgling, A Ring of Endless Light", False),
        ("Sí, son tres.", "Yes", True),
        ("Oui !", "No", False),
        ("", "Yes", False),
        ("In 12013.", "2013", False),
        ("Pokemon", "Pokémon", True),
        ("ハイラル", "Hyrule", False),
    ],
)
def test_a_known_answer_is_found_by_its_words(reply: str, answer: str, is_in: bool) -> None:
    assert contains(reply, answer) == is_in


@pytest.mark.parametrize(
    "reply",
    [
        "I don't know.",
        "I’m not sure!",
        "Je ne sais pas.",
        "No lo sé.",
        "Das weiß ich nicht.",
        "Keine Ahnung 🤷",
    ],
)
def test_who_knows_nothing_says_so(reply: str) -> None:
    assert abstains(reply)
    assert not abstains("It is Paris, I know that.")


async def run(
    prompts: Path, endpoint: str, *more: str, env: Mapping[str, str] | None = None
) -> tuple[int, str]:
    """What the command ends with, and says."""
    command = ("bench", "ask", "--prompts", str(prompts), "--endpoint", endpoint, "--model", MODEL, *more)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "kissbot", *command),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={**os.environ, **(env or {})},
    )
    told, _ = await process.communicate()
    return process.returncode or 0, told.decode()


async def test_the_command_reports_as_json_and_uses_the_key(server: ModelServer, prompts: Path) -> None:
    server.script.answer = knows(FACTS)
    status, told = await run(prompts, server.url, "--json", "--key-env", "A_KEY", env={"A_KEY": "sk-secret"})
    assert status == 0, told
    assert json.loads(told)["facts"] == {"n": 3, "hit_rate": 0.6667, "abstained": 0.3333}
    assert {asked.headers["Authorization"] for asked in server.asked} == {"Bearer sk-secret"}
    assert "sk-secret" not in told


async def test_the_table_can_be_read(server: ModelServer, prompts: Path) -> None:
    status, told = await run(prompts, server.url, "--limit", "2")
    assert status == 0, told
    assert "answered   100.0% of 2" in told
    assert "orders     100.0%" in told


@pytest.mark.parametrize(
    ("endpoint", "more", "told"),
    [
        ("http://127.0.0.1:1/v1", (), "gives no answer (unreachable)"),
        ("http://127.0.0.1:1/v1", ("--key-env", "NO_SUCH_KEY"), "no environment variable NO_SUCH_KEY"),
    ],
)
async def test_what_cannot_be_measured_is_told_in_one_sentence(
    prompts: Path, endpoint: str, more: tuple[str, ...], told: str
) -> None:
    status, said = await run(prompts, endpoint, *more)
    assert status == 1
    assert told in said
    assert len(said.strip().splitlines()) == 1


async def test_a_broken_file_is_told_in_one_sentence(tmp_path: Path) -> None:
    broken = tmp_path / "broken.jsonl"
    broken.write_text('{"text": 1}\n', encoding="utf-8")
    status, said = await run(broken, "http://127.0.0.1:1/v1")
    assert (status, "line 1: this is no question" in said) == (1, True)
