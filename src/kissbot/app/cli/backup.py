"""kissbot backup: everything in one file."""

import asyncio
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kissbot.app.cli import CONFIG, Failure, read_settings

if TYPE_CHECKING:
    from kissbot.app.backups.archive import Manifest
    from kissbot.app.settings import Settings


@click.command()
@CONFIG
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--with-key", is_flag=True, help="Put the key of the logins into it, too.")
@click.option("--without-secrets", is_flag=True, help="Leave out the logins, and the secrets of config.yaml.")
@click.option("--force", is_flag=True, help="Overwrite FILE.")
def command(config: Path | None, file: Path, with_key: bool, without_secrets: bool, force: bool) -> None:
    """Write the database and the configuration into FILE, while the bot runs.

    The backup is restored aside and compared before this says that all is well. `kissbot restore FILE` makes
    a bot of it again, on SQLite or PostgreSQL.
    """

    if with_key and without_secrets:
        raise Failure("--with-key and --without-secrets exclude each other.")
    settings = read_settings(config)
    config = config or Path("config.yaml")
    manifest = asyncio.run(_back_up(settings, file, config, with_key, without_secrets, force))
    for line in _told(file, manifest, settings):
        click.echo(line)


async def _back_up(
    settings: "Settings", file: Path, config: Path, with_key: bool, without_secrets: bool, force: bool
) -> "Manifest":
    from kissbot.app.backups.backup import make_backup
    from kissbot.app.logins.keys import key_place
    from kissbot.storage.open import open_database

    keys = key_place(settings.storage).read() if with_key else ()
    if with_key and not keys:
        raise Failure(f"there is no key yet in {key_place(settings.storage).name}. Leave out --with-key.")
    async with open_database(settings.storage.database, create=False) as database:
        return await make_backup(
            database,
            file,
            now=time.time(),
            config=config if await asyncio.to_thread(config.exists) else None,
            keys=keys,
            secrets=not without_secrets,
            overwrite=force,
        )


def _told(file: Path, manifest: "Manifest", settings: "Settings") -> list[str]:
    from kissbot.app.backups.archive import CONFIG, KEY, counted
    from kissbot.app.logins.keys import key_place

    parts = [f"the database ({counted(manifest.rows)})"]
    parts += [
        name for part, name in ((CONFIG, "the configuration"), (KEY, "the key")) if part in manifest.parts
    ]
    lines = [f"OK: {file} was restored aside and compared. In it: {', '.join(parts)}."]
    if KEY in manifest.parts:
        lines.append("Whoever has this file can use the logins in it. Keep it as you keep a password.")
    elif manifest.key:
        lines.append(
            f"The logins in it want the key {manifest.key}, which is not in it. "
            f"Keep a copy of {key_place(settings.storage).name} in another place than this file."
        )
    return lines
