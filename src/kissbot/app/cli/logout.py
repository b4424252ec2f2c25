"""kissbot logout: the bot acts for an account no more."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from kissbot.app.cli import CONFIG, Failure, read_settings, run_until_stopped

if TYPE_CHECKING:
    from kissbot.app.settings import Settings
    from kissbot.chat.logins import Login, Logins
    from kissbot.transports.twitch.oauth import OAuth


@click.command()
@CONFIG
@click.option("--bot", is_flag=True, help="The bot's own account (default).")
@click.option("--channel", metavar="NAME", help="The account of a channel's broadcaster instead.")
def command(config: Path | None, bot: bool, channel: str | None) -> None:
    """End a login at Twitch, and remove it here. A running bot notices."""
    if bot and channel:
        raise click.UsageError("--bot and --channel exclude each other.")
    name = channel.lower().lstrip("#@") if channel else None
    run_until_stopped(_logout(read_settings(config), name))


async def _logout(settings: "Settings", channel: str | None) -> None:
    from kissbot.app.logins.renewal import login_service, mark_as_taken
    from kissbot.app.store import open_store
    from kissbot.chat.audit import OPERATOR
    from kissbot.chat.logins import BOT

    async with open_store(settings, create=False) as store, login_service(settings) as oauth:
        login = await _found(store.logins, channel)
        revoked = await _revoked(oauth, login)
        await store.logins.remove(login.slot)
        if login.slot == BOT:
            await mark_as_taken(settings, store.database)
        await store.audit.note(OPERATOR, "logout", channel=login.login, before=login.slot)
    click.echo(f"{login.login or login.slot} is logged out.")
    if not revoked:
        click.echo(
            "Twitch could not be told: to be sure, disconnect KissBot at twitch.tv/settings/connections.",
            err=True,
        )


async def _found(logins: "Logins", channel: str | None) -> "Login":
    from kissbot.chat.logins import APP, BOT

    for login in await logins.all():
        if login.slot == BOT if channel is None else login.login == channel and login.slot not in (BOT, APP):
            return login
    raise Failure(f"there is no login of {'the bot' if channel is None else channel}: see `kissbot logins`.")


async def _revoked(oauth: "OAuth", login: "Login") -> bool:
    """Whether Twitch knows that the token is over."""
    import aiohttp

    from kissbot.transports.twitch.oauth import BadLogin

    if not login.token:
        return False
    try:
        await oauth.revoke(login.token)
    except (BadLogin, aiohttp.ClientError, TimeoutError):
        return False
    return True
