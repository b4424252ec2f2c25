"""The truth of two processes, and a third domain that is one file."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from kissbot.chat.audit import Actor
from kissbot.chat.channels import Channels
from kissbot.chat.errors import Trouble
from kissbot.chat.messages import Channel, Rank, Viewer
from kissbot.chat.tasks import Tasks
from kissbot.features import find_features
from kissbot.knowledge.truth.domain import Rules
from kissbot.knowledge.truth.records import Confirmation, Shown
from kissbot.knowledge.truth.truth import Truth
from kissbot.storage.memory import MemoryNotes
from kissbot.storage.memory_book import MemoryAudit
from kissbot.storage.memory_truths import MemoryTruths
from kissbot.testing import ManualClock, room

from . import words

ADA = Channel("id-ada", "ada")
MIA = Viewer("id-mia", "mia", "Mia", Rank.MODERATOR)


class Slow(MemoryTruths):
    """Counts how often it is read; a read takes a turn of the loop. It can be out of order."""

    reads = 0
    broken = False

    async def since(self, revision: int = 0) -> tuple[int, list[Confirmation]]:
        if self.broken:
            raise Trouble("the disk is full")
        self.reads += 1
        await asyncio.sleep(0)
        return await super().since(revision)


@asynccontextmanager
async def two() -> AsyncIterator[tuple[Truth, Truth, Slow]]:
    clock = ManualClock()
    kept = Slow(clock, MemoryAudit(clock))
    async with Tasks() as tasks:
        one, other = (
            Truth(kept, MemoryNotes(clock), clock, tasks, Channels(), Rules()) for _ in ("one", "other")
        )
        for truth in (one, other):
            truth.add(words.Words())
        yield one, other, kept


async def confirms(truth: Truth, query: str) -> None:
    shown = await truth.search("WORD", query, ADA)
    assert isinstance(shown, Shown)
    await truth.confirm(shown, shown.options[0], MIA, ADA)


async def test_another_process_knows_at_once_what_was_confirmed_and_what_was_undone() -> None:
    async with two() as (one, other, _):
        assert await other.known("WORD", "kiss", ADA) is None
        await confirms(one, "kiss")
        known = await other.known("WORD", "Kisss", ADA)
        assert known
        assert known.title == "kiss"
        assert await one.undo("kiss", MIA, ADA)
        assert await other.known("WORD", "kiss", ADA) is None
        assert await other.undo("kiss", MIA, ADA) is None


async def test_many_who_ask_at_once_cost_few_reads_and_none_of_them_learns_less() -> None:
    async with two() as (one, other, kept):
        await confirms(one, "kiss")
        kept.reads = 0
        asked = [asyncio.create_task(other.known("WORD", "kiss", ADA)) for _ in range(200)]
        assert all(await asyncio.gather(*asked))
        assert kept.reads <= 2


async def test_whoever_is_cancelled_while_reading_leaves_the_reading_to_others() -> None:
    async with two() as (one, other, _):
        await confirms(one, "kiss")
        first = asyncio.create_task(other.known("WORD", "kiss", ADA))
        await asyncio.sleep(0)
        second = asyncio.create_task(other.known("WORD", "kiss", ADA))
        await asyncio.sleep(0)
        first.cancel()
        assert await second


async def test_a_database_in_trouble_takes_nothing_that_was_known() -> None:
    async with two() as (one, other, kept):
        await confirms(one, "kiss")
        assert await other.known("WORD", "kiss", ADA)
        kept.broken = True
        assert await other.known("WORD", "kiss", ADA)


async def test_what_cannot_be_read_any_more_is_not_known() -> None:
    async with two() as (one, _, kept):
        await confirms(one, "kiss")
        await kept.renew("WORD", "kiss", '{"no":"word"}')
        assert await one.known("WORD", "kiss", ADA) is None


async def test_a_domain_that_nobody_offers_knows_nothing() -> None:
    async with two() as (one, _, kept):
        assert await one.known("OTHER", "kiss", ADA) is None
        assert await one.known("WORD", "kiss" * 100, ADA) is None
        assert await kept.undo(await said(one, kept), Actor("cli"))


async def said(truth: Truth, kept: MemoryTruths) -> Confirmation:
    await confirms(truth, "kiss")
    return (await kept.since())[1][0]


async def test_a_third_domain_is_one_file() -> None:
    async with room(features=(*find_features(), words.feature)) as place:
        assert await place.hears("!qword kiss") == (
            "🔬 Superposition of 'kiss': 1. ⚛️ kiss, 4 letters (conf 1) → !collapse kiss 1"
        )
        told = await place.hears("!collapse kiss 1", viewer="Mia", rank=Rank.MODERATOR)
        assert told == "💥 @Mia collapsed 'kiss' → kiss ✅"
        assert await place.hears("!qword kisss", viewer="other") == "🔒 kiss ✅ confirmed (1)"
        counted = await place.hears("!quantum")
        assert counted
        assert counted.endswith(" · WORD: 1 items, 0 superpositions, 100% verified")
        assert await place.hears("!decoherence", viewer="Mia", rank=Rank.MODERATOR) == (
            "🌀 Candidates removed: GAME 0 · MUSIC 0 · WORD 0"
        )
