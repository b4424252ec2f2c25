"""One model on the wire: what is sent, what is heard, when it is cut off, and what is held against it."""

import asyncio
from collections.abc import Callable
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from structlog.testing import capture_logs

from kissbot.knowledge.answers.model import Ailment, ModelTrouble, Prompt, Turn
from kissbot.providers.models.openai_compatible import Endpoint, OpenAiCompatible, watch
from kissbot.providers.pace import Breaker
from kissbot.testing.models import FAULTS, MODEL, RETRY_AFTER, Asked, Fault, ModelServer

SECRET = "sk-the-secret-key"
TYPED = "what-a-viewer-typed. And more."

Http = aiohttp.ClientSession


def model(
    http: Http, server: ModelServer | str, *, breaker: Breaker | None = None, **more: Any
) -> OpenAiCompatible:
    url = server if isinstance(server, str) else server.url
    return OpenAiCompatible(http, Endpoint("local", url, MODEL, SECRET, **more), breaker=breaker)


def prompt(text: str = TYPED, characters: int = 120) -> Prompt:
    return Prompt(
        "Be short.", (Turn("user", "Hello!"), Turn("assistant", "Hi."), Turn("user", text)), characters
    )


async def trouble(asked: OpenAiCompatible, seconds: float = 5) -> ModelTrouble:
    async with asyncio.timeout(20):
        with pytest.raises(ModelTrouble) as caught:
            await asked.complete(prompt(), seconds)
    return caught.value


@pytest.mark.parametrize("stream", [True, False])
async def test_an_answer_is_what_the_model_said(http: Http, server: ModelServer, stream: bool) -> None:
    answer = await model(http, server, stream=stream).complete(prompt(), 5)
    assert answer.text == TYPED
    assert (answer.tokens_in, answer.tokens_out) == (7, 3)
    sent = server.asked[0]
    assert sent.headers["Authorization"] == f"Bearer {SECRET}"
    assert [message["role"] for message in sent.body["messages"]] == ["system", "user", "assistant", "user"]
    assert (sent.body["model"], sent.body["stream"]) == (MODEL, stream)
    assert "max_tokens" in sent.body
    assert server.cut == 0


async def test_an_answer_leaves_the_connection_for_the_next(http: Http, server: ModelServer) -> None:
    asked = model(http, server)
    for _ in range(3):
        await asked.complete(prompt(), 5)
    assert http.connector is not None
    assert len(http.connector._conns) == 1  # the only way to know


async def test_tokens_that_nobody_counted_are_estimated(http: Http, server: ModelServer) -> None:
    server.script.counts_tokens = False
    answer = await model(http, server).complete(prompt(), 5)
    assert (answer.tokens_in, answer.tokens_out) == (12, 8)


@pytest.mark.parametrize("stream", [True, False])
async def test_thoughts_are_left_out(http: Http, server: ModelServer, stream: bool) -> None:
    server.script.answer = lambda asked: "<think>A city. Paris?</think>\n\nParis."
    assert (await model(http, server, stream=stream).complete(prompt(), 5)).text == "Paris."


async def test_a_model_that_never_ends_is_stopped(http: Http, server: ModelServer) -> None:
    server.script.fault = "endless"
    answer = await model(http, server).complete(prompt(), 5)
    assert 120 <= len(answer.text) <= 144
    await until(lambda: server.cut == 1)


async def test_a_model_is_stopped_at_the_end_of_a_sentence(http: Http, server: ModelServer) -> None:
    server.script.answer = lambda asked: "This is a sentence. " * 1000
    answer = await model(http, server).complete(prompt(), 5)
    assert len(answer.text) <= 144
    assert answer.text.endswith("sentence.")
    await until(lambda: server.cut == 1)


async def test_an_answer_in_one_piece_has_an_end_too(http: Http, server: ModelServer) -> None:
    server.script.fault = "endless"
    assert (await trouble(model(http, server, stream=False), 15)).why == "unclear"
    await until(lambda: server.cut == 1)


async def test_who_waits_no_longer_stops_the_server(http: Http, server: ModelServer) -> None:
    server.script.fault = "hang_mid_stream"
    asked = asyncio.create_task(model(http, server).complete(prompt(), 60))
    await until(lambda: bool(server.asked))
    asked.cancel()
    await until(lambda: server.cut == 1)


EXPECTED: dict[Fault, Ailment] = {
    "hang": "slow",
    "drip": "slow",
    "limited": "limited",
    "unwell": "unwell",
    "malformed": "unclear",
    "no_choices": "empty",
    "wrong_model": "refused",
    "page": "unclear",
    "thoughts_only": "empty",
}


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize(("fault", "why"), EXPECTED.items())
async def test_every_fault_has_its_name_and_nothing_is_told_of_what_was_sent(
    http: Http, server: ModelServer, fault: Fault, why: Ailment, stream: bool
) -> None:
    server.script.fault, server.script.answer = fault, lambda asked: "One two three four."
    with capture_logs() as logged:
        asked = model(http, server, stream=stream)
        caught = await trouble(asked, 0.3)
    assert caught.why == why
    told = f"{caught!r} {caught} {logged!r} {asked!r} {vars(asked)!r}"
    assert SECRET not in told
    assert "viewer" not in told
    assert "127.0.0.1" not in f"{caught!r} {caught} {logged!r}"


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("fault", ["hang_mid_stream", "reset"])
async def test_an_answer_that_breaks_off_in_its_first_sentence_is_none(
    http: Http, server: ModelServer, fault: Fault, stream: bool
) -> None:
    server.script.fault, server.script.answer = fault, lambda asked: "One two three four."
    caught = await trouble(model(http, server, stream=stream), 0.3)
    assert caught.why == {"hang_mid_stream": "slow", "reset": "unreachable"}[fault]


@pytest.mark.parametrize("fault", ["hang_mid_stream", "malformed"])
async def test_whole_sentences_of_an_answer_that_breaks_off_are_an_answer(
    http: Http, server: ModelServer, fault: Fault
) -> None:
    server.script.fault = fault
    server.script.answer = lambda asked: "It is Paris. It has been Paris for a very long time."
    answer = await model(http, server).complete(prompt(), 0.5)
    assert answer.text == "It is Paris."
    assert answer.tokens_out > 0


@pytest.mark.parametrize(
    ("refuses", "kept"),
    [
        ({"max_tokens"}, "max_completion_tokens"),
        ({"max_tokens", "temperature", "stream_options"}, "max_completion_tokens"),
        ({"system"}, "max_tokens"),
        ({"system", "temperature"}, "max_tokens"),
    ],
)
async def test_a_server_is_asked_as_it_wants_and_that_is_remembered(
    http: Http, server: ModelServer, refuses: set[Any], kept: str
) -> None:
    server.script.refuses = refuses
    asked = model(http, server)
    assert (await asked.complete(prompt(), 5)).text == TYPED
    attempts = len(server.asked)
    assert attempts == 1 + len(refuses)
    await asked.complete(prompt(), 5)
    assert len(server.asked) == attempts + 1
    last = server.asked[-1].body
    assert kept in last
    assert not refuses & {*last, *(message["role"] for message in last["messages"])}
    assert "Be short." in str(last["messages"][0])


async def test_a_server_that_cannot_be_pleased_is_left(http: Http, server: ModelServer) -> None:
    server.script.refuses = {"max_tokens", "max_completion_tokens"}
    asked = model(http, server)
    for _ in range(8):
        assert (await trouble(asked)).why == "refused"
    assert asked.is_well  # another question may be another matter
    assert len(server.asked) <= 10


async def test_a_limit_is_kept(http: Http, server: ModelServer, jump: Callable[[float], None]) -> None:
    server.script.fault = "limited"
    asked = model(http, server)
    caught = await trouble(asked)
    assert (caught.why, caught.wait) == ("limited", RETRY_AFTER)
    assert 0 < asked.rests_for <= RETRY_AFTER
    resting = await trouble(asked)
    assert resting.why == "resting"
    assert resting.wait > 0
    assert len(server.asked) == 1
    server.script.fault = ""
    jump(RETRY_AFTER)
    assert asked.is_well
    assert (await asked.complete(prompt(), 5)).text == TYPED


async def test_a_limit_that_many_meet_at_once_is_one_limit(http: Http, server: ModelServer) -> None:
    server.script.fault = "limited"
    asked = model(http, server, at_once=8)
    assert {(await each).why for each in [asyncio.create_task(trouble(asked)) for _ in range(8)]} <= {
        "limited",
        "resting",
    }
    assert asked.rests_for <= RETRY_AFTER * 2


async def test_a_server_that_fails_rests_and_is_tried_again(
    http: Http, server: ModelServer, jump: Callable[[float], None]
) -> None:
    server.script.fault = "unwell"
    asked = model(http, server, breaker=Breaker(allowed=2, rest=20))
    assert [(await trouble(asked)).why for _ in range(3)] == ["unwell", "unwell", "resting"]
    assert not asked.is_well
    jump(20)
    server.script.fault = ""
    assert (await asked.complete(prompt(), 5)).text == TYPED
    assert asked.is_well


async def test_an_empty_answer_and_a_hurry_are_not_held_against_a_server(
    http: Http, server: ModelServer
) -> None:
    asked = model(http, server, breaker=Breaker(allowed=1))
    server.script.fault = "thoughts_only"
    assert (await trouble(asked)).why == "empty"
    server.script.fault = "hang"
    assert (await trouble(asked, 0.1)).why == "slow"
    assert (await trouble(asked, 0)).why == "slow"
    assert asked.is_well
    assert (await trouble(asked, 1.1)).why == "slow"
    assert not asked.is_well


async def test_more_questions_than_a_server_takes_wait_and_those_that_wait_too_long_are_told(
    http: Http, server: ModelServer
) -> None:
    server.script.fault = "hang"
    asked = model(http, server, at_once=2, breaker=Breaker(allowed=100))
    assert {caught.why for caught in await asyncio.gather(*(trouble(asked, 0.5) for _ in range(10)))} == {
        "slow"
    }
    assert len(server.asked) <= 4


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/v1", "nonsense", "http:///", ""])
async def test_a_place_that_is_out_of_reach_shows_no_address(http: Http, url: str) -> None:
    caught = await trouble(model(http, url))
    assert caught.why == "unreachable"
    assert "127.0.0.1" not in str(caught)


async def test_a_key_is_never_taken_elsewhere(http: Http, server: ModelServer) -> None:
    async def away(request: web.Request) -> web.Response:
        raise web.HTTPTemporaryRedirect(f"{server.url}/chat/completions")

    app = web.Application()
    app.router.add_post("/v1/chat/completions", away)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        there = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
        assert (await trouble(model(http, there))).why == "refused"
    finally:
        await runner.cleanup()
    assert server.asked == []


async def test_a_key_with_a_line_break_in_it_is_a_key(http: Http, server: ModelServer) -> None:
    asked = OpenAiCompatible(
        http, Endpoint("local", f" {server.url}/chat/completions ", MODEL, f" {SECRET}\r\n")
    )
    await asked.complete(prompt(), 5)
    assert server.asked[0].headers["Authorization"] == f"Bearer {SECRET}"


async def test_a_checkup_tells_whether_the_model_is_there(http: Http, server: ModelServer) -> None:
    assert await model(http, server).models() == [MODEL]
    found = await model(http, server).check()
    assert (found.why, found.models, found.has_model) == (None, (MODEL,), True)
    other = OpenAiCompatible(http, Endpoint("local", server.url, "another"))
    assert not (await other.check()).has_model
    assert "Authorization" not in server.asked[-1].headers


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        ("hang", "slow"),
        ("page", "unclear"),
        ("unwell", "unwell"),
        ("limited", "limited"),
        ("wrong_model", "refused"),
    ],
)
async def test_a_checkup_tells_what_ails_a_server(
    http: Http, server: ModelServer, fault: Fault, why: Ailment
) -> None:
    server.script.fault = fault
    assert (await model(http, server).check(0.3)).why == why


async def test_a_server_that_is_back_rests_no_longer(http: Http, unused_tcp_port: int) -> None:
    asked = model(http, f"http://127.0.0.1:{unused_tcp_port}/v1", breaker=Breaker(allowed=1, rest=300))
    assert (await trouble(asked)).why == "unreachable"
    assert (await asked.check()).why == "unreachable"
    assert not asked.is_well
    async with ModelServer(port=unused_tcp_port):
        assert (await asked.check()).why is None
        assert asked.is_well
        assert (await asked.complete(prompt(), 5)).text == TYPED


async def test_a_server_that_rests_is_looked_at(http: Http, unused_tcp_port: int) -> None:
    asked = model(http, f"http://127.0.0.1:{unused_tcp_port}/v1", breaker=Breaker(allowed=1, rest=300))
    await trouble(asked)
    watching = asyncio.create_task(watch([asked], 0.01))
    async with ModelServer(port=unused_tcp_port) as server:
        await until(lambda: asked.is_well)
        looked = len(server.asked)
        await asked.complete(prompt(), 5)
        assert len(server.asked) == looked + 1
    watching.cancel()


async def test_a_server_that_answers_checkups_only_goes_on_resting(http: Http, server: ModelServer) -> None:
    asked = model(http, server, breaker=Breaker(allowed=1))
    server.script.fault = "unwell"
    await trouble(asked)
    server.script.fault = ""
    assert (await asked.check()).why is None
    assert not asked.is_well


async def test_a_request_that_is_recorded_has_what_was_said_last(http: Http, server: ModelServer) -> None:
    await model(http, server).complete(prompt("Who?"), 5)
    assert isinstance(server.asked[0], Asked)
    assert server.asked[0].last == "Who?"


def test_every_fault_is_known() -> None:
    assert {*EXPECTED, "hang_mid_stream", "reset", "endless"} == set(FAULTS)


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not holds():
            await asyncio.sleep(0.005)
