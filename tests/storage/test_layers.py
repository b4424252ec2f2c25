"""The configuration, and over it what was chosen: by this process or by another."""

import asyncio

import pytest

from kissbot.chat.audit import OPERATOR
from kissbot.chat.book import Entry
from kissbot.chat.changes import Change, Place, read_change
from kissbot.chat.channels import Channels, ChannelSettings
from kissbot.chat.commands import Commands
from kissbot.chat.messages import Channel
from kissbot.storage.layers import Layers
from kissbot.storage.memory_book import MemoryAudit, MemoryBook
from kissbot.testing.clock import ManualClock, settle

ADA = Channel("1", "ada")
CONFIGURED = {"ada": ChannelSettings(prefix="?"), "bob": ChannelSettings()}


class SlowBook(MemoryBook):
    """Is read at once, and heard of when `arrive` is set."""

    def __init__(self) -> None:
        super().__init__(MemoryAudit(ManualClock()))
        self.arrive = asyncio.Event()
        self.arrive.set()

    async def since(self, revision: int = 0) -> tuple[int, dict[str, Entry]]:
        read = await super().since(revision)
        await self.arrive.wait()
        return read


@pytest.fixture
def book() -> SlowBook:
    return SlowBook()


@pytest.fixture
def channels() -> Channels:
    return Channels()


@pytest.fixture
def layers(channels: Channels, book: SlowBook) -> Layers:
    return Layers(channels, CONFIGURED, book)


def wish(layers: Layers, words: str) -> Change:
    return read_change(words.split(), Place("ada", layers.below("ada"), Commands(())))


async def test_what_was_chosen_lies_over_the_configuration(
    channels: Channels, book: SlowBook, layers: Layers
) -> None:
    await book.change("ada", OPERATOR, wish(layers, "set language fr"))
    await layers.load()
    assert channels.of(ADA) == ChannelSettings(prefix="?", language="fr")
    assert channels.of(Channel("2", "bob")) == channels.of(Channel("3", "cleo")) == channels.default


async def test_our_own_change_holds_at_once(channels: Channels, layers: Layers) -> None:
    await layers.load()
    await layers.change("ada", OPERATOR, wish(layers, "set language fr"))
    assert channels.of(ADA).language == "fr"


async def test_what_another_process_changed_holds_after_following(
    channels: Channels, book: SlowBook, layers: Layers
) -> None:
    await layers.load()
    await book.change("ada", OPERATOR, wish(layers, "set language fr"))
    assert channels.of(ADA).language == "en"
    assert await layers.follow() == {}
    assert channels.of(ADA).language == "fr"


async def test_an_older_reading_does_not_undo_a_newer_change(
    channels: Channels, book: SlowBook, layers: Layers
) -> None:
    await layers.load()
    await book.change("ada", OPERATOR, wish(layers, "set language fr"))
    book.arrive.clear()
    following = asyncio.create_task(layers.follow())
    await settle()
    await layers.change("ada", OPERATOR, wish(layers, "set language es"))
    book.arrive.set()
    await following
    assert channels.of(ADA).language == "es"


async def test_joins_and_parts_are_told_once(book: SlowBook, layers: Layers) -> None:
    await layers.load()
    assert layers.wanted() == ["ada", "bob"]
    await book.join("cleo", OPERATOR)
    await book.join("bob", OPERATOR)  # is there already
    assert await layers.follow() == {"cleo": True}
    await book.part("ada", OPERATOR)
    assert await layers.follow() == {"ada": False}
    assert await layers.follow() == {}
    assert layers.wanted() == ["bob", "cleo"]


async def test_a_change_of_ours_does_not_hide_the_parting_before_it(book: SlowBook, layers: Layers) -> None:
    await layers.load()
    await book.part("ada", OPERATOR)
    await layers.change("ada", OPERATOR, wish(layers, "set language fr"))
    assert await layers.follow() == {"ada": False}


async def test_what_was_parted_before_the_start_is_not_wanted(book: SlowBook, layers: Layers) -> None:
    await book.part("ada", OPERATOR)
    await layers.load()
    assert layers.wanted() == ["bob"]
    assert await layers.follow() == {}
