"""kissbot key: the key that the logins are encrypted with."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kissbot.app.cli import CONFIG, read_settings, run_until_stopped

if TYPE_CHECKING:
    from kissbot.app.logins.keys import KeyPlace
    from kissbot.app.settings import Settings
    from kissbot.storage.engine import Database


@click.group()
def command() -> None:
    """Look after the key that the logins are encrypted with."""


@command.command()
@CONFIG
def show(config: Path | None) -> None:
    """Say which key it is, where it is, and how many logins it encrypts. Never the key itself."""
    run_until_stopped(_show(read_settings(config)))


@command.command()
@CONFIG
def rotate(config: Path | None) -> None:
    """Encrypt every login with a new key, and forget the old one. The bot may go on running."""
    run_until_stopped(_rotate(read_settings(config)))


@command.command()
@CONFIG
@click.option("--yes", is_flag=True, help="Do not ask.")
def new(config: Path | None, yes: bool) -> None:
    """Begin with a new key, when the old one is lost. Every account must log in again."""
    settings = read_settings(config)
    if not yes:
        click.confirm("Is the old key lost for good? Every account will have to log in again", abort=True)
    run_until_stopped(_new(settings))


async def _show(settings: "Settings") -> None:
    from kissbot.app.logins.keys import fitting
    from kissbot.storage.logins import held
    from kissbot.storage.vault import fingerprint

    async with _opened(settings) as (place, database):
        wants = await held(database)
        keys = [fingerprint(key) for key in fitting(place, wants)]
    if not keys:
        click.echo("There is no key yet: it is made when the bot starts, or when somebody logs in.")
        return
    current = wants.fingerprint if wants.logins else keys[0]
    click.echo(f"The key {current} is in {place.name} and encrypts {_count(wants.logins)}.")
    if others := [key for key in keys if key != current]:
        click.echo(f"Beside it: {', '.join(others)}. `kissbot key rotate` ends with one key.")
    click.echo("Keep a copy of it in another place: without it the logins are lost.")


async def _rotate(settings: "Settings") -> None:
    from kissbot.app.logins.keys import rotate

    async with _opened(settings) as (place, database):
        done = await rotate(place, database)
        await _note(database, done.before, done.after)
    click.echo(f"The key {done.after} in {place.name} is new, and encrypts {_count(done.logins)}.")
    if done.unreadable:
        click.echo(f"No key opens {', '.join(done.unreadable)}: left as it was; log in again.")
    if not place.ours:
        click.echo(f"Take the old key {done.before} out of {place.name}, and start the bot again.")
    click.echo("Keep a copy of the new key. Backups from before want the old one.")


async def _new(settings: "Settings") -> None:
    from kissbot.app.logins.keys import begin_anew

    async with _opened(settings) as (place, database):
        key = await begin_anew(place, database)
        await _note(database, "", key)
    click.echo(f"The key is now {key} in {place.name}. Every account must log in again: kissbot logins")
    click.echo("If the old key turns up, put it below the new one, and run: kissbot key rotate")


@asynccontextmanager
async def _opened(settings: "Settings") -> AsyncIterator[tuple["KeyPlace", "Database"]]:
    from kissbot.app.logins.keys import key_place
    from kissbot.storage.open import open_database

    async with open_database(settings.storage.database, create=False) as database:
        yield key_place(settings.storage), database


async def _note(database: "Database", before: str, after: str) -> None:
    from kissbot.chat.audit import OPERATOR
    from kissbot.storage.audit import SqlAudit

    await SqlAudit(database, time).note(OPERATOR, "key", before=before, after=after)


def _count(logins: int) -> str:
    return "1 login" if logins == 1 else f"{logins} logins"
