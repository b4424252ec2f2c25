"""kissbot console: a chat room in the terminal."""

import sys
from collections.abc import Iterable
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
    settings = read_settings(config)
    # A reader of its own, never closed: Python cannot end while a thread holds the lock of sys.stdin.
    typed = open(sys.stdin.fileno(), encoding="utf-8", errors="replace", closefd=False)  # noqa: SIM115
    run_until_stopped(_run(settings, typed))


async def _run(settings: "Settings", typed: Iterable[str]) -> None:
    from kissbot.app.wiring import console_bot

    async with console_bot(settings, typed) as console:
        await console.run()
