"""kissbot channel: what holds in a channel, and how to change it."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from kissbot.app.cli import CONFIG, Failure, read_settings, run_until_stopped

if TYPE_CHECKING:
    from kissbot.app.settings import Settings
    from kissbot.app.store import Store

SHOWN_CHANGES = 10


@click.command(context_settings={"allow_interspersed_args": False})
@CONFIG
@click.argument("name")
@click.argument("words", nargs=-1)
def command(config: Path | None, name: str, words: tuple[str, ...]) -> None:
    """Show what holds in the channel NAME and the last changes, or change it.

    \b
    kissbot channel ada set language fr             en, fr, es or de
    kissbot channel ada set prefix ?
    kissbot channel ada set reply mention           or thread
    kissbot channel ada set greeting on             or off
    kissbot channel ada set bots +robby -nightbot   ignore the one, listen to the other
    kissbot channel ada off gi                      a command or a feature
    kissbot channel ada on gi
    kissbot channel ada cooldown gi 5               seconds, or default
    kissbot channel ada reset language              back to config.yaml; `reset all` for everything

    A running bot notices within a second.
    """
    if any(word.startswith("--") for word in words):
        raise click.UsageError("Options come before the name of the channel.")
    run_until_stopped(_channel(read_settings(config), name, words))


async def _channel(settings: "Settings", name: str, words: tuple[str, ...]) -> None:
    from kissbot.app.choosing import login_of
    from kissbot.app.store import open_store

    login = login_of(name)
    async with open_store(settings) as store:
        await (_change(settings, store, login, words) if words else _show(settings, store, login))


async def _change(settings: "Settings", store: "Store", login: str, words: tuple[str, ...]) -> None:
    from kissbot.app.choosing import configured, is_wanted
    from kissbot.chat.audit import OPERATOR
    from kissbot.chat.changes import Place, read_change
    from kissbot.chat.commands import Commands
    from kissbot.features import find_features

    commands = Commands(command for feature in find_features() for command in feature.commands)
    in_configuration = configured(settings)
    below = in_configuration.get(login, settings.for_all())
    done = await store.book.change(login, OPERATOR, read_change(words, Place(login, below, commands)))
    click.echo(
        f"{login}: {done}" if done.before != done.after else f"{login}: {done.what} is {done.after} already"
    )
    if not is_wanted(done.entry, login in in_configuration):
        click.echo(f"The bot is not wanted there; to change that: kissbot join {login}")


async def _show(settings: "Settings", store: "Store", login: str) -> None:
    from kissbot.app.choosing import configured, entry_of, in_words, is_wanted
    from kissbot.chat.holding import SHOWN, chosen

    in_configuration = configured(settings)
    entry = await entry_of(store.book, login)
    holds = entry.choices.over(in_configuration.get(login, settings.for_all()))
    wanted = is_wanted(entry, login in in_configuration)
    click.echo(f"{login}: the bot is {'' if wanted else 'not '}wanted there")
    for key, shown in SHOWN.items():
        whose = "chosen" if key in chosen(entry.choices) else "config.yaml"
        click.echo(f"  {key:<10} {whose:<12} {shown(holds)}")
    for record in await store.audit.latest(login, SHOWN_CHANGES):
        click.echo(f"  {in_words(record)}")
    if entry.unreadable:
        remedy = f"`kissbot channel {login} reset all` begins anew"
        raise Failure(f"what was chosen cannot be read; {remedy}: {entry.unreadable}")
