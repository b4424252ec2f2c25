"""What is remembered, for how long, and what a broken memory costs."""

import pytest
from structlog.testing import capture_logs

from kissbot.knowledge.games.game import Found, Game, NothingClose, Several
from kissbot.providers.games.cache import DAY, MISS, NOT_WHOLE, Cache, lasts
from kissbot.providers.remembering import IN_MEMORY
from kissbot.storage.pages import MemoryPages
from kissbot.storage.trouble import StorageTrouble
from kissbot.testing.clock import START, ManualClock

HADES = Found(Game(name="Hades", year=2020), 0.9)
THIS_YEAR = 2027
"""Of the clock."""


@pytest.mark.parametrize(
    ("year", "days"),
    [(None, 7), (THIS_YEAR + 1, 7), (THIS_YEAR, 7), (THIS_YEAR - 1, 30), (THIS_YEAR - 5, 30), (1993, 180)],
)
def test_the_older_a_game_the_longer_it_is_believed(year: int | None, days: int) -> None:
    assert lasts(Found(Game(name="x", year=year), 1), whole=True, now=START) == days * DAY


def test_what_is_doubtful_or_not_whole_is_not_believed_for_long() -> None:
    assert lasts(NothingClose(), whole=True, now=START) == MISS
    assert lasts(Several(()), whole=True, now=START) == DAY
    for lookup in (HADES, NothingClose(), Several(())):
        assert lasts(lookup, whole=False, now=START) == NOT_WHOLE


async def test_an_answer_comes_back_from_the_database_as_it_was() -> None:
    pages, clock = MemoryPages(), ManualClock()
    Cache(pages, clock).keep_answer("answer:x", HADES, whole=True)
    page = await Cache(pages, clock).answer("answer:x")
    assert page is not None
    assert isinstance(page.value, Found)
    assert (page.value.game.title, page.value.confidence) == ("Hades (2020)", 0.9)


async def test_memory_is_bounded_and_the_database_has_the_rest() -> None:
    pages, clock = MemoryPages(), ManualClock()
    cache = Cache(pages, clock)
    for number in range(IN_MEMORY + 10):
        cache.keep_answer(f"answer:{number}", NothingClose(), whole=True)
    assert await cache.answer("answer:0")
    assert (await cache.figures()).entries == IN_MEMORY + 10


@pytest.mark.parametrize("content", [b"", b"{}", b"nonsense", b'{"type":"Other"}', b"\xff"])
async def test_a_page_that_cannot_be_read_is_none(content: bytes) -> None:
    pages = MemoryPages()
    pages.put("answer:x", content, 1e12)
    with capture_logs() as logged:
        assert await Cache(pages, ManualClock()).answer("answer:x") is None
    assert [entry["event"] for entry in logged] == ["cache_not_read"]


async def test_a_database_in_trouble_is_as_good_as_an_empty_one() -> None:
    class Broken(MemoryPages):
        async def get(self, key: str) -> tuple[bytes, float] | None:
            raise StorageTrouble("the disk is full")

        async def count(self) -> int:
            raise StorageTrouble("the disk is full")

    cache = Cache(Broken(), ManualClock())
    assert await cache.answer("answer:x") is None
    cache.keep_answer("answer:x", HADES, whole=True)
    assert await cache.answer("answer:x")
    assert (await cache.figures()).entries == 1
