"""The command line: one file is one command. It is imported when it runs, so the others cost nothing."""

import asyncio
from collections.abc import Coroutine
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import IO, TYPE_CHECKING, Any

import click

import kissbot

if TYPE_CHECKING:
    from kissbot.app.settings import Settings

CONFIG = click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The configuration file (default: config.yaml in this folder, if there is one).",
)


class Failure(click.ClickException):
    """Something that the person at the keyboard can mend; shown without a traceback."""

    def show(self, file: IO[Any] | None = None) -> None:
        """Print what is wrong to standard error."""
        click.echo(f"kissbot: {self.message}", file=file, err=True)


class Folder(click.Group):
    """The commands are the files of this folder."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every file's name."""
        return sorted(module.name for module in iter_modules(__path__))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The `command` of a file."""
        if cmd_name not in self.list_commands(ctx):
            return None
        command: click.Command = import_module(f"{__name__}.{cmd_name}").command
        return command


@click.group(cls=Folder, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(kissbot.__version__, prog_name="kissbot")
@click.option("--verbose", "-v", is_flag=True, help="Log what happens, not only what goes wrong.")
def main(verbose: bool) -> None:
    """KissBot: a Twitch chat bot that knows games, answers shortly and honestly, and never goes silent."""
    from kissbot.app.logs import set_up_logs

    set_up_logs(verbose)


def read_settings(config: Path | None) -> "Settings":
    """The settings of the file that was named, or of config.yaml here, or of the environment alone."""
    from kissbot.app.configuration import BadSettings, load

    default = Path("config.yaml")
    try:
        return load(config or (default if default.exists() else None))
    except BadSettings as error:
        raise Failure("the configuration is not right:\n  " + "\n  ".join(error.problems)) from None


def run_until_stopped(work: Coroutine[Any, Any, None]) -> None:
    """Run a coroutine on the fastest loop there is, until it ends or Ctrl-C or SIGTERM stops it."""
    from kissbot.app.loop import run

    try:
        run(work)
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    except asyncio.CancelledError:
        raise SystemExit(0) from None
