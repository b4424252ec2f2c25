"""kissbot rejoin: have the bot leave a channel and come back."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from kissbot.app.cli import CONFIG, Failure, read_settings, run_until_stopped

if TYPE_CHECKING:
    from kissbot.app.settings import Settings
    from kissbot.app.store import Store

LEAVES_WITHIN: Final = 15.0


@click.command()
@CONFIG
@click.argument("name")
def command(config: Path | None, name: str) -> None:
    """Have the bot leave a channel and join it anew; the other channels notice nothing.

    What is said in it in between (a second or two) is not heard.
    """
    run_until_stopped(_rejoin(read_settings(config), name))


async def _rejoin(settings: "Settings", name: str) -> None:
    from kissbot.app.choosing import login_of, move
    from kissbot.app.store import open_store

    click.echo(await move(settings, name, present=False))
    try:
        async with open_store(settings) as store:
            await _left(store, login_of(name))
    finally:  # whatever happens, the channel is wanted
        click.echo(await move(settings, name, present=True))


async def _left(store: "Store", login: str) -> None:
    """Wait until the running bot has left, if one runs."""
    channel = await store.accounts.find(login)
    try:
        async with asyncio.timeout(LEAVES_WITHIN):
            while channel and await store.state.running():
                if not (await store.state.of_channel(channel.id)).subscriptions:
                    return
                await asyncio.sleep(0.1)
    except TimeoutError:
        raise Failure(f"the bot has not left {login} within {LEAVES_WITHIN:g} s; is it well?") from None
