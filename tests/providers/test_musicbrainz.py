"""MusicBrainz: asked once a second, politely, by a server that answers as it documents."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import msgspec
import pytest
from aiohttp import web
from structlog.testing import capture_logs

from kissbot.chat.errors import Unavailable
from kissbot.chat.tasks import Tasks
from kissbot.knowledge.music import Song, wanted
from kissbot.providers.http import LARGEST
from kissbot.providers.music.musicbrainz import WITHIN, MusicBrainz, lucene
from kissbot.storage.memory import MemoryNotes

ANSWER = {
    "created": "2026-01-01T00:00:00.000Z",
    "count": 3,
    "offset": 0,
    "recordings": [
        {
            "id": "ff0a8ba9-f1a1-4ebd-95a8-7b2a8d2ebac2",
            "score": 100,
            "title": "One More Time",
            "length": 320357,
            "video": None,
            "artist-credit": [
                {
                    "name": "Daft Punk",
                    "joinphrase": " feat. ",
                    "artist": {"id": "056e4f3e", "name": "Daft Punk", "sort-name": "Daft Punk"},
                },
                {"name": "Romanthony", "artist": {"id": "x", "name": "Romanthony"}},
            ],
            "first-release-date": "2000-11-13",
            "releases": [{"id": "r", "title": "Discovery", "status": "Official"}],
            "isrcs": ["GBDUW0000053"],
        },
        {"id": "2", "score": 90, "title": "No\u202eDate", "artist-credit": [{"name": "A"}], "length": None},
        {"id": "3", "score": 80, "title": "Half a date", "artist-credit": [{"name": "B"}]}
        | {"first-release-date": "1999"},
        {"id": "4", "score": 70, "title": "Nobody's"},
    ],
}
ONE = Song(
    artist="Daft Punk feat. Romanthony",
    title="One More Time",
    year=2000,
    seconds=320,
    id="ff0a8ba9-f1a1-4ebd-95a8-7b2a8d2ebac2",
    source="MusicBrainz",
)

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Brainz:
    """Answers as the test says; the last answer is given again and again."""

    def __init__(self, answers: tuple[Answer, ...]) -> None:
        self._answers = answers
        self.asked: list[web.Request] = []

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request)
        return await self._answers[min(len(self.asked), len(self._answers)) - 1](request)


def says(status: int = 200, body: Any = ANSWER, **headers: str) -> Answer:
    content = body if isinstance(body, bytes) else msgspec.json.encode(body)
    named = {name.replace("_", "-"): value for name, value in headers.items()}

    async def answer(request: web.Request) -> web.StreamResponse:
        return web.Response(status=status, body=content, headers=named)

    return answer


async def hangs(request: web.Request) -> web.StreamResponse:
    await asyncio.sleep(60)
    return web.Response()


async def hangs_up(request: web.Request) -> web.StreamResponse:
    assert request.transport
    request.transport.close()
    return web.Response()


@asynccontextmanager
async def listening(
    *answers: Answer, contact: str = "me@example.org"
) -> AsyncIterator[tuple[MusicBrainz, Brainz]]:
    brainz, app = Brainz(answers or (says(),)), web.Application()
    app.router.add_get("/ws/2/recording", brainz.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.05)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        url = f"http://127.0.0.1:{runner.addresses[0][1]}/ws/2/"
        async with aiohttp.ClientSession() as http, Tasks() as tasks:
            yield MusicBrainz(http, url, contact, MemoryNotes(time), tasks), brainz
    finally:
        await runner.cleanup()


async def test_recordings_are_told_as_songs() -> None:
    async with listening() as (songs, _):
        assert await songs.search(wanted("daft punk - one more time")) == (
            ONE,
            Song(artist="A", title="NoDate", id="2", source="MusicBrainz"),
            Song(artist="B", title="Half a date", year=1999, id="3", source="MusicBrainz"),
        )


async def test_it_says_who_asks_and_for_what() -> None:
    async with listening(contact="me@example.org\r\nX-Evil: 1") as (songs, brainz):
        await songs.search(wanted("daft punk - one more time"))
        (request,) = brainz.asked
        assert request.headers["User-Agent"].startswith("KissBot/")
        assert request.headers["User-Agent"].endswith(" ( me@example.org X-Evil: 1 )")
        assert "X-Evil" not in request.headers
        assert request.query["fmt"] == "json"
        assert request.query["query"] == lucene(wanted("daft punk - one more time"))


async def test_without_a_contact_nobody_is_asked() -> None:
    async with listening(contact=" ") as (songs, brainz):
        with pytest.raises(Unavailable, match=r"music\.contact"):
            await songs.search(wanted("x"))
        assert brainz.asked == []


async def test_who_asks_the_same_at_the_same_time_shares_one_request() -> None:
    async with listening() as (songs, brainz):
        found = await asyncio.gather(*(songs.search(wanted("one more time")) for _ in range(200)))
        assert {songs[0] for songs in found} == {ONE}
        assert len(brainz.asked) == 1


async def test_whoever_stops_waiting_spoils_nothing_for_the_others() -> None:
    async with listening() as (songs, brainz):
        first = asyncio.create_task(songs.search(wanted("one more time")))
        second = asyncio.create_task(songs.search(wanted("one more time")))
        await asyncio.sleep(0)
        first.cancel()
        assert (await second)[0] == ONE
        assert len(brainz.asked) == 1


async def test_different_questions_take_their_turns() -> None:
    async with listening() as (songs, brainz):
        before = time.monotonic()
        await asyncio.gather(*(songs.search(wanted(word)) for word in ("one", "two", "three")))
        assert len(brainz.asked) == 3
        assert time.monotonic() - before >= 2


async def test_who_would_wait_for_too_long_is_told_so() -> None:
    async with listening() as (songs, brainz):
        questions = (songs.search(wanted(f"w{number}")) for number in range(12))
        with capture_logs():
            found = await asyncio.gather(*questions, return_exceptions=True)
        late = [one for one in found if isinstance(one, Unavailable)]
        assert len(brainz.asked) <= WITHIN + 1
        assert len(late) == 12 - len(brainz.asked)


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (says(500), "unwell: HTTP 500"),
        (says(404, {"error": "Not Found"}), "refused: HTTP 404"),
        (says(302, Location="https://example.org"), "refused: HTTP 302"),
        (says(503, {"error": "rate limited"}, Retry_After="1"), "unwell: HTTP 503"),
        (says(200, b"<html>maintenance</html>"), "unclear: not what is documented"),
        (says(200, b"\xff\xff"), "unclear: not what is documented"),
        (says(200, b'{"recordings":[{"id":1}]}'), "unclear: not what is documented"),
        (says(200, b" " * (LARGEST + 1)), "unclear: more than"),
    ],
)
async def test_a_fault_is_told_in_a_sentence_and_logged(answer: Answer, why: str) -> None:
    async with listening(answer, says()) as (songs, _):
        with capture_logs() as logged, pytest.raises(Unavailable, match="does not answer"):
            await songs.search(wanted("one"))
        assert [entry["event"] for entry in logged] == ["musicbrainz_failed"]
        assert logged[0]["why"].startswith(why)
        assert (await songs.search(wanted("one")))[0] == ONE, "and the next one is well"


async def test_a_server_that_asks_for_a_pause_gets_it() -> None:
    async with listening(says(503, b"", Retry_After="60"), says()) as (songs, brainz):
        with capture_logs():
            for _ in range(2):
                with pytest.raises(Unavailable):
                    await songs.search(wanted("one"))
        assert len(brainz.asked) == 1


async def test_a_server_that_hangs_is_given_up(jump: Callable[[float], None]) -> None:
    async with listening(hangs) as (songs, brainz):
        with capture_logs() as logged:
            asking = asyncio.create_task(songs.search(wanted("one")))
            while not brainz.asked:
                await asyncio.sleep(0.005)
            jump(WITHIN)
            with pytest.raises(Unavailable):
                await asking
        assert logged[0]["why"] == "TimeoutError"


async def test_a_server_that_hangs_up() -> None:
    async with listening(hangs_up) as (songs, _):
        with capture_logs() as logged, pytest.raises(Unavailable):
            await songs.search(wanted("one"))
        assert logged[0]["why"] == "unreachable: ServerDisconnectedError"


async def test_a_server_that_is_not_there() -> None:
    async with aiohttp.ClientSession() as http, Tasks() as tasks:
        songs = MusicBrainz(http, "http://127.0.0.1:1", "me", MemoryNotes(time), tasks)
        with capture_logs(), pytest.raises(Unavailable):
            await songs.search(wanted("one"))


@pytest.mark.parametrize(
    ("typed", "query"),
    [
        ("one more", "recording:(one more) OR artist:(one more)"),
        ("a - b", "(artist:(a) AND recording:(b)) OR (artist:(b) AND recording:(a))"),
        ("AC/DC", r"recording:(AC\/DC) OR artist:(AC\/DC)"),
        ('x") OR artist:(*', r"recording:(x\"\) or artist\:\(\*) OR artist:(x\"\) or artist\:\(\*)"),
        ("a && b || c", r"recording:(a \&\& b \|\| c) OR artist:(a \&\& b \|\| c)"),
        ("NOT me AND you TO", "recording:(not me and you to) OR artist:(not me and you to)"),
        ("a\\", r"recording:(a\\) OR artist:(a\\)"),
        ("[1 TO 2]^5~", r"recording:(\[1 to 2\]\^5\~) OR artist:(\[1 to 2\]\^5\~)"),
    ],
)
def test_what_viewers_type_means_nothing_to_lucene(typed: str, query: str) -> None:
    assert lucene(wanted(typed)) == query
