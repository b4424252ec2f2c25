"""kissbot renew: what the bot starts to have logins renewed; not for people."""

import asyncio
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from kissbot.app.cli import CONFIG, Failure, read_settings

if TYPE_CHECKING:
    from kissbot.app.settings import Settings

AT_ONCE: Final = 20
"""Logins that are renewed side by side."""


@click.command(hidden=True)
@CONFIG
@click.argument("logins", nargs=-1, required=True, metavar="SLOT@GENERATION…")
def command(config: Path | None, logins: tuple[str, ...]) -> None:
    """Renew logins that are still of these generations, whatever happens to the bot meanwhile."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)  # a new pair must be stored first
    asyncio.run(_renew(read_settings(config), [_parsed(login) for login in logins]))


def _parsed(login: str) -> tuple[str, int]:
    slot, _, generation = login.rpartition("@")
    if not slot or not generation.isdigit():
        raise Failure(f"{login!r} is no SLOT@GENERATION.")
    return slot, int(generation)


async def _renew(settings: "Settings", logins: list[tuple[str, int]]) -> None:
    import time

    from kissbot.app.logins.renewal import login_service
    from kissbot.app.store import open_store
    from kissbot.transports.twitch.tokens import Renewal

    async with open_store(settings, create=False) as store, login_service(settings) as oauth:
        renewal, few = Renewal(store.logins, store.notes, oauth, time), asyncio.Semaphore(AT_ONCE)

        async def renew(slot: str, generation: int) -> None:
            async with few:
                await renewal.renew(slot, generation)

        done = await asyncio.gather(*(renew(*one) for one in logins), return_exceptions=True)
    if troubles := [error for error in done if isinstance(error, BaseException)]:
        raise Failure("; ".join(dict.fromkeys(str(error) or type(error).__name__ for error in troubles)))
