"""kissbot logins: who lets the bot act for them."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click
from msgspec import Struct

from kissbot.app.cli import CONFIG, read_settings, run_until_stopped

if TYPE_CHECKING:
    from kissbot.app.settings import Settings
    from kissbot.chat.logins import Login


class Row(Struct):
    """A login as people may see it: never with a secret."""

    slot: str
    account: str
    scopes: list[str]
    expires_in: float | None
    """Seconds; null: never, as far as we know."""
    state: Literal["ok", "expires", "needs a person"]
    why: str = ""
    command: str = ""
    """What mends it."""


@click.command()
@CONFIG
@click.option("--json", "as_json", is_flag=True, help="Print them as JSON.")
def command(config: Path | None, as_json: bool) -> None:
    """List the logins: whose they are, what they allow, whether they are good. Never a secret."""
    run_until_stopped(_logins(read_settings(config), as_json))


async def _logins(settings: "Settings", as_json: bool) -> None:
    import msgspec

    from kissbot.app.store import open_store

    async with open_store(settings, create=False) as store:
        rows = [_row(login) for login in await store.logins.all()]
    if as_json:
        click.echo(msgspec.json.encode(rows).decode())
    elif not rows:
        click.echo("Nobody is logged in. Begin with: kissbot login")
    for row in () if as_json else rows:
        _show(row)


def _row(login: "Login") -> Row:
    from kissbot.chat.logins import APP, how_to_log_in

    left = None if login.expires_at == float("inf") else round(login.expires_at - time.time())
    renewable = bool(login.refresh_token) or login.slot == APP
    row = Row(login.slot, login.login, sorted(login.scopes), left, "ok")
    if login.retired:
        row.state, row.why, row.command = "needs a person", login.retired, how_to_log_in(login)
    elif not renewable and left is not None:
        row.state, row.why = "expires", "it came without a refresh token"
        row.command = how_to_log_in(login)
    return row


def _show(row: Row) -> None:
    account = row.account or ("the application" if row.slot == "app" else "not known yet")
    slot = row.slot.partition(":")[0]
    click.echo(f"{slot:<8} {account:<25} {_state(row)}")
    if row.scopes:
        click.echo(f"{'':<8} {' '.join(row.scopes)}")
    if row.command:
        click.echo(f"{'':<8} {row.why}: {row.command}")


def _state(row: Row) -> str:
    if row.state == "needs a person" or row.expires_in is None:
        return row.state
    how = "renewed by itself, at the latest" if row.state == "ok" else "ends"
    return f"{row.state}, {how} {_in_words(row.expires_in)}"


def _in_words(seconds: float) -> str:
    if seconds <= 0:
        return "at its next use"
    days, rest = divmod(int(seconds), 86_400)
    hours, rest = divmod(rest, 3600)
    if days:
        return f"in {days} d {hours} h"
    return f"in {hours} h {rest // 60} min" if hours else f"in {rest // 60} min"
