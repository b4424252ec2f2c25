"""The asker of all web sources: what it tries again, what it gives up, and what nobody gets to see."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import aiohttp
import pytest
from aiohttp import web
from msgspec import Struct
from structlog.testing import capture_logs

from kissbot.providers.http import ATTEMPTS, Asker, Question, SourceTrouble
from kissbot.providers.pace import Breaker, Pace

SECRET = "the-secret-key"

Answer = Callable[[], web.Response]


class Number(Struct):
    number: int


def says(status: int, body: str = '{"number": 7}', **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda: web.Response(status=status, text=body, headers=named)


@asynccontextmanager
async def asking(
    *answers: Answer, pace: Pace | None = None, breaker: Breaker | None = None, patience: float = 3
) -> AsyncIterator[tuple[Callable[[], "asyncio.Task[Number]"], list[float]]]:
    asked: list[float] = []
    at_once = [0, 0]

    async def serve(request: web.Request) -> web.Response:
        asked.append(asyncio.get_running_loop().time())
        at_once[0] += 1
        assert at_once[0] <= 4
        await asyncio.sleep(0.01)
        at_once[0] -= 1
        return answers[min(len(asked), len(answers)) - 1]()

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", serve)
    runner = web.AppRunner(app, shutdown_timeout=0.05)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        question = Question(f"http://127.0.0.1:{runner.addresses[0][1]}/api", {"key": SECRET})
        async with aiohttp.ClientSession() as http:
            asker = Asker(http, pace or Pace(1000, 1), breaker=breaker, patience=patience)
            yield lambda: asyncio.ensure_future(asker.ask(question, Number)), asked
    finally:
        await runner.cleanup()


async def test_an_answer_is_what_was_documented() -> None:
    async with asking(says(200)) as (ask, _):
        assert (await ask()).number == 7


@pytest.mark.parametrize("status", [500, 502, 503])
async def test_trouble_that_passes_is_sat_out(status: int) -> None:
    async with asking(says(status), says(200)) as (ask, asked):
        assert (await ask()).number == 7
        assert len(asked) == 2


async def test_a_short_limit_is_waited_for() -> None:
    async with asking(says(429, Retry_After="1"), says(200)) as (ask, asked):
        assert (await ask()).number == 7
        assert asked[1] - asked[0] >= 1


@pytest.mark.parametrize("asked_for", ["60", "Wed, 21 Oct 2026 07:28:00 GMT", ""])
async def test_a_long_limit_is_kept_by_all_later_questions(asked_for: str) -> None:
    async with asking(says(429, Retry_After=asked_for)) as (ask, asked):
        for why in ("limited", "resting", "resting"):
            with pytest.raises(SourceTrouble) as trouble:
                await ask()
            assert trouble.value.why == why
        assert len(asked) == 1


@pytest.mark.parametrize(
    ("answer", "why", "times"),
    [
        (says(500), "unwell", ATTEMPTS),
        (says(401), "refused", 1),
        (says(404), "refused", 1),
        (says(302, Location="http://127.0.0.1:1/"), "refused", 1),
        (says(200, "<html>"), "unclear", 1),
        (says(200, '{"number": "seven"}'), "unclear", 1),
        (says(200, "[" * 100_000), "unclear", 1),
        (says(200, " " * 3_000_000), "unclear", 1),
    ],
)
async def test_what_cannot_be_mended_is_told_and_hides_what_was_sent(
    answer: Answer, why: str, times: int
) -> None:
    with capture_logs() as logged:
        async with asking(answer) as (ask, asked):
            with pytest.raises(SourceTrouble) as trouble:
                await ask()
            assert (trouble.value.why, len(asked)) == (why, times)
    assert SECRET not in f"{trouble.value!r} {trouble.value} {logged!r}"
    assert "127.0.0.1" not in f"{trouble.value!r} {trouble.value} {logged!r}"


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/x", "nonsense", "http:///"])
async def test_a_place_that_is_out_of_reach_shows_no_address(url: str) -> None:
    async with aiohttp.ClientSession() as http:
        with pytest.raises(SourceTrouble) as trouble:
            await Asker(http, Pace(9, 1)).ask(Question(url, {"key": SECRET}), Number)
    assert trouble.value.why == "unreachable"
    assert SECRET not in str(trouble.value)
    assert SECRET not in repr(Question(url, {"key": SECRET}))


async def test_a_source_that_hangs_is_given_up() -> None:
    async def hangs(request: web.Request) -> web.Response:
        await asyncio.sleep(60)
        return web.Response()

    async with asking(says(200), patience=0.001) as (ask, _):
        with pytest.raises(SourceTrouble) as trouble:
            await ask()
        assert trouble.value.why == "slow"


async def test_after_some_failures_it_is_left_alone_and_later_tried_again(
    jump: Callable[[float], None],
) -> None:
    answers = [says(404)] * 2 + [says(200)]
    async with asking(*answers, breaker=Breaker(allowed=2, rest=20)) as (ask, asked):
        for why in ("refused", "refused", "resting"):
            with pytest.raises(SourceTrouble) as trouble:
                await ask()
            assert trouble.value.why == why
        assert len(asked) == 2
        jump(20)
        assert (await ask()).number == 7
        assert (await ask()).number == 7


async def test_its_pace_and_its_number_of_open_requests_hold() -> None:
    async with asking(says(200), pace=Pace(5, 0.2)) as (ask, asked):
        await asyncio.gather(*(ask() for _ in range(20)))
        assert all(later - earlier > 0.15 for earlier, later in zip(asked, asked[5:], strict=False))


async def test_more_than_can_be_waited_for_is_refused_at_once() -> None:
    async with asking(says(200), pace=Pace(1, 60)) as (ask, asked):
        await ask()
        with pytest.raises(SourceTrouble) as trouble:
            await ask()
        assert (trouble.value.why, len(asked)) == ("limited", 1)
