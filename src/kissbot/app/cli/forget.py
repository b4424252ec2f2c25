"""kissbot forget: what is stored of a viewer."""

import asyncio
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kissbot.app.cli import CONFIG, Failure, read_settings

if TYPE_CHECKING:
    from kissbot.app.settings import Settings
    from kissbot.storage.engine import Database


@click.command()
@CONFIG
@click.argument("user")
def command(config: Path | None, user: str) -> None:
    """Remove what is stored of a viewer: USER is a login, or the number that Twitch knows the account by."""

    settings = read_settings(config)
    removed = asyncio.run(_forget(settings, user.lower().lstrip("@")))
    rows = ", ".join(f"{count} in {table}" for table, count in removed.items() if count)
    click.echo(f"Forgotten: {rows}." if rows else f"Nothing is stored of {user}.")
    if rows and settings.storage.backups:
        click.echo(
            f"Backups that were made before still hold it; of the nightly ones, the last goes after "
            f"{settings.storage.keep_backups} nights."
        )


async def _forget(settings: "Settings", user: str) -> dict[str, int]:
    from kissbot.chat.audit import OPERATOR
    from kissbot.storage.audit import SqlAudit
    from kissbot.storage.housekeeping import forget_viewer
    from kissbot.storage.open import open_database

    async with open_database(settings.storage.database, create=False) as database:
        viewer_id = user if user.isdecimal() else await _id_of(settings, database, user)
        await _refuse_login(database, viewer_id)
        login = "" if user.isdecimal() else user.lower().lstrip("@")
        removed = await forget_viewer(database, viewer_id, login)
        if any(removed.values()):  # that it was done may be known; of whom may not
            await SqlAudit(database, time).note(OPERATOR, "forget", after=f"{sum(removed.values())} rows")
        return removed


async def _refuse_login(database: "Database", viewer_id: str) -> None:
    import sqlalchemy as sa

    from kissbot.chat.logins import BOT
    from kissbot.storage.tables import oauth_tokens, users

    mine = sa.select(oauth_tokens.c.slot, users.c.login).join(users).where(users.c.id == viewer_id)
    async with database.reading() as connection:
        found = (await connection.execute(mine)).first()
    if found:
        slot = "--bot" if found.slot == BOT else f"--channel {found.login}"
        raise Failure(f"the bot has a login of that account. End it first: kissbot logout {slot}")


async def _id_of(settings: "Settings", database: "Database", login: str) -> str:
    ids = await _known_ids(database, login) or await _ids_at_twitch(settings, database, login)
    if not ids:
        raise Failure(f"Twitch knows no account {login!r}. If it was renamed, give its number instead.")
    if len(ids) > 1:
        raise Failure(f"several accounts have been called {login!r}. Give one's number: {', '.join(ids)}")
    return ids[0]


async def _known_ids(database: "Database", login: str) -> list[str]:
    """Of accounts that were seen by that name."""
    import sqlalchemy as sa

    from kissbot.storage.tables import audit_log, users

    seen = sa.select(users.c.id).where(users.c.login == login)
    noted = sa.select(audit_log.c.who_id).where(
        sa.func.lower(audit_log.c.who) == login, audit_log.c.who_id != ""
    )
    async with database.reading() as connection:
        return sorted((await connection.execute(sa.union(seen, noted))).scalars())


async def _ids_at_twitch(settings: "Settings", database: "Database", login: str) -> list[str]:
    import aiohttp

    from kissbot.app.logins.keys import open_vault
    from kissbot.chat.logins import BOT
    from kissbot.storage.logins import SqlLogins
    from kissbot.storage.vault import BadKey
    from kissbot.transports.twitch.helix import FixedLogin, Helix, HelixError

    try:
        mine = await SqlLogins(database, await open_vault(settings.storage, database), time).get(BOT)
        if mine is None or mine.retired:
            raise Failure(
                f"who {login!r} is can only be asked with a login of the bot: kissbot login. Or give the "
                "number of the account instead."
            )
        urls = settings.twitch.urls
        async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
            helix = Helix(http, FixedLogin(mine), url=urls.helix, subscriptions_url=urls.subscriptions)
            return [user.id for user in await helix.users([login])]
    except (BadKey, HelixError, aiohttp.ClientError, TimeoutError) as error:
        raise Failure(f"{error} Or give the number of the account instead of {login!r}.") from None
