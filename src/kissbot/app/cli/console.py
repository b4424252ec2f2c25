"""kissbot console: a chat room in the terminal."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from kissbot.app.cli import CONFIG, read_settings, run_until_stopped

if TYPE_CHECKING:
    from kissbot.app.settings import Settings


@click.command()
@CONFIG
def command(config: Path | None) -> None:
    """Chat with the bot here in the terminal, without any Twitch. Piped input works too."""
    run_until_stopped(_run(read_settings(config)))


async def _run(settings: "Settings") -> None:
    from kissbot.app.wiring import console_bot

    async with console_bot(settings) as console:
        await console.run()
