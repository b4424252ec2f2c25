"""kissbot channels: where the bot is, and what was chosen there."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from msgspec import Struct

from kissbot.app.cli import CONFIG, read_settings, run_until_stopped

if TYPE_CHECKING:
    from kissbot.app.settings import Settings
    from kissbot.chat.book import Entry
    from kissbot.chat.channels import ChannelSettings


class Row(Struct, kw_only=True):
    """One channel."""

    channel: str
    wanted: bool
    """Whether the bot is to be there."""
    since: str
    """`config.yaml`, or what was said at run time: `joined`, `parted`; empty when neither."""
    chosen: dict[str, Any]
    """At run time."""
    unreadable: str = ""
    """Why that cannot be read."""
    shown: str


@click.command()
@CONFIG
@click.option("--json", "as_json", is_flag=True, help="Print them as JSON.")
def command(config: Path | None, as_json: bool) -> None:
    """List the channels: is the bot wanted there, who says so, and what was chosen at run time."""
    run_until_stopped(_channels(read_settings(config), as_json))


async def _channels(settings: "Settings", as_json: bool) -> None:
    import msgspec

    from kissbot.app.choosing import configured
    from kissbot.app.store import open_store
    from kissbot.chat.book import Entry

    in_configuration, for_all = configured(settings), settings.for_all()
    async with open_store(settings) as store:
        _, entries = await store.book.since()
    names = sorted({*in_configuration, *entries})
    rows = [
        _row(name, entries.get(name, Entry()), in_configuration.get(name, for_all), name in in_configuration)
        for name in names
    ]
    if as_json:
        click.echo(msgspec.json.encode(rows).decode())
    elif not rows:
        click.echo("There are none yet. Begin with: kissbot join NAME")
    for row in () if as_json else rows:
        click.echo(f"{'✓' if row.wanted else '–'} {row.channel:<25} {row.since:<12} {row.shown}".rstrip())


def _row(name: str, entry: "Entry", below: "ChannelSettings", in_configuration: bool) -> Row:
    import msgspec

    from kissbot.app.choosing import is_wanted
    from kissbot.chat.holding import SHOWN, chosen

    holds = entry.choices.over(below)
    words = " · ".join(f"{key}: {SHOWN[key](holds)}" for key in chosen(entry.choices))
    return Row(
        channel=name,
        wanted=is_wanted(entry, in_configuration),
        since={True: "joined", False: "parted", None: "config.yaml" if in_configuration else ""}[
            entry.present
        ],
        chosen=msgspec.to_builtins(entry.choices),
        unreadable=entry.unreadable,
        shown=f"unreadable: kissbot channel {name} reset all" if entry.unreadable else words,
    )
