"""python -m benchmarks.lookups: what a look-up of a game costs that is remembered, and how many are."""

import asyncio
import time
from pathlib import Path
from random import Random
from typing import Final

import click

from kissbot.app.library import library_at_hand
from kissbot.app.loop import run
from kissbot.app.replay import read_recording
from kissbot.chat.messages import Channel
from kissbot.chat.tasks import Tasks
from kissbot.chat.timings import Timings
from kissbot.features.games import Insight
from kissbot.providers.games.library import Library
from kissbot.providers.games.offline import read_catalogue
from kissbot.testing import Room, room
from kissbot.testing.clock import settle

ASKED: Final = 2_000
ADA: Final = Channel("10", "ada")
COMMANDS: Final = ("!gi ", "!gameinfo ", "!game ", "!gs ")


@click.command()
@click.option(
    "--chat",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A recorded chat, as `kissbot replay` takes it: its look-ups are played, and `!cache` is asked.",
)
def main(chat: Path | None) -> None:
    """Measure look-ups of games that are remembered."""
    run(_measure(chat))


async def _measure(chat: Path | None) -> None:
    async with Tasks() as tasks:
        services = library_at_hand(tasks, Timings())
        library = services[Insight]
        assert isinstance(library, Library)  # noqa: S101 (as it is wired)
        for words, what in (("hades", "an exact name"), ("zelda botw", "other words")):
            click.echo(f"{f'first look-up of {what}':40} {await _first(library, words) * 1e3:8.2f} ms")
        click.echo(f"{'the same again':40} {await _again(library) * 1e3:8.3f} ms")
        async with room(services) as place:
            click.echo(f"{'!gi, from the line to the answer':40} {await _answered(place) * 1e3:8.3f} ms")
        click.echo(f"{'well-known games, asked as often':40} {await _popular(tasks)}")
        if chat:
            click.echo(f"{'the look-ups of the recording':40} {await _replayed(tasks, chat)}")


async def _first(library: Library, words: str) -> float:
    began = time.perf_counter()
    await library.find(words, ADA, "en")
    return time.perf_counter() - began


async def _again(library: Library) -> float:
    began = time.perf_counter()
    for _ in range(ASKED):
        await library.find("hades", ADA, "en")
    return (time.perf_counter() - began) / ASKED


async def _answered(place: Room) -> float:
    """Every step of the way, in memory."""
    messages = [place.message("!gi hades", viewer=f"v{number}") for number in range(ASKED)]
    began = time.perf_counter()
    for start in range(0, ASKED, 100):
        for message in messages[start : start + 100]:
            place.deliver(message)
        await settle()
    seconds = time.perf_counter() - began
    assert len(place.said) == ASKED  # noqa: S101 (else nothing was measured)
    return seconds / ASKED


async def _popular(tasks: Tasks) -> str:
    """What `!cache` says when viewers ask for games as often as these are known."""
    games, chance = read_catalogue(), Random(1)  # noqa: S311 (the same in every run)
    weights = [2 ** (game.popularity / 8) for game in games]
    lines = [f"!gi {game.title}" for game in chance.choices(games, weights, k=ASKED)]
    return await _cache_after(tasks, lines)


async def _replayed(tasks: Tasks, chat: Path) -> str:
    said = [line.m for line in await asyncio.to_thread(read_recording, chat)]
    lines = [line for line in said if line.lower().startswith(COMMANDS)]
    return f"{len(lines)} of {len(said)} lines; {await _cache_after(tasks, lines)}"


async def _cache_after(tasks: Tasks, lines: list[str]) -> str:
    async with room(library_at_hand(tasks, Timings())) as place:
        for number, line in enumerate(lines):
            await place.hears(line, viewer=f"v{number}")
        return await place.hears("!cache", viewer="curious") or ""


if __name__ == "__main__":
    main()
