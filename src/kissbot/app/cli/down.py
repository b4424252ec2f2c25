"""kissbot down: stop what `kissbot up` started."""

import asyncio
from pathlib import Path

import click

from kissbot.app.cli import CONFIG, home


@click.command()
@CONFIG
def command(config: Path | None) -> None:
    """Stop the bot that `kissbot up` looks after, and nothing else.

    It gets ten seconds to end what it is at. That none runs is no error.
    """
    from kissbot.app.supervisor.background import stop
    from kissbot.app.supervisor.place import Place

    click.echo(asyncio.run(stop(Place(home(config)))))
