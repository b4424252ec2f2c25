"""kissbot login: let the bot act for an account."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from kissbot.app.cli import CONFIG, Failure, read_settings, run_until_stopped

if TYPE_CHECKING:
    from kissbot.app.settings import Settings
    from kissbot.app.store import Store
    from kissbot.chat.logins import Login
    from kissbot.transports.twitch.oauth import DeviceCode, OAuth

SPINNER: Final = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"


@click.command()
@CONFIG
@click.option("--bot", is_flag=True, help="The bot's own account (default).")
@click.option("--channel", metavar="NAME", help="The account of a channel's broadcaster instead.")
@click.option("--timeout", type=click.FloatRange(min=1), help="Seconds to wait (default: as long as Twitch).")
def command(config: Path | None, bot: bool, channel: str | None, timeout: float | None) -> None:
    """Log in with a code on any device: no password, no address of your own, no browser here.

    A running bot notices.
    """
    if bot and channel:
        raise click.UsageError("--bot and --channel exclude each other.")
    settings = read_settings(config)
    if not settings.twitch.client_id:
        raise Failure("twitch.client_id: is needed to log in. Copy it from dev.twitch.tv/console.")
    name = (channel or settings.bot.name).lower().lstrip("#@")
    run_until_stopped(_login(settings, name, bool(channel), timeout))


async def _login(settings: "Settings", name: str, is_channel: bool, within: float | None) -> None:
    import aiohttp

    from kissbot.app.logins.device import in_its_slot
    from kissbot.app.logins.renewal import login_service
    from kissbot.app.store import open_store

    try:
        async with open_store(settings) as store, login_service(settings) as oauth:
            login = await _ask(settings, oauth, name, is_channel, within)
            await _keep(settings, store, await in_its_slot(oauth, login, name))
    except (aiohttp.ClientError, TimeoutError) as error:
        why = str(error) or "it does not answer"
        raise Failure(f"Twitch's login service cannot be reached, nothing was stored: {why}") from None
    click.echo(f"Logged in as {login.login}, {'a channel' if is_channel else 'the bot'}.")


async def _ask(
    settings: "Settings", oauth: "OAuth", name: str, is_channel: bool, within: float | None
) -> "Login":
    """Whoever logged in; it may be somebody else than was asked."""
    from kissbot.app.logins.device import granted
    from kissbot.chat.logins import BOT, channel_slot
    from kissbot.features import find_features
    from kissbot.transports.twitch.scopes import wanted

    slot = channel_slot("") if is_channel else BOT
    scopes = wanted(find_features(), settings.off, slot, settings.twitch.chat)
    device = await oauth.device(scopes)
    _show(device, name, scopes)
    async with _waiting():
        return await granted(oauth, device, slot, time.time() + within if within else device.expires_at)


def _show(device: "DeviceCode", name: str, scopes: Mapping[str, str]) -> None:
    click.echo(f"Open {device.link}")
    click.echo(f"in any browser, log in there as {name}, and enter or compare the code {device.code}.")
    click.echo("KissBot asks for no more than it needs:")
    for scope, reason in scopes.items():
        click.echo(f"  {scope:<{max(map(len, scopes))}}  {reason}")
    sys.stdout.flush()


async def _keep(settings: "Settings", store: "Store", login: "Login") -> None:
    from kissbot.app.logins.renewal import mark_as_taken
    from kissbot.chat.audit import OPERATOR
    from kissbot.chat.logins import BOT

    before = await store.logins.get(login.slot)
    await store.logins.put(login)
    if login.slot == BOT:
        await mark_as_taken(settings, store.database)
    known = before.login if before else ""
    await store.audit.note(OPERATOR, "login", channel=login.login, before=known, after=login.slot)


@asynccontextmanager
async def _waiting() -> AsyncIterator[None]:
    """A sign of life, for a person in front of a terminal."""
    if not sys.stderr.isatty():
        yield
        return
    spinning = asyncio.create_task(_spin(), name="spinner")
    try:
        yield
    finally:
        spinning.cancel()
        click.echo("\r\033[K", nl=False, err=True)


async def _spin() -> None:
    for sign in cycle(SPINNER):
        click.echo(f"\r{sign} waiting for you to log in (Ctrl-C ends) ", nl=False, err=True)
        await asyncio.sleep(0.1)
