"""kissbot up: the bot, looked after."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from kissbot.app.cli import CONFIG, Failure, config_file, home, read_settings, run_until_stopped

if TYPE_CHECKING:
    from kissbot.app.settings import Settings


@click.command()
@CONFIG
@click.option("--background", is_flag=True, help="Leave it running, once it hears its channels.")
@click.option(
    "--within",
    default=30.0,
    show_default=True,
    help="With --background: seconds to wait until it hears its channels.",
)
def command(config: Path | None, background: bool, within: float) -> None:
    """Run the bot and look after it: it is started again when it falls, hangs or takes too much memory.

    What it prints is kept in logs/kissbot.out. Ctrl-C or `kissbot down` stops it.
    """
    import asyncio

    from kissbot.app.supervisor.background import start

    settings = read_settings(config)
    if background:
        raise SystemExit(asyncio.run(start(settings, home(config), config_file(config), within)))
    _set_up_logs()
    run_until_stopped(_up(settings, config))


async def _up(settings: "Settings", config: Path | None) -> None:
    from kissbot.app.supervisor.place import Place
    from kissbot.app.supervisor.supervisor import Supervisor, care_for, specs_for

    if not settings.twitch.client_id:
        raise Failure("twitch.client_id: is needed to go live (`kissbot demo` needs none).")
    place = Place(home(config))
    await Supervisor(place, specs_for(config_file(config)), care_for(settings)).run()


def _set_up_logs() -> None:
    """Whoever looks after the bot tells what happens to it: that is rare."""
    from kissbot.app.logs import set_up_logs

    set_up_logs(verbose=True)
