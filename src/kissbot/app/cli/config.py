"""kissbot config: is the configuration right?"""

from pathlib import Path

import click

from kissbot.app.cli import CONFIG, read_settings


@click.group()
def command() -> None:
    """Look at the configuration."""


@command.command()
@CONFIG
def check(config: Path | None) -> None:
    """Say whether the configuration is right, and if not, what to mend where."""
    settings = read_settings(config)
    channels = [choice.name for choice in settings.channel_choices()]
    click.echo(f"OK: bot {settings.bot.name}, channels: {', '.join(channels) or 'none yet'}")
