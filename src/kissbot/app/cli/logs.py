"""kissbot logs: what the bot printed."""

import re
import time
from contextlib import suppress
from pathlib import Path

import click

from kissbot.app.cli import CONFIG, Failure, home


@click.command()
@CONFIG
@click.argument("name", default="kissbot")
@click.option("--follow", "-f", is_flag=True, help="Go on, until Ctrl-C.")
@click.option("--lines", "-n", default=50, show_default=True, help="So many lines from its end.")
def command(config: Path | None, name: str, follow: bool, lines: int) -> None:
    """Show the log of the bot, or of a channel or process with that NAME."""
    from kissbot.app.supervisor.place import Place
    from kissbot.app.supervisor.reading import Tail

    if not re.fullmatch(r"[#@]?\w[\w-]*", name):
        raise Failure(f"{name!r} is no name of a channel or process.")
    path = Place(home(config)).logs / f"{name.lower().lstrip('#@')}.log"
    tail = Tail(path)
    if not follow and not path.exists():
        raise Failure(f"there is no {path}. Was the bot started in the background (./kissbot.sh start)?")
    click.echo(tail.last(lines), nl=False)
    with suppress(KeyboardInterrupt):
        while follow:
            time.sleep(0.2)
            click.echo(tail.new(), nl=False)
