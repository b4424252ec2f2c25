"""Writes the reference pages from the code: `python tools/reference.py [--check]`.

`--check` changes nothing and fails when a page is out of date.
"""

import ast
import inspect
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from textwrap import dedent
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from click import Context, Group
from msgspec import NODEFAULT, Struct
from msgspec.structs import FieldInfo, fields

from kissbot.app.cli import main as command_line
from kissbot.app.lookups import Translate, Wikipedia
from kissbot.app.metrics.meters import METERS, PROCESS, Meter
from kissbot.app.settings import (
    Bot,
    ChannelChoice,
    Games,
    Igdb,
    Learn,
    Live,
    Music,
    Rawg,
    Settings,
    Steam,
    Storage,
    Twitch,
    Urls,
)
from kissbot.app.supervisor.settings import Supervision
from kissbot.app.watching import Logs, Metrics
from kissbot.chat.commands import Command
from kissbot.chat.messages import Rank
from kissbot.features import find_features

DOCS = Path(__file__).parent.parent / "docs"
NOTE = "<!-- Made from the code by tools/reference.py; do not edit. -->\n"
WHO = {
    Rank.EVERYONE: "everyone",
    Rank.SUBSCRIBER: "subscribers",
    Rank.VIP: "VIPs",
    Rank.MODERATOR: "moderators",
    Rank.BROADCASTER: "the broadcaster",
    Rank.OWNER: "the owner",
}


def commands_page() -> str:
    """What viewers can type."""
    rows = [_command_row(command) for feature in find_features() for command in feature.commands]
    return "\n".join(
        (
            "# Commands",
            NOTE,
            "Shown with the prefix `!`. Cooldowns are seconds for each viewer; moderators have none.",
            "Where that is different, it says so.",
            "",
            "| command | also | who | cooldown | what it does | example |",
            "| --- | --- | --- | --- | --- | --- |",
            *sorted(rows),
            "",
        )
    )


def settings_page() -> str:
    """What can stand in config.yaml."""
    sections: tuple[tuple[str, type[Struct]], ...] = (
        ("", Settings),
        ("bot", Bot),
        ("twitch", Twitch),
        ("twitch.urls", Urls),
        ("live", Live),
        ("learn", Learn),
        ("music", Music),
        ("games", Games),
        ("games.igdb", Igdb),
        ("games.rawg", Rawg),
        ("games.steam", Steam),
        ("wikipedia", Wikipedia),
        ("translate", Translate),
        ("storage", Storage),
        ("supervisor", Supervision),
        ("metrics", Metrics),
        ("logs", Logs),
    )
    return "\n".join(
        (
            "# Settings",
            NOTE,
            "One file, `config.yaml`; `config.example.yaml` explains it by example. Every setting can also",
            "come from the environment: `twitch.urls.helix` is `KISSBOT_TWITCH__URLS__HELIX`; a list is",
            "names between commas.",
            "",
            "| setting | type | default | meaning |",
            "| --- | --- | --- | --- |",
            *(row for prefix, struct in sections for row in _setting_rows(prefix, struct)),
            "",
            "An entry of `twitch.channels` is a name, or a name with choices of its own:",
            "",
            "| key | type | default | meaning |",
            "| --- | --- | --- | --- |",
            *_setting_rows("", ChannelChoice),
            "",
        )
    )


def command_line_page() -> str:
    """What an operator can type."""
    parts = ["# Command line", NOTE, "Each is run as `./kissbot.sh COMMAND`.", ""]
    for name, text in _help_texts(command_line, "kissbot", None):
        parts += [f"## {name}", "", "```text", text, "```", ""]
    return "\n".join(parts)


def metrics_page() -> str:
    """What Prometheus can read."""
    rows = [_meter_row(meter) for meter in METERS]
    rows += [f"| `{name}` | {kind} |  | {says} |" for name, (kind, says) in PROCESS.items()]
    return "\n".join(
        (
            "# Metrics",
            NOTE,
            "What `/metrics` has, once `metrics.port` is set. Counts begin at the start of the bot.",
            "No label holds anything that a viewer made up.",
            "",
            "| figure | kind | labels | meaning |",
            "| --- | --- | --- | --- |",
            *rows,
            "",
        )
    )


def _meter_row(meter: Meter) -> str:
    labels = " ".join(f"`{label}`" for label in meter.labels)
    return f"| `{meter.shown}` | {meter.kind} | {labels} | {meter.help} |"


def _command_row(command: Command) -> str:
    name = f"`!{command.name} {command.usage}".rstrip() + "`" if command.names else "`@bot …`"
    also = " ".join(f"`!{alias}`" for alias in command.names[1:])
    example = f"`{command.example[0]}`" if command.example else ""
    cells = (name, also, WHO[command.rank], _cooldown(command), command.summary, example)
    return f"| {' | '.join(cells)} |"


def _cooldown(command: Command) -> str:
    whole = ", the whole channel" if command.per == "channel" else ""
    return f"{command.cooldown:g}{whole}{'' if command.exempt else ', everybody'}"


def _setting_rows(prefix: str, struct: type[Struct]) -> Iterator[str]:
    meanings = _meanings(struct)
    for field in fields(struct):
        kind = get_type_hints(struct)[field.name]
        if inspect.isclass(kind) and issubclass(kind, Struct):
            continue
        path = f"{prefix}.{field.name}".lstrip(".")
        yield f"| `{path}` | {_shown(kind)} | {_default(field)} | {meanings.get(field.name, '')} |"


def _shown(kind: Any) -> str:
    options = [option for option in get_args(kind) if option is not type(None)]
    if get_origin(kind) is Literal:
        return ", ".join(f"`{option}`" for option in options)
    if get_origin(kind) in (list, frozenset):
        return f"list of {_shown(options[0])}"
    if get_origin(kind) is Mapping:
        return f"{'text' if options[-1] is str else 'a number'} for each name"
    if get_origin(kind) in (Union, UnionType):
        return " or ".join(_shown(option) for option in options)
    return {str: "text", bool: "true or false", int: "number", float: "number", ChannelChoice: "choice"}[kind]


def _default(field: FieldInfo) -> str:
    if field.required:
        return "needed"
    if field.default is None:
        return "as for all"
    if field.default in (NODEFAULT, "", frozenset()):
        return "empty"
    return f"`{str(field.default).lower() if isinstance(field.default, bool) else field.default}`"


def _meanings(struct: type[Struct]) -> dict[str, str]:
    """The string below each field, as the source has it, those of the struct that it extends included."""
    body = ast.parse(dedent(inspect.getsource(struct))).body[0]
    assert isinstance(body, ast.ClassDef)
    above = next(base for base in struct.__bases__)
    found = {} if above is Struct else _meanings(above)
    for field, text in zip(body.body, body.body[1:], strict=False):
        if isinstance(field, ast.AnnAssign) and isinstance(text, ast.Expr):
            found[ast.unparse(field.target)] = ast.literal_eval(text.value)
    return found


def _help_texts(group: Group, path: str, parent: Context | None) -> Iterator[tuple[str, str]]:
    context = Context(group, parent, info_name=path.split()[-1], terminal_width=100)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if command.hidden:
            continue
        inner = Context(command, context, info_name=name, terminal_width=100)
        if isinstance(command, Group):
            yield from _help_texts(command, f"{path} {name}", context)
        else:
            yield f"{path} {name}", command.get_help(inner)


PAGES = {
    "commands.md": commands_page,
    "settings.md": settings_page,
    "command-line.md": command_line_page,
    "metrics.md": metrics_page,
}


def main(check: bool) -> int:
    """Write the pages, or with `check` say which are out of date. Returns the exit status."""
    stale = []
    for name, make in PAGES.items():
        path, content = DOCS / name, make()
        if check and (not path.exists() or path.read_text() != content):
            stale.append(name)
        elif not check:
            path.parent.mkdir(exist_ok=True)
            path.write_text(content)
    sys.stdout.writelines(f"docs/{name} is out of date: run python tools/reference.py\n" for name in stale)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv))
