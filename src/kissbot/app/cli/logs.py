"""kissbot logs: what the bot printed."""

import re
import time
from contextlib import suppress
from pathlib import Path

import click

from kissbot.app.cli import CONFIG, Failure, home


@click.command()
@CONFIG
@click.argument("name", required=False)
@click.option("--follow", "-f", is_flag=True, help="Go on, until Ctrl-C.")
@click.option("--lines", "-n", default=50, show_default=True, help="So many lines from its end.")
def command(config: Path | None, name: str | None, follow: bool, lines: int) -> None:
    """Show what the bot printed, or what is logged of the channel NAME."""
    from kissbot.app.supervisor.place import Place
    from kissbot.app.supervisor.reading import Tail

    if name and not re.fullmatch(r"[#@]?\w[\w-]*", name):
        raise Failure(f"{name!r} is no name of a channel.")
    file = f"{name.lower().lstrip('#@')}.log" if name else "kissbot.out"
    path = Place(home(config)).logs / file
    tail = Tail(path)
    if not follow and not path.exists():
        raise Failure(f"there is no {path}. Was the bot started in the background (./kissbot.sh start)?")
    click.echo(tail.last(lines), nl=False)
    with suppress(KeyboardInterrupt):
        while follow:
            time.sleep(0.2)
            click.echo(tail.new(), nl=False)
