"""What every kind of `Book` promises. Fixtures: `book`, and the `audit` it notes its changes in."""

import asyncio
from collections.abc import Callable, Iterable

import pytest

from kissbot.chat.audit import OPERATOR, Actor, Audit, Record
from kissbot.chat.book import Book, Entry
from kissbot.chat.changes import Change, Place, read_change
from kissbot.chat.channels import ChannelSettings, Choices
from kissbot.chat.commands import Command, Commands, Invocation, Reply

VERA = Actor("chat", "id-vera", "vera")
NAMES = [f"c{number}" for number in range(10)]


async def _answer(asked: Invocation) -> Reply:
    """Answers."""
    return "done"


def wish(words: str, channel: str = "ada") -> Change:
    """A change, of a bot with ten commands."""
    commands = Commands(Command(_answer, (name,), feature="ten") for name in NAMES)
    return read_change(words.split(), Place(channel, ChannelSettings(), commands))


def fragile(choose: Callable[[Choices], Choices]) -> Change:
    """A change that may fail half-way."""
    return Change("test", choose, lambda settings: settings.language, ChannelSettings())


async def entry(book: Book, channel: str = "ada") -> Entry:
    """What is kept of a channel."""
    return (await book.since())[1].get(channel, Entry())


def lines(records: Iterable[Record]) -> list[tuple[str, ...]]:
    """Audit records without their times."""
    return [(r.by.name, r.channel, r.what, r.before, r.after) for r in records]


class BookContract:
    """Changes are kept, noted and numbered together, and none of them is lost."""

    async def test_it_is_empty_at_first(self, book: Book) -> None:
        assert await book.since() == (0, {})

    async def test_a_change_is_kept(self, book: Book) -> None:
        done = await book.change("ada", VERA, wish("set language fr"))
        assert str(done) == "language: en → fr"
        assert done.entry == await entry(book)
        assert done.entry.choices == Choices(language="fr")

    async def test_a_change_is_of_one_channel(self, book: Book) -> None:
        await book.change("ada", VERA, wish("set language fr"))
        assert await entry(book, "bob") == Entry()

    async def test_one_change_after_the_other_adds_up(self, book: Book) -> None:
        for words in (
            "set language fr",
            "set prefix ?",
            "off c1",
            "cooldown c2 7.5",
            "set bots +x -nightbot",
        ):
            await book.change("ada", VERA, wish(words))
        assert (await entry(book)).choices == Choices(
            language="fr",
            prefix="?",
            off=frozenset({"c1"}),
            cooldowns={"c2": 7.5},
            more_bots=frozenset({"x"}),
            not_bots=frozenset({"nightbot"}),
        )

    async def test_each_change_is_noted_with_before_and_after(self, book: Book, audit: Audit) -> None:
        await book.change("ada", VERA, wish("set language fr"))
        await book.change("ada", OPERATOR, wish("reset language"))
        assert lines(await audit.latest()) == [
            ("operator", "ada", "language", "fr", "en"),
            ("vera", "ada", "language", "en", "fr"),
        ]

    async def test_what_changes_nothing_is_not_noted(self, book: Book, audit: Audit) -> None:
        await book.change("ada", VERA, wish("off c1"))
        first = await entry(book)
        done = await book.change("ada", VERA, wish("off c1"))
        assert (done.before, done.after, done.entry) == ("off", "off", first)
        assert len(await audit.latest()) == 1

    async def test_a_change_that_fails_leaves_nothing(self, book: Book, audit: Audit) -> None:
        def fail(choices: Choices) -> Choices:
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            await book.change("ada", VERA, fragile(fail))
        assert await book.since() == (0, {})
        assert await audit.latest() == []

    async def test_changes_at_once_all_hold(self, book: Book, audit: Audit) -> None:
        await asyncio.gather(*(book.change("ada", VERA, wish(f"off {name}")) for name in NAMES))
        assert (await entry(book)).choices.off == frozenset(NAMES)
        assert len(await audit.latest()) == len(NAMES)

    async def test_joining_and_parting_are_kept_and_noted(self, book: Book, audit: Audit) -> None:
        await book.change("ada", VERA, wish("set language fr"))
        assert str(await book.join("ada", OPERATOR)) == "presence: as configured → joined"
        assert (await entry(book)).present is True
        await book.part("ada", OPERATOR)
        assert (await entry(book)).present is False
        assert (await entry(book)).choices == Choices(language="fr")
        assert lines(await audit.latest())[0] == ("operator", "ada", "presence", "joined", "parted")

    async def test_joining_twice_is_joining_once(self, book: Book, audit: Audit) -> None:
        await book.join("ada", OPERATOR)
        first = await entry(book)
        await book.join("ada", OPERATOR)
        assert await entry(book) == first
        assert len(await audit.latest()) == 1

    async def test_a_change_leaves_the_presence_as_it_is(self, book: Book) -> None:
        await book.part("ada", OPERATOR)
        await book.change("ada", VERA, wish("set language fr"))
        await book.change("ada", VERA, wish("reset all"))
        assert (await entry(book)).present is False

    async def test_since_tells_what_is_newer(self, book: Book) -> None:
        await book.change("ada", VERA, wish("set language fr"))
        reached, _ = await book.since()
        assert await book.since(reached) == (reached, {})
        await book.change("bob", VERA, wish("set language es", "bob"))
        await book.join("cleo", OPERATOR)
        later, entries = await book.since(reached)
        assert set(entries) == {"bob", "cleo"}
        assert later > reached
        assert await book.since(later) == (later, {})

    async def test_every_revision_is_higher_than_all_before(self, book: Book) -> None:
        done = [await book.change(name, VERA, wish("set prefix ?", name)) for name in ("ada", "bob", "ada")]
        numbers = [change.entry.revision for change in done if change.entry.revision]
        assert numbers == sorted(set(numbers)) + numbers[-1:]  # the third changed nothing

    async def test_who_follows_misses_nothing_while_many_write(self, book: Book) -> None:
        seen: set[str] = set()

        async def follow() -> None:
            revision = 0
            while len(seen) < len(NAMES):
                revision, entries = await book.since(revision)
                seen.update(entries)
                await asyncio.sleep(0)

        async with asyncio.timeout(20), asyncio.TaskGroup() as tasks:
            tasks.create_task(follow())
            for name in NAMES:
                tasks.create_task(book.change(name, VERA, wish("set language fr", name)))
        assert seen == set(NAMES)
