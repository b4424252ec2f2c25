"""kissbot restore: a bot from a backup."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kissbot.app.cli import CONFIG

if TYPE_CHECKING:
    from kissbot.app.backups.restore import Restored


@click.command()
@CONFIG
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="Replace what is there; it is kept beside it.")
@click.option("--keep-config", is_flag=True, help="Leave config.yaml as it is, with --force, too.")
def command(config: Path | None, file: Path, force: bool, keep_config: bool) -> None:
    """Restore what `kissbot backup` wrote, or a copy of the database such as kissbot.db.good.

    The database goes where the configuration says, SQLite or PostgreSQL. The configuration is restored when
    there is none, or with --force.
    """
    from kissbot.app.backups.restore import restore

    place = config or Path("config.yaml")
    restored = asyncio.run(restore(file, place, now=time.time(), force=force, keep_config=keep_config))
    for line in _told(restored):
        click.echo(line)
    for line in _wanting(restored):
        click.echo(line, err=True)


def _told(restored: "Restored") -> Iterator[str]:
    from kissbot.app.backups.archive import counted

    yield f"OK: restored to {restored.place}: {counted(restored.rows)}."
    if restored.config:
        yield f"The configuration is {restored.config}."
    if restored.key:
        yield f"The key is in {restored.key}."
    if restored.kept:
        yield "What was there before is kept: " + ", ".join(str(path) for path in restored.kept)


def _wanting(restored: "Restored") -> Iterator[str]:
    wants = restored.wants
    if restored.running:
        yield f"A bot is running on it ({restored.running}): restart it now."
    if wants.logins and wants.fingerprint not in restored.here:
        here = f"the key here is {restored.here[0]}" if restored.here else "there is no key here"
        yield (
            f"The logins want the key {wants.fingerprint}, but {here}. Put that key in front of it, or log "
            "in again: kissbot login"
        )
    elif wants.logins:
        yield "Should Twitch refuse a login that was renewed since the backup, log in again: kissbot login"
