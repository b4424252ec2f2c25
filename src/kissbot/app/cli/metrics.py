"""kissbot metrics: how the bot has fared, in the terminal."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kissbot.app.cli import CONFIG, Failure, read_settings

if TYPE_CHECKING:
    from kissbot.app.metrics.samples import Sample

CLEAR = "\x1b[H\x1b[J"
"""To a terminal: begin at the top again."""


@click.group()
def command() -> None:
    """Look at the bot's figures."""


@command.command()
@CONFIG
@click.option("--live", is_flag=True, help="Go on showing them until Ctrl-C.")
@click.option(
    "--alerts", "only_alerts", is_flag=True, help="Only what is wrong now; ends with 1 if something is."
)
@click.option("--minutes", default=60, show_default=True, help="How far back.", type=click.IntRange(1, 1440))
def view(config: Path | None, live: bool, only_alerts: bool, minutes: int) -> None:
    """Show what the bot has used of the machine, and what it did: bars, the latest on the right.

    Read from the samples that a running bot writes (metrics.samples).
    """
    from kissbot.app.metrics.samples import EVERY

    file, most = _file(config), round(minutes * 60 / EVERY)
    while live:
        click.echo(CLEAR + "\n".join(_shown(_samples(file, most))))
        time.sleep(EVERY / 5)
    samples = _samples(file, most)
    if not only_alerts:
        click.echo("\n".join(_shown(samples)))
    elif wrong := _wrong(samples):
        click.echo("\n".join(wrong))
        raise click.exceptions.Exit(1)
    else:
        click.echo("OK: nothing is wrong")


def _file(config: Path | None) -> Path:
    settings = read_settings(config)
    if not settings.metrics.samples:
        raise Failure(
            "no samples are kept: metrics.samples is empty. Name a file there, and restart the bot."
        )
    return Path(settings.metrics.samples)


def _samples(file: Path, most: int) -> "list[Sample]":
    from kissbot.app.metrics.samples import read_samples

    try:
        samples = read_samples(file, most)
    except OSError as error:
        raise Failure(f"{file} cannot be read: {error.strerror}") from None
    if not samples:
        raise Failure(f"there are no samples in {file} yet. A running bot adds one every ten seconds.")
    return samples


def _shown(samples: "list[Sample]") -> Iterator[str]:
    from kissbot.app.metrics.terminal import page

    yield from page(samples, time.time())
    yield from (f"⚠ {wrong}" for wrong in _wrong(samples))


def _wrong(samples: "list[Sample]") -> list[str]:
    from kissbot.app.metrics.terminal import alerts

    return list(alerts(samples, time.time()))
