"""Reads the configuration: one YAML file, overridden by the environment, refused with a path when wrong."""

import os
import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from types import UnionType
from typing import Any, Final, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec
import yaml
from msgspec import Struct

from kissbot.app.senseless import senseless
from kissbot.app.settings import Settings
from kissbot.chat.errors import Trouble

PREFIX: Final = "KISSBOT_"

T = TypeVar("T", bound=Struct)

_WORDS: Final = {
    "array": "a list",
    "list": "a list",
    "object": "keys and values",
    "str": "text",
    "int": "a number",
    "float": "a number",
    "bool": "true or false",
    "null": "nothing",
}


class BadSettings(Trouble):
    """Everything that is wrong with the configuration: one line for each, with its path and a remedy."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("the configuration is not right:\n  " + "\n  ".join(problems))
        self.problems = problems


def load(path: Path | None, environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings of a file (None: of no file) and the environment. Raises `BadSettings`."""
    raw = _read(path) if path else {}
    _open_sections(raw, Settings)
    if problems := [*_override(raw, environment), *_unknown(raw, Settings, "")]:
        raise BadSettings(problems)
    try:
        settings = msgspec.convert(raw, Settings)
    except msgspec.ValidationError as error:
        raise BadSettings([_mistyped(str(error))]) from None
    if problems := list(senseless(settings)):
        raise BadSettings(problems)
    return settings


def anchored(settings: Settings, folder: Path) -> Settings:
    """The same with every path beginning at `folder`, so that it does not matter where a bot is started."""
    kept = _anchored(settings.storage, folder, "database", "key_file", "backups")
    logs, metrics = _anchored(settings.logs, folder, "folder"), _anchored(settings.metrics, folder, "samples")
    return msgspec.structs.replace(settings, storage=kept, logs=logs, metrics=metrics)


def _anchored(section: T, folder: Path, *names: str) -> T:
    paths = {
        name: str(folder.absolute() / value)
        for name in names
        if (value := getattr(section, name)) and "://" not in value
    }
    return msgspec.structs.replace(section, **paths)


def _read(path: Path) -> dict[str, Any]:
    try:
        raw = _from_yaml(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise BadSettings([f"{path}: there is no such file. Copy config.example.yaml and edit it."]) from None
    except UnicodeDecodeError:
        raise BadSettings([f"{path}: is not UTF-8. Save it as such."]) from None
    except OSError as error:
        raise BadSettings([f"{path}: cannot be read: {error.strerror}"]) from None
    except (yaml.YAMLError, ValueError) as error:
        raise BadSettings([f"{path}: is not valid YAML: {_where(error)}"]) from None
    if raw is None:
        return {}
    if not isinstance(raw, dict):
        raise BadSettings([f"{path}: must hold keys and values, but holds {_in_words(type(raw).__name__)}."])
    return raw


class _Yaml(yaml.SafeLoader):
    """YAML as people read it: `off` is the name of a setting, not false, and 2026-11-22 is a text."""

    yaml_implicit_resolvers = {  # noqa: RUF012 (as yaml declares it)
        first: [(tag, form) for tag, form in resolvers if not tag.endswith((":bool", ":timestamp"))]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


_Yaml.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("(?i:true|false)$"), list("tTfF"))


def _from_yaml(text: str) -> Any:
    loader = _Yaml(text)
    try:
        return loader.get_single_data()
    finally:
        loader.dispose()


def _where(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "unreadable"
    return f"{problem} (line {mark.line + 1}, column {mark.column + 1})" if mark else str(problem)


def _open_sections(raw: dict[str, Any], kind: type[Struct]) -> None:
    """A section in which everything is commented out is null to YAML, and empty to people."""
    for name, inner in get_type_hints(kind).items():
        if name in raw and (struct := _struct_in(inner)):
            raw[name] = {} if raw[name] is None else raw[name]
            if isinstance(raw[name], dict):
                _open_sections(raw[name], struct)


def _unknown(raw: object, kind: Any, path: str) -> Iterator[str]:
    """A line for every key that no setting has, with the nearest that there is."""
    struct = _struct_in(kind)
    if isinstance(raw, list):
        for index, item in enumerate(raw):
            yield from _unknown(item, _item_of(kind), f"{path}[{index}]")
    if not isinstance(raw, dict) or struct is None:
        return
    known = get_type_hints(struct)
    for key, value in raw.items():
        here = f"{path}.{key}".lstrip(".")
        if key in known:
            yield from _unknown(value, known[key], here)
        else:
            near = get_close_matches(str(key), known, n=1, cutoff=0.5)
            hint = f"did you mean {near[0]!r}?" if near else f"known are: {', '.join(known)}."
            yield f"{here}: there is no such setting; {hint}"


def _struct_in(kind: Any) -> type[Struct] | None:
    options = get_args(kind) if get_origin(kind) in (Union, UnionType) else (kind,)
    return next((o for o in options if isinstance(o, type) and issubclass(o, Struct)), None)


def _item_of(kind: Any) -> Any:
    return get_args(kind)[0] if get_origin(kind) is list else None


def _override(raw: dict[str, Any], environment: Mapping[str, str]) -> Iterator[str]:
    """Put `KISSBOT_SECTION__KEY` values in their places; yields what is wrong with them."""
    for name, value in sorted(environment.items()):
        if not name.startswith(PREFIX):
            continue
        *sections, key = name.removeprefix(PREFIX).lower().split("__")
        kind: Any = Settings
        for section in (*sections, key):
            struct = _struct_in(kind)
            kind = get_type_hints(struct).get(section) if struct else None
        if kind is None:
            yield f"{name}: there is no such setting (environment variable)."
            continue
        place = raw
        for section in sections:
            if not isinstance(place.setdefault(section, {}), dict):
                break
            place = place[section]
        else:
            place[key] = _valued(value, kind)


def _valued(text: str, kind: Any) -> Any:
    """A variable's text as the setting wants it; a list may be YAML's `[a, b]` or plainly `a, b`."""
    if kind is str:
        return text
    try:
        value = _from_yaml(text)
    except (yaml.YAMLError, ValueError):
        return text
    if get_origin(kind) is list and isinstance(value, str):
        return [part.strip() for part in text.split(",")]
    return value


def _mistyped(message: str) -> str:
    """msgspec's `Expected `str`, got `int` - at `$.bot.name`` in our words, never with the value itself."""
    what, _, path = message.partition(" - at `$")
    path = path.strip(".`")
    if expected := re.search(r"Expected `(.*?)`, got `(.*?)`", what):
        what = f"expected {_in_words(expected[1])}, found {_in_words(expected[2])}"
    elif what.startswith("Invalid enum value"):
        what = f"expected one of {', '.join(_choices_at(path))}, found something else"
    else:
        what = what.replace("Object missing required field", "lacks the key")
    return f"{path or 'the file'}: {what}."


def _in_words(kinds: str) -> str:
    """What msgspec and Python call a kind of value, in words: `str | object` → `text or keys and values`."""
    return " or ".join(_WORDS.get(kind, kind) for kind in kinds.split(" | "))


def _choices_at(path: str) -> tuple[str, ...]:
    """The words that a setting may have: `twitch.channels[0].language` → `en`, `fr` …"""
    kind: Any = Settings
    for step in re.findall(r"\w+", path):
        struct = _struct_in(kind)
        kind = get_type_hints(struct)[step] if struct else _item_of(kind)
    return get_args(kind) if get_origin(kind) is Literal else get_args(get_args(kind)[0])
