"""kissbot doctor: examines everything that the bot stands on."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from kissbot.app.cli import CONFIG, config_file, read_settings, run_until_stopped

if TYPE_CHECKING:
    from kissbot.app.settings import Settings


@click.command()
@CONFIG
@click.option("--offline", is_flag=True, help="Do not ask Twitch anything.")
@click.option("--json", "as_json", is_flag=True, help="Print what was found as JSON.")
def command(config: Path | None, offline: bool, as_json: bool) -> None:
    """Examine everything that the bot stands on: each line is OK, or what to do.

    Ends with 0 when all is well, and with 1 when something is to be done. Changes nothing.
    """
    from kissbot.app.configuration import BadSettings
    from kissbot.app.report import Finding, show

    try:
        settings = read_settings(config)
    except BadSettings as error:
        show([Finding("configuration", False, str(error))], as_json)
    else:
        run_until_stopped(_doctor(settings, config_file(config), offline, as_json))


async def _doctor(settings: "Settings", config: Path | None, offline: bool, as_json: bool) -> None:
    from kissbot.app.doctor.examination import diagnose
    from kissbot.app.report import show

    show(await diagnose(settings, config, offline=offline), as_json)
