"""A webhook: news arrive once, in order, and whatever the other side does spoils nothing."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import aiohttp
import msgspec
import pytest
from aiohttp import web
from structlog.testing import capture_logs

from kissbot.chat.tasks import Tasks
from kissbot.providers.webhook import ATTEMPTS, LONGEST, WAITING, Webhook

SECRET = "the-secret-part"

Answer = Callable[[], Awaitable[web.StreamResponse]]


class Board:
    """Takes what is posted, and answers as the test says; the last answer is given again and again."""

    def __init__(self, answers: tuple[Answer, ...]) -> None:
        self._answers = answers
        self.posted: list[dict[str, object]] = []
        self.at_once = self.most_at_once = 0

    async def take(self, request: web.Request) -> web.StreamResponse:
        self.posted.append(msgspec.json.decode(await request.read()))
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            return await self._answers[min(len(self.posted), len(self._answers)) - 1]()
        finally:
            self.at_once -= 1

    @property
    def contents(self) -> list[object]:
        return [body["content"] for body in self.posted]


def says(status: int, body: object = None, **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}

    async def answer() -> web.StreamResponse:
        return web.Response(status=status, body=msgspec.json.encode(body), headers=named)

    return answer


async def hangs() -> web.StreamResponse:
    await asyncio.sleep(60)
    return web.Response()


@asynccontextmanager
async def posting(*answers: Answer) -> AsyncIterator[tuple[Webhook, Board, Tasks]]:
    board, app = Board(answers), web.Application()
    app.router.add_post(f"/hook/{SECRET}", board.take)
    runner = web.AppRunner(app, shutdown_timeout=0.05)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook/{SECRET}"
        async with aiohttp.ClientSession() as http, Tasks() as tasks:
            yield Webhook(http, url, tasks, pause=0.01), board, tasks
    finally:
        await runner.cleanup()


async def done(tasks: Tasks) -> None:
    async with asyncio.timeout(10):
        while len(tasks):
            await asyncio.sleep(0.005)


@pytest.mark.parametrize("status", [200, 204])
async def test_news_arrive_and_nobody_is_pinged_by_them(status: int) -> None:
    async with posting(says(status)) as (webhook, board, tasks):
        assert webhook.wanted
        webhook.post("🔴 @everyone is live!")
        await done(tasks)
        assert board.posted == [{"content": "🔴 @everyone is live!", "allowed_mentions": {"parse": []}}]


async def test_news_arrive_in_their_order_one_at_a_time() -> None:
    async with posting(says(204)) as (webhook, board, tasks):
        for number in range(20):
            webhook.post(str(number))
        await done(tasks)
        webhook.post("later")
        await done(tasks)
        assert board.contents == [*map(str, range(20)), "later"]
        assert board.most_at_once == 1


async def test_a_limit_is_waited_for() -> None:
    async with posting(says(429, {"retry_after": 0.3}), says(204)) as (webhook, board, tasks):
        before = asyncio.get_running_loop().time()
        webhook.post("news")
        await done(tasks)
        assert board.contents == ["news", "news"]
        assert asyncio.get_running_loop().time() - before >= 0.3


async def test_a_limit_may_be_told_by_a_header_alone() -> None:
    async with posting(says(429, None, Retry_After="0"), says(204)) as (webhook, board, tasks):
        webhook.post("news")
        await done(tasks)
        assert len(board.posted) == 2


async def test_trouble_that_passes_is_sat_out() -> None:
    async with posting(says(500), says(503), says(204)) as (webhook, board, tasks):
        with capture_logs() as logged:
            webhook.post("news")
            await done(tasks)
        assert len(board.posted) == 3
        assert logged == []


async def test_trouble_that_stays_costs_one_piece_of_news() -> None:
    async with posting(*(says(502) for _ in range(ATTEMPTS)), says(204)) as (webhook, board, tasks):
        with capture_logs() as logged:
            webhook.post("lost")
            webhook.post("next")
            await done(tasks)
        assert board.contents == ["lost"] * ATTEMPTS + ["next"]
        assert [(entry["event"], entry["why"]) for entry in logged] == [("webhook_failed", "HTTP 502")]


@pytest.mark.parametrize("status", [301, 400, 401, 404])
async def test_what_is_wrong_is_not_tried_again_and_no_log_shows_the_address(status: int) -> None:
    async with posting(says(status, {"message": "Unknown Webhook"}, Location="/x")) as (
        webhook,
        board,
        tasks,
    ):
        with capture_logs() as logged:
            webhook.post("news")
            await done(tasks)
        assert len(board.posted) == 1
        assert logged[0]["why"] == f"HTTP {status}"
        assert SECRET not in repr(logged)


async def test_a_place_that_is_out_of_reach_shows_no_address_either() -> None:
    with capture_logs() as logged:
        async with aiohttp.ClientSession() as http, Tasks() as tasks:
            for url in (f"http://127.0.0.1:1/{SECRET}", f"http:///{SECRET}", f"nonsense {SECRET}"):
                Webhook(http, url, tasks, pause=0.01).post("news")
            await done(tasks)
    assert [entry["event"] for entry in logged] == ["webhook_failed"] * 3
    assert SECRET not in repr(logged)


async def test_a_place_that_hangs_holds_up_nobody(jump: Callable[[float], None]) -> None:
    async with posting(hangs, says(204)) as (webhook, board, tasks):
        webhook.post("news")
        async with asyncio.timeout(1e6):
            while not board.posted:
                await asyncio.sleep(0.005)
            jump(11)
            while len(tasks):
                await asyncio.sleep(0.005)
        assert board.contents == ["news", "news"]


async def test_a_place_that_hangs_does_not_fill_the_memory() -> None:
    async with posting(hangs) as (webhook, _board, _tasks):
        with capture_logs() as logged:
            for number in range(WAITING + 10):
                webhook.post(str(number))
        assert {entry["event"] for entry in logged} == {"webhook_overflow"}


async def test_news_are_cut_to_what_fits() -> None:
    async with posting(says(204)) as (webhook, board, tasks):
        webhook.post("x" * 3000)
        await done(tasks)
        assert board.contents == ["x" * LONGEST]


async def test_without_an_address_nobody_wants_news() -> None:
    async with aiohttp.ClientSession() as http, Tasks() as tasks:
        assert not Webhook(http, "", tasks).wanted
