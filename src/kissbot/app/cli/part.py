"""kissbot part: have the bot out of a channel."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from kissbot.app.cli import CONFIG, read_settings, run_until_stopped

if TYPE_CHECKING:
    from kissbot.app.settings import Settings


@click.command()
@CONFIG
@click.argument("name")
def command(config: Path | None, name: str) -> None:
    """Have the bot leave a channel. A running bot notices within a second."""
    run_until_stopped(_part(read_settings(config), name))


async def _part(settings: "Settings", name: str) -> None:
    from kissbot.app.choosing import move

    click.echo(await move(settings, name, present=False))
