"""What in a configuration is of the right type, and cannot work all the same."""

import re
from collections.abc import Collection, Iterator
from difflib import get_close_matches
from typing import Any, Final

from kissbot.app.llm import senseless_models
from kissbot.app.lookups import bad_lookups
from kissbot.app.settings import Learn, Live, Settings, Urls
from kissbot.app.supervisor.settings import bad_supervision
from kissbot.app.watching import bad_watching
from kissbot.chat.announcing import BLANKS, flaw
from kissbot.chat.changes import LOGIN, LONGEST_COOLDOWN, LONGEST_PREFIX, is_prefix
from kissbot.chat.commands import Command
from kissbot.chat.lines import visible
from kissbot.features import find_features
from kissbot.knowledge.truth.records import EVAPORATES

FASTEST_LOOK: Final = 0.2
SLOWEST_LOOK: Final = 120.0
"""Seconds; a process that looks less often could not show that it lives."""

LONGEST_LOOK_UP: Final = 4.0
"""Seconds; a command has five for its whole answer."""

MOST_SHARDS: Final = 100
"""Twitch allows more, but nobody needs them."""


def senseless(settings: Settings) -> Iterator[str]:
    """Values of the right type that cannot work."""
    for path, prefix in _prefixes(settings):
        if not is_prefix(prefix):
            yield f"{path}: must be 1 to {LONGEST_PREFIX} characters without blanks, and no / or . first."
    for path, login in (*_logins(settings), *_announced(settings)):
        if not LOGIN.fullmatch(login):
            yield f"{path}: {login!r} is no Twitch login (a-z, 0-9 and _, at most 25)."
    names = [choice.name for choice in settings.channel_choices()]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"twitch.channels: {name!r} is there more than once."
    yield from _bad_addresses(settings.twitch.urls)
    yield from _nothing_to_switch_off(settings)
    yield from _no_such_cooldown(settings)
    yield from _bad_lines(settings)
    yield from _too_few(settings)
    yield from _bad_live(settings.live)
    yield from _bad_learning(settings.learn)
    if not re.match(r"https?://[^\s/]+", settings.music.url):
        yield "music.url: must be an address that begins with https:// (or http://)."
    yield from _bad_games(settings)
    yield from senseless_models(settings.llm)
    yield from bad_lookups(settings.wikipedia, settings.translate)
    yield from bad_supervision(settings.supervisor)
    yield from bad_watching(settings.metrics, settings.logs)


def _prefixes(settings: Settings) -> Iterator[tuple[str, str]]:
    yield "prefix", settings.prefix
    yield from ((path, prefix) for path, prefix in _each(settings, "prefix") if prefix is not None)


def _nothing_to_switch_off(settings: Settings) -> Iterator[str]:
    labels = {label for command in _commands() for label in command.labels}
    for path, names in (("off", settings.off), *_each(settings, "off")):
        for name in names or ():
            if name not in labels:
                yield f"{path}: there is no command or feature {name!r}; {_nearest(name, labels)}"


def _no_such_cooldown(settings: Settings) -> Iterator[str]:
    names = {command.name for command in _commands()}
    for path, cooldowns in _each(settings, "cooldowns"):
        for name, seconds in cooldowns.items():
            if name not in names:
                yield f"{path}: there is no command {name!r}; {_nearest(name, names)}"
            if not 0 <= seconds <= LONGEST_COOLDOWN:
                yield f"{path}.{name}: must be 0 to {LONGEST_COOLDOWN} seconds."


def _bad_lines(settings: Settings) -> Iterator[str]:
    for path, lines in _each(settings, "lines"):
        for kind, line in lines.items():
            if kind not in BLANKS:
                yield f"{path}: there is no line {kind!r}; {_nearest(kind, BLANKS)}"
            elif wrong := flaw(kind, line):
                yield f"{path}.{kind}: {visible(wrong.msgid.format_map(wrong.values)).strip('🤷 ')}."


def _bad_live(live: Live) -> Iterator[str]:
    if not FASTEST_LOOK <= live.poll_seconds <= SLOWEST_LOOK:
        yield f"live.poll_seconds: must be {FASTEST_LOOK:g} to {SLOWEST_LOOK:g}."
    if live.webhook and not re.match(r"https?://[^\s/]+", live.webhook):
        yield "live.webhook: must be an address that begins with https:// (or http://)."


def _bad_learning(learn: Learn) -> Iterator[str]:
    for name, least, most in (
        ("confirmation_boost", 0, 1),
        ("auto_entangle_threshold", 0, 1),
        ("ttl_unverified_seconds", 10, EVAPORATES),
        ("ttl_verified_seconds", 60, 365 * 86_400),
        ("max_superposition_states", 1, 5),
        ("max_suggestions", 0, 5),
    ):
        if not least <= getattr(learn, name) <= most:
            yield f"learn.{name}: must be {least:g} to {most:g}."


def _bad_games(settings: Settings) -> Iterator[str]:
    games, twitch = settings.games, settings.twitch
    if not FASTEST_LOOK <= games.deadline <= LONGEST_LOOK_UP:
        yield f"games.deadline: must be {FASTEST_LOOK:g} to {LONGEST_LOOK_UP:g}."
    if games.igdb.ask == "on" and not (twitch.client_id and twitch.client_secret):
        yield "games.igdb.ask: on wants twitch.client_id and twitch.client_secret."
    if games.rawg.ask == "on" and not games.rawg.key:
        yield "games.rawg.ask: on wants games.rawg.key."
    addresses = {"igdb.url": games.igdb.url, "rawg.url": games.rawg.url}
    addresses |= {"steam.url": games.steam.url, "steam.api_url": games.steam.api_url}
    for path, address in addresses.items():
        if not re.match(r"https?://[^\s/]+", address):
            yield f"games.{path}: must be an address that begins with https:// (or http://)."


def _too_few(settings: Settings) -> Iterator[str]:
    if not 1 <= settings.twitch.shards <= MOST_SHARDS:
        yield f"twitch.shards: must be 1 to {MOST_SHARDS}."
    if settings.twitch.subscriptions_per_second <= 0:
        yield "twitch.subscriptions_per_second: must be more than 0."
    for name in ("keep_backups", "keep_audit_days"):
        if getattr(settings.storage, name) < 1:
            yield f"storage.{name}: must be 1 or more."


def _each(settings: Settings, key: str) -> list[tuple[str, Any]]:
    """What every channel chose for a key, with its path."""
    choices = enumerate(settings.channel_choices())
    return [(f"twitch.channels[{index}].{key}", getattr(choice, key)) for index, choice in choices]


def _commands() -> Iterator[Command]:
    return (command for feature in find_features() for command in feature.commands)


def _announced(settings: Settings) -> Iterator[tuple[str, str]]:
    for key in ("streams", "translated"):
        for path, logins in _each(settings, key):
            yield from ((path, login) for login in logins or ())


def _nearest(name: str, known: Collection[str]) -> str:
    near = get_close_matches(name, known, n=1, cutoff=0.5)
    return f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(sorted(known))}."


_SCHEMES: Final = {
    "helix": ("http",),
    "oauth": ("http",),
    "eventsub": ("ws",),
    "subscriptions": ("http",),
    "irc": ("ws", "irc"),
}


def _bad_addresses(urls: Urls) -> Iterator[str]:
    for name, schemes in _SCHEMES.items():
        if not re.match(rf"({'|'.join(schemes)})s?://[^\s/]+", getattr(urls, name)):
            wanted = " or ".join(f"{scheme}s:// (or {scheme}://)" for scheme in schemes)
            yield f"twitch.urls.{name}: must be an address that begins with {wanted}."


def _logins(settings: Settings) -> Iterator[tuple[str, str]]:
    yield "bot.name", settings.bot.name.lower()
    for index, choice in enumerate(settings.channel_choices()):
        yield f"twitch.channels[{index}]", choice.name
