"""What is on: asked once for many, as soon as Twitch shows it, and never invented."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest
import stamina
from aiohttp import web
from msgspec.structs import replace

from kissbot.chat.errors import Unavailable
from kissbot.chat.happenings import StreamOnline
from kissbot.chat.messages import Channel
from kissbot.chat.tasks import Tasks
from kissbot.features.live import Show
from kissbot.features.shoutout import Streamer
from kissbot.sandbox.twitch import Sandbox
from kissbot.testing import ManualClock
from kissbot.testing.clock import settle
from kissbot.transports.twitch.helix import FixedLogin, Helix
from kissbot.transports.twitch.questions import GATHERS, Questions
from kissbot.transports.twitch.streamers import SHOUTOUTS, TwitchStreamers
from kissbot.transports.twitch.streams import LAGS, TwitchStreams

from .login import LOGIN, logged_in
from .server import Answer, Server, says, serving

ADA = Channel("1", "ada")
ROW = {
    "id": "s1",
    "user_id": "1",
    "title": "One more run",
    "game_name": "Hades",
    "viewer_count": 7,
    "type": "live",
}
OLD = {**ROW, "id": "s0", "title": "yesterday"}
CHANNEL = {"broadcaster_id": "1", "title": "One more run", "game_name": "Hades"}


def online(stream: str = "s1", channel: Channel = ADA) -> StreamOnline:
    return StreamOnline(channel=channel, id="e1", at=datetime.now(UTC), stream_id=stream)


def rows(*found: Mapping[str, object]) -> Answer:
    return says(200, {"data": list(found), "pagination": {}})


@pytest.fixture
def at_once() -> Iterator[None]:
    with stamina.set_testing(True, attempts=1):
        yield


@asynccontextmanager
async def asking(streams: Sequence[Answer], channels: Answer) -> AsyncIterator[tuple[TwitchStreams, Server]]:
    """Get Streams answers these one after the other, Get Channel Information always the same."""
    left = list(streams)

    async def answer(request: web.Request) -> web.StreamResponse:
        if request.path.endswith("/channels"):
            return await channels(request)
        return await (left.pop(0) if len(left) > 1 else left[0])(request)

    async with serving(answer) as server, aiohttp.ClientSession() as http, Tasks() as tasks:
        helix = Helix(http, FixedLogin(LOGIN), url=server.url, subscriptions_url="")
        yield TwitchStreams(helix, tasks), server


async def hurried(work: Awaitable[Show], jump: Callable[[float], None]) -> Show:
    """Wait for something while time flies."""
    task = asyncio.ensure_future(work)
    while not task.done():
        jump(0.5)
        await asyncio.sleep(0.005)
    return task.result()


async def test_what_is_on_is_told_as_soon_as_twitch_shows_it(jump: Callable[[float], None]) -> None:
    async with asking([rows(), rows(), rows(ROW)], rows(CHANNEL)) as (streams, server):
        assert await hurried(streams.on(online()), jump) == Show("One more run", "Hades", 7)
        assert [asked.path for asked in server.asked] == ["/streams"] * 3


async def test_the_stream_before_is_not_taken_for_this_one(jump: Callable[[float], None]) -> None:
    async with asking([rows(OLD), rows(ROW)], rows(CHANNEL)) as (streams, _):
        assert await hurried(streams.on(online()), jump) == Show("One more run", "Hades", 7)


async def test_the_stream_after_is_taken_for_one_that_was_interrupted(jump: Callable[[float], None]) -> None:
    told = online()
    after = {**ROW, "id": "s2", "started_at": (told.at + timedelta(seconds=2)).isoformat()}
    async with asking([rows(after)], rows(CHANNEL)) as (streams, server):
        assert await hurried(streams.on(told), jump) == Show("One more run", "Hades", 7)
        assert [asked.path for asked in server.asked] == ["/streams"]


async def test_when_twitch_does_not_show_the_stream_the_channel_tells_and_nobody_counts_viewers(
    jump: Callable[[float], None],
) -> None:
    loop = asyncio.get_running_loop()
    async with asking([rows()], rows(CHANNEL)) as (streams, _):
        before = loop.time()
        assert await hurried(streams.on(online()), jump) == Show("One more run", "Hades", None)
        assert LAGS - 3 < loop.time() - before < LAGS + 6


async def test_when_nobody_answers_nothing_is_invented(jump: Callable[[float], None], at_once: None) -> None:
    async with asking([says(503, {})], says(503, {})) as (streams, _):
        with pytest.raises(Unavailable):
            await hurried(streams.on(online()), jump)


async def test_many_streams_that_begin_together_cost_few_calls() -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        asked = request.query.getall("user_id")
        return await rows(*({**ROW, "id": f"s{one}", "user_id": one, "title": one} for one in asked))(request)

    async with asking([answer], rows(CHANNEL)) as (streams, server):
        names = [str(number) for number in range(250)]
        shows = await asyncio.gather(*(streams.on(online(f"s{name}", Channel(name, name))) for name in names))
        assert [show.title for show in shows] == names
        assert len(server.asked) == 3


# Questions


async def test_questions_are_gathered_and_each_gets_its_own_answer() -> None:
    clock = ManualClock()
    clock.rule(asyncio.get_running_loop())
    asked: list[list[str]] = []

    async def answer(keys: Sequence[str]) -> dict[str, str]:
        asked.append(list(keys))
        return {key: key.upper() for key in keys if key != "nobody"}

    async with Tasks() as tasks:
        questions = Questions(answer, tasks)
        waits = [asyncio.ensure_future(questions.ask(key)) for key in ("a", "b", "a", "nobody")]
        await settle()
        waits[1].cancel()
        await clock.push(GATHERS)
        assert [waits[index].result() for index in (0, 2, 3)] == ["A", "A", None]
        later = asyncio.ensure_future(questions.ask("c"))
        await settle()
        await clock.push(GATHERS)
        assert await later == "C"
        assert asked == [["a", "b", "nobody"], ["c"]]


async def test_an_error_is_everybodys_and_the_next_question_is_asked_again() -> None:
    clock = ManualClock()
    clock.rule(asyncio.get_running_loop())
    works = False

    async def answer(keys: Sequence[str]) -> dict[str, str]:
        if not works:
            raise LookupError("no")
        return dict.fromkeys(keys, "yes")

    async with Tasks() as tasks:
        questions = Questions(answer, tasks)
        waits = [asyncio.ensure_future(questions.ask(key)) for key in "ab"]
        await settle()
        await clock.push(GATHERS)
        assert [str(wait.exception()) for wait in waits] == ["no", "no"]
        works = True
        again = asyncio.ensure_future(questions.ask("a"))
        await settle()
        await clock.push(GATHERS)
        assert await again == "yes"


# Streamers


async def test_somebody_is_found_with_what_they_played_last() -> None:
    async with Sandbox(("ada", "bob")) as twitch, logged_in(twitch) as (_, helix):
        twitch.set_stream("bob", live=False, game="Hades")
        streamers = TwitchStreamers(helix)
        assert await streamers.find("bob") == Streamer(Channel(twitch.id_of("bob"), "bob"), "bob", "Hades")
        assert await streamers.find("nobody_at_all") is None


@pytest.mark.parametrize("status", [204, 400, 401, 403, 429, 500])
async def test_twitchs_own_shoutout_is_tried_once_and_never_fails(status: int) -> None:
    login = replace(LOGIN, scopes=frozenset({SHOUTOUTS}))
    answer = says(status, b"" if status == 204 else {"message": "no"})
    async with serving(answer) as server, aiohttp.ClientSession() as http:
        helix = Helix(http, FixedLogin(login), url=server.url, subscriptions_url="")
        await TwitchStreamers(helix).recommend(Streamer(Channel("2", "bob"), "Bob"), ADA)
    (asked,) = server.asked
    assert (asked.method, asked.path) == ("POST", "/chat/shoutouts")
    assert dict(asked.query) == {
        "from_broadcaster_id": "1",
        "to_broadcaster_id": "2",
        "moderator_id": "30",
    }


async def test_without_the_scope_twitch_is_not_asked() -> None:
    async with serving(says(204, b"")) as server, aiohttp.ClientSession() as http:
        helix = Helix(http, FixedLogin(LOGIN), url=server.url, subscriptions_url="")
        await TwitchStreamers(helix).recommend(Streamer(Channel("2", "bob"), "Bob"), ADA)
    assert server.asked == []
