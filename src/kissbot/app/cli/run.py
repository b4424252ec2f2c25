"""kissbot run: the bot on Twitch."""

import asyncio
import gc
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kissbot.app.cli import CONFIG, Failure, config_file, read_settings, run_until_stopped

if TYPE_CHECKING:
    from collections.abc import Callable

    from kissbot.app.settings import Settings


@click.command()
@CONFIG
@click.option(
    "--summary",
    type=click.Path(path_type=Path, dir_okay=False),
    help="When the bot stops, write what it did to this file, as JSON.",
)
@click.option("--attached", is_flag=True, help="Stop when standard input ends, for a parent process.")
def command(config: Path | None, summary: Path | None, attached: bool) -> None:
    """Run the bot: one process, all channels."""
    gc.disable()  # hardly anything made at the start is garbage, and looking for it takes a while
    if attached:
        from kissbot.app.loop import stop_with_parent

        stop_with_parent()
    run_until_stopped(_run(read_settings(config), config_file(config), summary))


async def _run(settings: "Settings", config: Path | None, summary: Path | None) -> None:
    import msgspec

    from kissbot.app.lifeline import lifeline
    from kissbot.app.wiring import twitch_bot
    from kissbot.chat.tally import Tally

    tally = Tally(time.time())
    try:
        async with lifeline(tally) as is_ready, twitch_bot(settings, tally, config) as bot:
            _keep_what_is_there()
            bot.background.start(_once(bot.listener.ready, is_ready), "readiness")
            names = ", ".join(channel.login for channel in bot.listener.channels) or "no channel yet"
            click.echo(f"KissBot is starting as {settings.bot.name} in: {names}")
            await bot.run()
    finally:
        if summary:
            await asyncio.to_thread(_write, summary, msgspec.json.encode(tally))


async def _once(event: asyncio.Event, tell: "Callable[[], None]") -> None:
    await event.wait()
    tell()


def _keep_what_is_there() -> None:
    """Collect garbage from now on, but never look again at what was made at the start: that is a pause."""
    gc.enable()
    gc.collect()
    gc.freeze()


def _write(summary: Path, content: bytes) -> None:
    try:
        summary.write_bytes(content)
    except OSError as error:
        raise Failure(f"the summary could not be written to {summary}: {error.strerror}") from None
