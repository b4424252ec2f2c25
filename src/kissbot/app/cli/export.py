"""kissbot export: what channels chose, as JSON."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kissbot.app.cli import CONFIG, read_settings

if TYPE_CHECKING:
    from kissbot.app.settings import Settings


@click.command()
@CONFIG
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False), required=False)
@click.option("--audit", is_flag=True, help="Who changed what, too.")
@click.option("--force", is_flag=True, help="Overwrite FILE.")
def command(config: Path | None, file: Path | None, audit: bool, force: bool) -> None:
    """Write what each channel chose at run time to FILE, or to standard output, for `kissbot import`.

    There is no secret in it: no login, no key.
    """

    content = asyncio.run(_export(read_settings(config), audit))
    if file:
        _write(file, content, force)
    else:
        click.echo(content, nl=False)


async def _export(settings: "Settings", audit: bool) -> bytes:
    from kissbot.storage.exchange import export_json
    from kissbot.storage.open import open_database

    async with open_database(settings.storage.database, create=False) as database:
        return await export_json(database, audit=audit)


def _write(file: Path, content: bytes, force: bool) -> None:
    from kissbot.app.backups.backup import writing_to
    from kissbot.app.files import create_file, replace_file

    with writing_to(file):
        (replace_file if force else create_file)(file, content)
