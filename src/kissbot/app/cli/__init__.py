"""The command line: one file is one command. It is imported when it runs, so the others cost nothing."""

import asyncio
import re
from collections.abc import Coroutine
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import IO, TYPE_CHECKING, Any

import click

import kissbot

if TYPE_CHECKING:
    from kissbot.app.settings import Settings
    from kissbot.chat.texts import Text

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

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; what somebody can mend is told in a sentence."""
        from kissbot.chat.errors import Refusal, Trouble

        try:
            return super().invoke(ctx)
        except Trouble as trouble:
            raise Failure(str(trouble)) from None
        except Refusal as refusal:
            raise Failure(_in_plain_english(refusal.text)) from None

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


def _in_plain_english(text: "Text") -> str:
    """What viewers would be told, without the sign in front."""
    from kissbot.chat.texts import Translations

    return re.sub(r"^\W+", "", Translations().render(text, "en"))


def config_file(config: Path | None) -> Path | None:
    """The file that was named, or config.yaml here if there is one."""
    default = Path("config.yaml")
    return config or (default if default.exists() else None)


def home(config: Path | None) -> Path:
    """The folder of that file, where the bot has its logs; this one, if there is no file."""
    file = config_file(config)
    return (file.parent if file else Path()).absolute()


def read_settings(config: Path | None) -> "Settings":
    """The settings of the file that was named, or of config.yaml here, or of the environment alone.

    Raises `BadSettings`.
    """
    from kissbot.app.configuration import anchored, load

    file = config_file(config)
    return anchored(load(file), file.parent if file else Path())


def run_until_stopped(work: Coroutine[Any, Any, None]) -> None:
    """Run a coroutine on the fastest loop there is, until it ends or Ctrl-C or SIGTERM stops it."""
    from kissbot.app.loop import run

    try:
        run(work)
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    except asyncio.CancelledError:
        raise SystemExit(0) from None
