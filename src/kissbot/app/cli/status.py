"""kissbot status: how the bot is."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from kissbot.app.cli import CONFIG, home, read_settings, run_until_stopped

if TYPE_CHECKING:
    from kissbot.app.settings import Settings
    from kissbot.app.supervisor.overview import Overview
    from kissbot.app.supervisor.place import Place, ProcessState


@click.command()
@CONFIG
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
def command(config: Path | None, as_json: bool) -> None:
    """Show the bot's processes and channels.

    Ends with 0 when every process is ready, with 3 when none runs, and with 1 when one is not ready.
    """
    from kissbot.app.supervisor.place import Place

    run_until_stopped(_status(read_settings(config), Place(home(config)), as_json))


async def _status(settings: "Settings", place: "Place", as_json: bool) -> None:
    import msgspec

    from kissbot.app.supervisor.overview import overview

    found = await overview(settings, place)
    if as_json:
        click.echo(msgspec.json.encode(found).decode())
    else:
        _show(found)
    if not found.runs:
        raise click.exceptions.Exit(1 if found.processes else 3)


def _show(found: "Overview") -> None:
    from kissbot.chat.evidence import spell

    if not found.processes:
        click.echo("KissBot is not running. Start it: ./kissbot.sh start")
    else:
        row = "{:<10} {:<9} {:>8} {:>12} {:>9} {:>9} {:>9} {:>9}"
        columns = ("PROCESS", "STATE", "PID", "UPTIME", "MEMORY", "MESSAGES", "ANSWERS", "RESTARTS")
        click.echo(row.format(*columns))
        for process in found.processes:
            click.echo(row.format(*_cells(process, found.now)))
            if process.why and process.state != "stopped":
                click.echo(f"{'':<10} └ last fell: {process.why}")
    if found.channels:
        click.echo("\nCHANNEL                   STATE     LAST EVENT")
    for channel in found.channels:
        event = "–" if channel.heard_at is None else f"{spell(found.now - channel.heard_at)} ago"
        why = f"  {channel.why}" if channel.why else ""
        click.echo(f"{channel.channel:<25} {channel.state:<9} {event}{why}")
    if found.trouble:
        click.echo(f"\nNothing can be told of the channels: {found.trouble}")


def _cells(process: "ProcessState", now: float) -> tuple[str, ...]:
    from kissbot.chat.evidence import spell

    runs = bool(process.pid)
    return (
        process.name,
        process.state,
        str(process.pid) if runs else "–",
        spell(now - process.since) if runs else "–",
        f"{process.memory_mb:.0f} MB" if runs else "–",
        f"{process.lines:,}",
        f"{process.answered:,}",
        str(process.restarts),
    )
