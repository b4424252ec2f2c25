"""kissbot audit: who changed what."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from kissbot.app.cli import CONFIG, read_settings, run_until_stopped

if TYPE_CHECKING:
    from kissbot.app.settings import Settings


@click.command()
@CONFIG
@click.argument("channel", required=False, default="")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1), help="How many.")
@click.option("--json", "as_json", is_flag=True, help="Print them as JSON.")
def command(config: Path | None, channel: str, limit: int, as_json: bool) -> None:
    """Show the latest changes, newest first: of a CHANNEL, or of all."""
    run_until_stopped(_audit(read_settings(config), channel, limit, as_json))


async def _audit(settings: "Settings", channel: str, limit: int, as_json: bool) -> None:
    import msgspec

    from kissbot.app.choosing import in_words, login_of
    from kissbot.app.store import open_store

    login = login_of(channel) if channel else ""
    async with open_store(settings) as store:
        records = await store.audit.latest(login, limit)
    if as_json:
        click.echo(msgspec.json.encode(records).decode())
    elif not records:
        click.echo("Nobody changed anything yet.")
    for record in () if as_json else records:
        click.echo(in_words(record))
