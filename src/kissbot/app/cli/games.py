"""kissbot games: the operator's own catalogue of games."""

from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from kissbot.app.cli import CONFIG, Failure, read_settings, run_until_stopped

if TYPE_CHECKING:
    from kissbot.app.settings import Settings

SHOWN: Final = 10


@click.group()
def command() -> None:
    """Have a catalogue of games of your own, beside those that the bot asks."""


@command.command(name="import")
@CONFIG
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def from_file(config: Path | None, file: Path) -> None:
    """Replace the catalogue by the table in FILE: tab-separated, with a header, gzip or not.

    It has columns gid, name, year, kind (game, dlc, edition or category) and pop (0-100), and may have
    steam_appid, rawg_id, metacritic, platforms and genres (both joined by |). A bot that runs has the new
    games at once; what it looked up before, it may remember until it is restarted.
    """
    run_until_stopped(_import(read_settings(config), file))


@command.command()
@CONFIG
@click.argument("words", nargs=-1, required=True)
def find(config: Path | None, words: tuple[str, ...]) -> None:
    """Which games of the catalogue WORDS may mean, and how probable each is."""
    run_until_stopped(_find(read_settings(config), " ".join(words)))


async def _import(settings: "Settings", file: Path) -> None:
    from kissbot.knowledge.games.shelf import shelved
    from kissbot.providers.games.table import read_table
    from kissbot.storage.catalogue import SqlCatalogue
    from kissbot.storage.open import open_database

    games, index = shelved(read_table(file))
    async with open_database(settings.storage.database) as database:
        await SqlCatalogue(database).replace(games, index)
    click.echo(f"The catalogue has {len(games):,} games now.")


async def _find(settings: "Settings", query: str) -> None:
    from kissbot.providers.games.imported import Imported
    from kissbot.storage.catalogue import SqlCatalogue
    from kissbot.storage.open import open_database

    async with open_database(settings.storage.database, create=False) as database:
        catalogue = SqlCatalogue(database)
        if not await catalogue.ask(len):
            raise Failure("There is no catalogue yet. Begin with: kissbot games import FILE")
        found = await Imported(catalogue).candidates(query)
    for candidate in found[:SHOWN]:
        click.echo(f"{candidate.confidence:.2f}  {candidate.game.title}")
    if not found:
        click.echo("Nothing comes near.")
