"""Words that change what holds in a channel: `set language fr`, `off gi`, `cooldown gi 5`, `reset all`.

What cannot be is a `Refusal` that says what can.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from string import punctuation
from typing import Any, Final

from kissbot.chat.announcing import BLANKS, flaw
from kissbot.chat.channels import ChannelSettings, Choices
from kissbot.chat.commands import Command, Commands
from kissbot.chat.errors import Refusal
from kissbot.chat.holding import SHOWN, Shown, in_seconds, overview, shown_line
from kissbot.chat.lines import visible
from kissbot.chat.personality import KNOWN, is_personality
from kissbot.chat.texts import LANGUAGES, text

LOGIN: Final = re.compile(r"[a-z0-9_]{1,25}")
"""What a Twitch login looks like."""

LONGEST_COOLDOWN: Final = 86_400
"""Seconds."""

LONGEST_PREFIX: Final = 5

MOST_STREAMS: Final = 50
"""Other channels that one channel may announce."""

ALWAYS_ON: Final = "kiss"
"""The command that switches the others on."""


@dataclass(frozen=True)
class Change:
    """One change of what a channel chose, found valid."""

    what: str
    """As people call it: `language`, `gi`, `cooldown gi`."""
    choose: Callable[[Choices], Choices]
    shown: Shown
    """The value of that, as people write it."""
    below: ChannelSettings
    anew: bool = False
    """It does not matter what was chosen before."""

    def show(self, choices: Choices) -> str:
        """What holds by these choices."""
        return self.shown(choices.over(self.below))


@dataclass(frozen=True)
class Place:
    """Where something is to change: a channel, and what holds there when nothing is chosen."""

    channel: str
    below: ChannelSettings
    commands: Commands

    def change(self, what: str, shown: Shown, choose: Callable[[Choices], Choices]) -> Change:
        """A change of that."""
        return Change(what, choose, shown, self.below)


Reader = Callable[[Sequence[str], Place], Change]


def is_prefix(prefix: str) -> bool:
    """Whether commands may begin so. What cannot be seen cannot be typed; `/` and `.` are the platform's."""
    if not 1 <= len(prefix) <= LONGEST_PREFIX:
        return False
    return visible(prefix).split() == [prefix] and prefix[0] not in "/."


def read_change(words: Sequence[str], place: Place) -> Change:
    """What the words want changed."""
    return _pick(words, VERBS, place)


def unknown(word: str, known: Iterable[str]) -> Refusal:
    """Says what there is instead of a word."""
    known = tuple(known)
    near = get_close_matches(word.casefold(), known, n=1, cutoff=0.5)
    if near:
        return Refusal(text("🤷 I do not know “{word}”. Did you mean {near}?", word=word, near=near[0]))
    listed = ", ".join(known)
    if not word:
        return Refusal(text("🤷 Something is missing. There are: {known}", known=listed))
    return Refusal(text("🤷 I do not know “{word}”. There are: {known}", word=word, known=listed))


def _pick(words: Sequence[str], readers: Mapping[str, Reader], place: Place) -> Change:
    word, *rest = words or ("",)
    reader = readers.get(word.casefold())
    if reader is None:
        raise unknown(word, readers)
    return reader(rest, place)


# set KEY VALUE


def _set(words: Sequence[str], place: Place) -> Change:
    return _pick(words, _SETTERS, place)


def _one_of(key: str, possible: Mapping[str, object]) -> Reader:
    def read(words: Sequence[str], place: Place) -> Change:
        word = " ".join(words).casefold()
        if word not in possible:
            raise Refusal(text("🤷 {what} can be: {values}", what=key, values=", ".join(possible)))
        return place.change(key, SHOWN[key], lambda choices: choices.but(**{key: possible[word]}))

    return read


def _set_prefix(words: Sequence[str], place: Place) -> Change:
    prefix = " ".join(words)
    if not is_prefix(prefix):
        raise Refusal(
            text(
                "🤷 A prefix is 1 to {longest} characters, without blanks, not beginning with “/” or “.”",
                longest=LONGEST_PREFIX,
            )
        )
    return place.change("prefix", SHOWN["prefix"], lambda choices: choices.but(prefix=prefix))


def _set_bots(words: Sequence[str], place: Place) -> Change:
    signed = [(word[0], word[1:].lower().removeprefix("@")) for word in words]
    if not signed or not all(sign in "+-" and LOGIN.fullmatch(name) for sign, name in signed):
        raise Refusal(text("🤷 Write +name for an account to ignore, -name for one to listen to."))
    ignored = {name for sign, name in signed if sign == "+"}
    heard = {name for sign, name in signed if sign == "-"}
    if place.channel in ignored:
        raise Refusal(text("🤷 {name} is the broadcaster: I cannot ignore them.", name=place.channel))
    known = place.below.bots

    def choose(choices: Choices) -> Choices:
        return choices.but(
            more_bots=(choices.more_bots | ignored) - heard - known,
            not_bots=((choices.not_bots | heard) - ignored) & known,
        )

    return place.change("bots", SHOWN["bots"], choose)


def _set_line(kind: str) -> Reader:
    def read(words: Sequence[str], place: Place) -> Change:
        line = " ".join(words)
        line = line.casefold() if line.casefold() in _SWITCH else line
        if wrong := flaw(kind, line):
            raise Refusal(wrong)
        return place.change(
            kind, shown_line(kind), lambda choices: choices.but(lines={**choices.lines, kind: line})
        )

    return read


def _set_streams(words: Sequence[str], place: Place) -> Change:
    signed = [(word[0], word[1:].lower().removeprefix("@")) for word in words]
    if not signed or not all(sign in "+-" and LOGIN.fullmatch(name) for sign, name in signed):
        raise Refusal(text("🤷 Write +name for a channel to announce here, -name for one to leave out."))
    more = {name for sign, name in signed if sign == "+"}
    fewer = {name for sign, name in signed if sign == "-"}

    def choose(choices: Choices) -> Choices:
        streams = (choices.over(place.below).streams | more) - fewer
        if len(streams) > MOST_STREAMS:
            raise Refusal(text("🤷 That is too many: {most} at most.", most=MOST_STREAMS))
        return choices.but(streams=None if streams == place.below.streams else streams)

    return place.change("streams", SHOWN["streams"], choose)


def _set_personality(words: Sequence[str], place: Place) -> Change:
    personality = " ".join(words).casefold()
    if not is_personality(personality):
        raise Refusal(text("🤷 {what} can be: {values}", what="personality", values=", ".join(KNOWN)))
    return place.change(
        "personality", SHOWN["personality"], lambda choices: choices.but(personality=personality)
    )


_SWITCH: Final = {"on": True, "off": False}

_SETTERS: Final[Mapping[str, Reader]] = {
    "language": _one_of("language", {language: language for language in LANGUAGES}),
    "prefix": _set_prefix,
    "reply": _one_of("reply", {"thread": "thread", "mention": "mention"}),
    "greeting": _one_of("greeting", _SWITCH),
    "bots": _set_bots,
    **{kind: _set_line(kind) for kind in BLANKS},
    "streams": _set_streams,
    "shoutout": _one_of("shoutout", _SWITCH),
    "broadcast": _one_of("broadcast", _SWITCH),
    "personality": _set_personality,
    "safety": _one_of("safety", {"strict": "strict", "usual": "usual"}),
}


# on NAME, off NAME


@dataclass(frozen=True)
class _Switch:
    """A command, or all commands of a feature, by the label that stands among what is off."""

    label: str
    commands: tuple[Command, ...]
    siblings: tuple[Command, ...]
    """The other commands of the feature."""

    def state(self, settings: ChannelSettings) -> str:
        """`on`, `off`, or `on -gi` for a feature of which a part is off."""
        out = [command.name for command in self.commands if not settings.off.isdisjoint(command.labels)]
        return "off" if len(out) == len(self.commands) else " ".join(("on", *(f"-{name}" for name in out)))

    def on(self, off: frozenset[str]) -> frozenset[str]:
        """What is off then: when the whole feature was, the others of it still are."""
        spared = {other.name for other in self.siblings if other.feature in off}
        return (off - self._labels()) | spared

    def off(self, off: frozenset[str]) -> frozenset[str]:
        """What is off then."""
        return (off - self._labels()) | {self.label}

    def _labels(self) -> set[str]:
        return {label for command in self.commands for label in command.labels}


def _switch_on(words: Sequence[str], place: Place) -> Change:
    switch = _switch(words, place.commands)
    return _switched(switch, place, "on", switch.on)


def _switch_off(words: Sequence[str], place: Place) -> Change:
    switch = _switch(words, place.commands)
    if any(command.name == ALWAYS_ON for command in switch.commands):
        raise Refusal(text("🤷 {name} stays on: nobody could switch it on again.", name=switch.label))
    return _switched(switch, place, "off", switch.off)


def _switched(
    switch: _Switch, place: Place, wanted: str, change: Callable[[frozenset[str]], frozenset[str]]
) -> Change:
    def choose(choices: Choices) -> Choices:
        now = choices.over(place.below)
        if switch.state(now) == wanted:
            return choices
        off = change(now.off)
        return choices.but(off=None if off == place.below.off else off)

    return place.change(switch.label, switch.state, choose)


def _switch(words: Sequence[str], commands: Commands) -> _Switch:
    name = _named(words)
    if members := tuple(command for command in commands.all if command.feature == name):
        return _Switch(name, members, ())
    command = _command(words, commands, {label for command in commands.all for label in command.labels})
    others = (other for other in commands.all if other.feature == command.feature and other is not command)
    return _Switch(command.name, (command,), tuple(others))


# cooldown NAME SECONDS


def _cooldown(words: Sequence[str], place: Place) -> Change:
    names, value = words[:1], " ".join(words[1:])
    command = _command(names, place.commands, {name for each in place.commands.all for name in each.names})
    seconds = _read_seconds(value)

    def choose(choices: Choices) -> Choices:
        others = {name: time for name, time in choices.cooldowns.items() if name != command.name}
        return choices.but(cooldowns=others if seconds is None else {**others, command.name: seconds})

    def shown(settings: ChannelSettings) -> str:
        return in_seconds(command.cooldown_in(settings))

    return place.change(f"cooldown {command.name}", shown, choose)


def _read_seconds(value: str) -> float | None:
    """The seconds; None for `default`."""
    if value.casefold() == "default":
        return None
    try:
        seconds = float(value)
    except ValueError:
        seconds = -1
    if not 0 <= seconds <= LONGEST_COOLDOWN:
        raise Refusal(
            text("🤷 A cooldown is 0 to {longest} seconds, or “default”.", longest=LONGEST_COOLDOWN)
        )
    return seconds


def _command(words: Sequence[str], commands: Commands, known: Iterable[str]) -> Command:
    name = _named(words)
    command = commands.mention if name == "@" else commands.get(name)
    if command is None:
        raise unknown(name, sorted(known))
    return command


def _named(words: Sequence[str]) -> str:
    """The name that was typed, perhaps with the prefix before it."""
    name = " ".join(words).casefold()
    return name if name == "@" else name.lstrip(punctuation)


# reset KEY


def _reset(words: Sequence[str], place: Place) -> Change:
    return _pick(words, _RESETTERS, place)


def _back(key: str, **nothing: Any) -> Reader:
    def read(words: Sequence[str], place: Place) -> Change:
        return place.change(key, SHOWN[key], lambda choices: choices.but(**nothing))

    return read


def _reset_line(kind: str) -> Reader:
    def read(words: Sequence[str], place: Place) -> Change:
        def choose(choices: Choices) -> Choices:
            return choices.but(lines={name: line for name, line in choices.lines.items() if name != kind})

        return place.change(kind, shown_line(kind), choose)

    return read


def _reset_all(words: Sequence[str], place: Place) -> Change:
    return Change("all", lambda choices: Choices(), overview, place.below, anew=True)


_RESETTERS: Final[Mapping[str, Reader]] = {
    "language": _back("language", language=None),
    "prefix": _back("prefix", prefix=None),
    "reply": _back("reply", reply=None),
    "greeting": _back("greeting", greeting=None),
    "bots": _back("bots", more_bots=frozenset(), not_bots=frozenset()),
    "off": _back("off", off=None),
    "cooldowns": _back("cooldowns", cooldowns={}),
    **{kind: _reset_line(kind) for kind in BLANKS},
    "streams": _back("streams", streams=None),
    "shoutout": _back("shoutout", shoutout=None),
    "broadcast": _back("broadcast", broadcast=None),
    "personality": _back("personality", personality=None),
    "safety": _back("safety", safety=None),
    "all": _reset_all,
}

VERBS: Final[Mapping[str, Reader]] = {
    "set": _set,
    "on": _switch_on,
    "off": _switch_off,
    "cooldown": _cooldown,
    "reset": _reset,
}
