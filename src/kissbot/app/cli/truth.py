"""kissbot truth: what moderators have confirmed, out of this bot and into another."""

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kissbot.app.cli import CONFIG, Failure, read_settings, run_until_stopped

if TYPE_CHECKING:
    from kissbot.app.settings import Settings


@click.group()
def command() -> None:
    """What names stand for, by the word of moderators: take it along, or take it over."""


@command.command()
@CONFIG
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False), required=False)
@click.option("--force", is_flag=True, help="Overwrite FILE.")
def export(config: Path | None, file: Path | None, force: bool) -> None:
    """Write everything that is confirmed to FILE, or to standard output: who, when, in which channel."""
    run_until_stopped(_export(read_settings(config), file, force))


@command.command(name="import")
@CONFIG
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, allow_dash=True))
@click.option("--dry-run", is_flag=True, help="Only say how much would be added.")
def from_file(config: Path | None, file: Path, dry_run: bool) -> None:
    """Add what `kissbot truth export` wrote to FILE (- is standard input); nothing here is changed by it."""
    try:
        content = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    except OSError as error:
        raise Failure(
            f"{file}: cannot be read: {error.strerror}. Name a file of `kissbot truth export`."
        ) from None
    run_until_stopped(_import(read_settings(config), str(file), content, dry_run))


async def _export(settings: "Settings", file: Path | None, force: bool) -> None:
    from kissbot.app.backups.backup import writing_to
    from kissbot.app.files import create_file, replace_file
    from kissbot.storage.open import open_database
    from kissbot.storage.truth_exchange import export_truth

    async with open_database(settings.storage.database, create=False) as database:
        content = await export_truth(database)
    if file is None:
        click.echo(content, nl=False)
        return
    with writing_to(file):
        (replace_file if force else create_file)(file, content)


async def _import(settings: "Settings", name: str, content: bytes, dry_run: bool) -> None:
    from kissbot.knowledge.games.domain import GAME
    from kissbot.knowledge.games.game import Game
    from kissbot.knowledge.music import MUSIC, Song
    from kissbot.storage.exchange import BadExport
    from kissbot.storage.open import open_database
    from kissbot.storage.truth_exchange import import_truth

    kinds: dict[str, type] = {GAME: Game, MUSIC: Song}
    async with open_database(settings.storage.database) as database:
        try:
            added = await import_truth(database, time, content, kinds, dry_run=dry_run)
        except BadExport as error:
            raise Failure(f"{name}: {error}") from None
    if not added:
        click.echo("There is nothing to add.")
    elif dry_run:
        click.echo(f"{added} would be added. This was a dry run; nothing was changed.")
    else:
        click.echo(f"Added: {added}. Every running bot knows them from now on.")
