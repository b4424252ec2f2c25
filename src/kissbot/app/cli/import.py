"""kissbot import: what another bot left, or what `kissbot export` wrote."""  # noqa: N999 - it is what one types

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kissbot.app.cli import CONFIG, Failure, read_settings, run_until_stopped

if TYPE_CHECKING:
    from kissbot.app.logins.original import Original, Plan
    from kissbot.app.settings import Settings
    from kissbot.chat.logins import Login

PLACE = click.Path(path_type=Path, dir_okay=False)


class Imports(click.Group):
    """Takes the name of a file where others have the name of a command."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Whatever is no command is a file."""
        if args[0] in self.commands and args[0] != FILE:
            return super().resolve_command(ctx, args)
        return FILE, self.commands[FILE], args


FILE = "FILE"


@click.group(cls=Imports, subcommand_metavar="FILE | original ...")
def command() -> None:
    """Add what `kissbot export` wrote, or what the original bot left. What is here already wins."""


@command.command(FILE)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, allow_dash=True), metavar="")
@CONFIG
@click.option("--dry-run", is_flag=True, help="Only say what would be added.")
@click.option("--force", is_flag=True, help="Where both chose, take the file's choice.")
def from_file(file: Path, config: Path | None, dry_run: bool, force: bool) -> None:
    """Add the channels' choices from a file that `kissbot export` wrote; - is standard input."""
    try:
        content = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    except OSError as error:
        raise Failure(f"{file}: cannot be read: {error.strerror}. Name a file of `kissbot export`.") from None
    run_until_stopped(_from_file(str(file), content, read_settings(config), dry_run, force))


@command.command()
@click.option("--config", required=True, type=PLACE, help="The original bot's config.yaml.")
@click.option("--tokens", type=PLACE, help="The original bot's .tio.tokens.json.")
@click.option(
    "--into",
    type=PLACE,
    default=Path("config.yaml"),
    show_default=True,
    help="The configuration file of this bot; made when there is none.",
)
@click.option("--yes", is_flag=True, help="Do it; without, it is only said what would be done.")
def original(config: Path, tokens: Path | None, into: Path, yes: bool) -> None:
    """Take over logins, channels and settings of the original bot. Its files stay as they are."""
    from kissbot.app.logins.original import for_bot, read_original

    if into.exists() and config.exists() and into.samefile(config):
        raise Failure(
            f"{config} is the configuration of the original bot itself. Run this in another folder, or name "
            "this bot's own with --into."
        )
    found = read_original(config, tokens)
    settings = _settings(into)
    run_until_stopped(_original(for_bot(found, settings), into, settings, yes))


def _settings(into: Path) -> "Settings":
    from kissbot.app.configuration import anchored, load

    return read_settings(into) if into.exists() else anchored(load(None), into.parent)


# What `kissbot export` wrote


async def _from_file(name: str, content: bytes, settings: "Settings", dry_run: bool, force: bool) -> None:
    from kissbot.storage.exchange import BadExport, import_json
    from kissbot.storage.open import open_database

    async with open_database(settings.storage.database) as database:
        try:
            done = await import_json(database, time, content, dry_run=dry_run, force=force)
        except BadExport as error:
            raise Failure(f"{name}: {error}") from None
    for what, names in (
        ("added", done.added),
        ("changed", done.changed),
        ("kept as they are here (--force takes the file's)", done.kept),
        ("left, since what is here cannot be read (--force takes the file's)", done.unreadable),
    ):
        if names:
            click.echo(f"{what}: {', '.join(names)}")
    if done.audit:
        click.echo(f"lines of the audit log: {done.audit}")
    if not (done.added or done.changed or done.audit):
        click.echo("There is nothing to add.")
    elif dry_run:
        click.echo("This was a dry run; nothing was changed.")


# What the original bot left


async def _original(found: "Original", into: Path, settings: "Settings", yes: bool) -> None:
    import aiohttp

    try:
        todo = await _plan(found, settings)
    except (aiohttp.ClientError, TimeoutError) as error:
        why = str(error) or type(error).__name__
        raise Failure(f"Twitch cannot be asked whose the logins are: {why}. Nothing was changed.") from None
    _say_logins(todo)
    if not yes:
        _say_settings(found, into, settings)
        click.echo("This was a dry run; nothing was changed. To do it: add --yes")
        return
    _write_settings(found, into, settings)
    if todo.add:
        await _store(todo, settings)
    if todo.add:
        click.echo(f"Stored: {', '.join(map(_name, todo.add))}. See them with: kissbot logins")
    else:
        click.echo("There was no login to add.")


async def _plan(found: "Original", settings: "Settings") -> "Plan":
    import aiohttp

    from kissbot.app.logins.original import BadOriginal, plan
    from kissbot.transports.twitch.oauth import OAuth

    mine = settings.twitch.client_id
    if found.accounts and not found.client_id:
        raise BadOriginal(
            "twitch.client_id: is missing in the original's config.yaml, and its logins want it."
        )
    if found.accounts and mine and mine != found.client_id:
        raise BadOriginal(
            "The original bot's logins belong to its application, and twitch.client_id here is another one. "
            "Put its client_id and client_secret here, or log in anew: kissbot login"
        )
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
        whose = OAuth(http, settings.twitch.urls.oauth, found.client_id).validate
        return await plan(found, whose, await _filled(settings), time.time())


async def _filled(settings: "Settings") -> frozenset[str]:
    """The slots that hold a login; asking makes no database."""
    from kissbot.storage.logins import filled_slots
    from kissbot.storage.open import open_database

    address = settings.storage.database
    if "://" not in address and not Path(address).exists():  # noqa: ASYNC240 - nothing else is running
        return frozenset()
    async with open_database(address, create=False) as database:
        return await filled_slots(database)


async def _store(todo: "Plan", settings: "Settings") -> None:
    from kissbot.app.store import open_store
    from kissbot.chat.audit import OPERATOR

    async with open_store(settings) as store:
        for login in todo.add:
            if await store.logins.get(login.slot) is None:
                await store.logins.put(login)
                await store.audit.note(OPERATOR, "login", after=f"{_name(login)}, from the original bot")


def _say_logins(todo: "Plan") -> None:
    for login in todo.add:
        expired = "; expired, and renewed at its first use" if login.expires_at <= time.time() else ""
        click.echo(f"+ login of {_name(login)}, {_part(login)}{expired}")
    for login in todo.kept:
        click.echo(f"= login of {_name(login)}: {_part(login)} is logged in here already")
    for name, why in todo.refused:
        click.echo(f"- login of {name}: {why}")


def _name(login: "Login") -> str:
    return f"{login.login} (id {login.user_id})" if login.login else f"id {login.user_id}"


def _part(login: "Login") -> str:
    from kissbot.chat.logins import BOT

    return "the bot" if login.slot == BOT else "a channel"


def _say_settings(found: "Original", into: Path, settings: "Settings") -> None:
    from kissbot.app.logins.original import as_yaml, missing_settings, new_settings

    lines = missing_settings(found, settings) if into.exists() else new_settings(found)
    if lines:
        heading = "to be added by you to" if into.exists() else "a new"
        click.echo(f"+ settings, {heading} {into}:\n")
        click.echo("".join(f"    {line}\n" for line in as_yaml(lines, secret=False).splitlines()))
    if found.left:
        click.echo(f"Not taken, as nothing here is equal to it: {', '.join(found.left)}")


def _write_settings(found: "Original", into: Path, settings: "Settings") -> None:
    from kissbot.app.files import create_file
    from kissbot.app.logins.original import BadOriginal, as_yaml, new_settings

    if into.exists():
        _say_settings(found, into, settings)
        return
    content = "# Taken over from the original bot. config.example.yaml explains every key.\n"
    try:
        create_file(into, (content + as_yaml(new_settings(found), secret=True)).encode())
    except OSError as error:
        raise BadOriginal(f"{into}: cannot be written: {error.strerror}. Nothing was changed.") from None
    click.echo(f"Written: {into}")
