"""What the operator's commands about channels have in common."""

from datetime import UTC, datetime

from kissbot.app.cli import Failure
from kissbot.app.settings import Settings
from kissbot.chat.audit import OPERATOR, Record
from kissbot.chat.book import Book, Entry
from kissbot.chat.changes import LOGIN
from kissbot.chat.channels import ChannelSettings


def configured(settings: Settings) -> dict[str, ChannelSettings]:
    """The channels of the configuration, with what it says for each of them."""
    for_all = settings.for_all()
    return {choice.name: choice.over(for_all) for choice in settings.channel_choices()}


def login_of(name: str) -> str:
    """A channel's name as Twitch spells it. Raises `Failure`."""
    login = name.lower().lstrip("#@")
    if not LOGIN.fullmatch(login):
        raise Failure(f"{name!r} is no Twitch login (a-z, 0-9 and _, at most 25).")
    return login


async def entry_of(book: Book, channel: str) -> Entry:
    """What is kept of a channel."""
    _, entries = await book.since()
    return entries.get(channel, Entry())


def is_wanted(entry: Entry, in_configuration: bool) -> bool:
    """Whether the bot is to be in a channel."""
    return in_configuration if entry.present is None else entry.present


def in_words(record: Record) -> str:
    """`2026-03-01 20:15:00  ada  vera (chat)  language: en → fr`"""
    at = datetime.fromtimestamp(record.at, UTC).astimezone().strftime("%Y-%m-%d %H:%M:%S")
    who = f"{record.by.name} ({record.by.origin})"
    change = (
        f"{record.what}: {record.before} → {record.after}"
        if record.before
        else f"{record.what} {record.after}"
    )
    return "  ".join(part for part in (at, record.channel, who, change.rstrip()) if part)


async def move(settings: Settings, name: str, *, present: bool) -> str:
    """Have the bot join or part a channel; what to tell. Raises `Failure`."""
    from kissbot.app.store import open_store

    login = login_of(name)
    async with open_store(settings) as store:
        entry = await entry_of(store.book, login)
        if is_wanted(entry, login in configured(settings)) is present:
            return f"{login}: the bot is {'' if present else 'not '}wanted there already"
        done = await (store.book.join if present else store.book.part)(login, OPERATOR)
    return f"{login}: {done}"
