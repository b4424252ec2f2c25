"""Shows and changes what the bot never says, which is stored so that nobody reads it by accident.

`python tools/blocklist.py show [LANGUAGE]`, `… add LANGUAGE ENTRY …`, `… remove LANGUAGE ENTRY …`. How an
entry is written is told in `knowledge/answers/blocklist.py`; each is a line of `blocklist.txt`, its
language before it.
"""

import click

from kissbot.knowledge.answers.blocklist import STORED, hidden, stored


@click.group()
def main() -> None:
    """What the bot never says."""


@main.command()
@click.argument("language", required=False)
def show(language: str | None) -> None:
    """Print the entries, of one language or of all."""
    for spoken, entry in stored():
        if language in (None, spoken):
            click.echo(f"{spoken} {entry}")


@main.command()
@click.argument("language")
@click.argument("entries", nargs=-1, required=True)
def add(language: str, entries: tuple[str, ...]) -> None:
    """Add entries to a language."""
    write({*stored(), *((language, entry) for entry in entries)})


@main.command()
@click.argument("language")
@click.argument("entries", nargs=-1, required=True)
def remove(language: str, entries: tuple[str, ...]) -> None:
    """Remove entries from a language."""
    write({*stored()} - {(language, entry) for entry in entries})


def write(entries: set[tuple[str, str]]) -> None:
    lines = [f"{language} {hidden(entry)}\n" for language, entry in sorted(entries)]
    STORED.write_text("".join(lines), encoding="ascii")


if __name__ == "__main__":
    main()
