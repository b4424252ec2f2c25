"""python -m benchmarks: measure everything, interleaved, and show the medians."""

import os
import platform
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Final

import click
import msgspec

from benchmarks.chat import CHANNELS, Line, talk, with_pings
from benchmarks.cost import cpu_us_per_line
from benchmarks.figures import ANSWERERS, TALKERS, Found, summary
from benchmarks.idle import kib_per_idle_channel, start_up
from benchmarks.processes import CHECKOUT, SANDBOX, Client, keep_on_core
from benchmarks.settled import settled
from benchmarks.slow import ping_waits
from benchmarks.table import table
from kissbot.app.logs import set_up_logs
from kissbot.app.loop import run

RECORDING: Final = CHECKOUT.parent / "shared" / "data" / "chat_replay_dev.jsonl.gz"
"""Taken when it is there."""

TALK_LINES: Final = 150_000
PING_LINES: Final = 36_000
"""Each ping is sent once; the platform lets an account send 2,000 lines in a minute."""

QUICKER: Final = 2
"""How many times fewer lines of talk a quick run has."""

MEASURED_WITH: Final = ("aiohttp", "msgspec", "uvloop", "twitchio")


@click.command()
@click.option("--rounds", default=5, show_default=True, help="How often everything is measured.")
@click.option("--quick", is_flag=True, help="One round, with fewer lines.")
@click.option(
    "--chat",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A recorded chat, as `kissbot replay` takes it, for the texts (else made-up ones).",
)
@click.option(
    "--json",
    "file",
    type=click.Path(allow_dash=True),
    help="Write the figures to this file, as JSON (-: print them).",
)
def main(rounds: int, quick: bool, chat: Path | None, file: str | None) -> None:
    """Measure what KissBot costs next to a bare loop and TwitchIO."""
    set_up_logs(verbose=False)
    rounds, fewer = (1, QUICKER) if quick else (rounds, 1)
    recording = chat or (RECORDING if RECORDING.exists() else None)
    lines = talk(TALK_LINES, recording)
    keep_on_core(SANDBOX)
    found = run(_measure(rounds, lines[: TALK_LINES // fewer], with_pings(lines[:PING_LINES])))
    result = summary(found, _conditions(rounds, recording))
    click.echo(table(result), err=file == "-")
    if file:
        with click.open_file(file, "wb") as output:
            output.write(msgspec.json.format(msgspec.json.encode(result)) + b"\n")


async def _measure(rounds: int, lines: list[Line], pings: list[Line]) -> Found:
    found = Found()
    for number in range(1, rounds + 1):
        await _costs(f"round {number}, talk", TALKERS, lines, found.talk)
        await _costs(f"round {number}, pings", ANSWERERS, pings, found.pings)
        _say(f"round {number}, at rest")
        found.kib_per_idle_channel.append(await kib_per_idle_channel())
        found.start_up.append(await start_up())
        _say(f"round {number}, many channels that chose")
        found.settled.append(await settled())
        _say(f"round {number}, slow handler")
        found.waits.append(await ping_waits())
    _say("")
    return found


async def _costs(
    what: str, clients: tuple[Client, ...], lines: list[Line], into: dict[str, list[float]]
) -> None:
    for client in clients:
        _say(f"{what}: {client.name}")
        into.setdefault(client.name, []).append(await cpu_us_per_line(client, lines))


def _conditions(rounds: int, recording: Path | None) -> dict[str, str | int]:
    return {
        "Python": platform.python_version(),
        **{name: version(name) for name in MEASURED_WITH},
        "cores": os.cpu_count() or 0,
        "channels": len(CHANNELS),
        "rounds": rounds,
        "chat": "recorded" if recording else "made up",
    }


def _say(what: str) -> None:
    """What is going on, on one line that is overwritten."""
    if sys.stderr.isatty():
        click.echo(f"\r\033[K{what}", nl=False, err=True)


if __name__ == "__main__":
    main()
