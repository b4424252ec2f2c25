"""kissbot why: the first thing that keeps the bot silent in a channel, and what mends it."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kissbot.app.cli import CONFIG, read_settings, run_until_stopped

if TYPE_CHECKING:
    from kissbot.app.report import Finding
    from kissbot.app.settings import Settings
    from kissbot.chat.evidence import Evidence


@click.command()
@CONFIG
@click.argument("channel")
@click.argument("message", default="")
@click.option("--user", default="", help="Who types the line (default: nobody in particular).")
@click.option("--json", "as_json", is_flag=True, help="Print the links as JSON.")
def command(config: Path | None, channel: str, message: str, user: str, as_json: bool) -> None:
    """Say why the bot is silent in CHANNEL, whether it is running or not.

    MESSAGE is a line such as '!gi hades', as a viewer would type it now, or the id of a chat message. Ends
    with 0 when all is well, and with 1 when something is broken.
    """
    run_until_stopped(_why(read_settings(config), channel, message.strip(), user, as_json))


async def _why(settings: "Settings", channel: str, message: str, user: str, as_json: bool) -> None:
    from kissbot.app.choosing import login_of
    from kissbot.app.reasons import examine
    from kissbot.app.report import LINKS, show
    from kissbot.app.store import open_store

    login = login_of(channel)
    async with open_store(settings, create=False) as store:
        evidence = await examine(settings, store, login, message, user)
    show(_findings(evidence), as_json, LINKS, remedies=1)


def _findings(evidence: "Evidence") -> Sequence["Finding"]:
    from kissbot.app.report import Finding
    from kissbot.chat.texts import Translations
    from kissbot.chat.why import links

    render = Translations().render
    return [
        Finding(link.name, link.ok, render(link.says, "en"), render(link.remedy or "", "en"))
        for link in links(evidence)
    ]
