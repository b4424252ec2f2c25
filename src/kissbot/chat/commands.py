"""Commands as features declare them, and how a chat line becomes an invocation of one."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from inspect import cleandoc
from typing import Any, Literal, TypeVar

from msgspec import Struct

from kissbot.chat.channels import ChannelSettings
from kissbot.chat.lines import visible
from kissbot.chat.messages import Channel, ChatMessage, Rank, Viewer
from kissbot.chat.texts import Text

Reply = Text | str | None
"""What a handler returns: a sentence, words in no particular language, or nothing to say."""

Handler = Callable[..., Awaitable[Reply]]
"""A handler takes what was asked (or what happened) and, by type, the services it needs."""

H = TypeVar("H", bound=Handler)


@dataclass(frozen=True, eq=False)
class Command:
    """One thing a viewer can ask for. A mention is a command without a name."""

    handler: Handler
    names: tuple[str, ...] = ()
    """The name and its aliases, lower case, without prefix."""
    usage: str = ""
    """What follows the name, as `<game>`."""
    rank: Rank = Rank.EVERYONE
    cooldown: float = 0
    """Seconds."""
    per: Literal["viewer", "channel"] = "viewer"
    exempt: bool = True
    """Whether moderators and those above need not wait. If not, a channel can only lengthen the wait."""
    deadline: float = 5
    """Seconds until the viewer is told that it takes too long."""
    shared: bool = False
    """Also for lines that were typed in another channel of a shared chat."""
    overhears: Callable[[ChatMessage, ChannelSettings], bool] | None = None
    """Which lines it is for, of those that ask for nothing. It is called for every line: be quick."""
    example: tuple[str, str] | None = None
    """A line to type and a piece of its answer: shown by help, printed in the reference, run as a test."""
    feature: str = ""

    @property
    def name(self) -> str:
        """The first name; `@` for the mention, and its feature for what nobody asks for."""
        if self.names:
            return self.names[0]
        return self.feature if self.overhears else "@"

    @property
    def labels(self) -> tuple[str, ...]:
        """What it can be switched off by: its names, and that of its feature."""
        return (self.name, *self.names[1:], self.feature)

    @property
    def summary(self) -> str:
        """What it does, in one sentence: the first line of the handler's docstring."""
        return cleandoc(self.handler.__doc__ or "").partition("\n")[0]

    def cooldown_in(self, settings: ChannelSettings) -> float:
        """The seconds that hold in a channel."""
        chosen = settings.cooldowns.get(self.name, self.cooldown)
        return chosen if self.exempt else max(chosen, self.cooldown)


class Invocation(Struct, frozen=True, eq=False):
    """Somebody asks for something: what a handler is given."""

    command: Command
    message: ChatMessage
    argument: str
    """What followed the name, without blanks around it; for a mention, the line without the bot's name."""
    settings: ChannelSettings

    @property
    def channel(self) -> Channel:
        """Where it was asked."""
        return self.message.channel

    @property
    def viewer(self) -> Viewer:
        """Who asked."""
        return self.message.viewer


@dataclass
class Feature:
    """A file's worth of behaviour: its commands, and what it says of its own accord when things happen."""

    name: str
    commands: list[Command] = field(default_factory=list)
    overheard: list[Command] = field(default_factory=list)
    """What is done with lines that ask for nothing: as with commands, but nobody is told that it failed."""
    reactions: list[tuple[type, Handler]] = field(default_factory=list)
    scopes: Mapping[str, str] = field(default_factory=dict)
    """What the bot's login must allow for it, each with the reason: `{scope: "to give shoutouts"}`."""
    channel_scopes: Mapping[str, str] = field(default_factory=dict)
    """The same of the broadcaster's login."""
    optional_scopes: Mapping[str, str] = field(default_factory=dict)
    """What the bot's login had better allow; without it the feature does what it can."""
    beginnings: list[Callable[..., None]] = field(default_factory=list)
    """What is done once, before anything is heard."""

    def command(self, *names: str, **options: Any) -> Callable[[H], H]:
        """Declare a handler as a command. `options` are the fields of `Command`."""

        def declare(handler: H) -> H:
            self.commands.append(Command(handler, names, feature=self.name, **options))
            return handler

        return declare

    def mention(self, **options: Any) -> Callable[[H], H]:
        """Declare the handler of lines that speak to the bot by its name."""
        return self.command(**options)

    def overhear(
        self, wanted: Callable[[ChatMessage, ChannelSettings], bool], **options: Any
    ) -> Callable[[H], H]:
        """Declare the handler of lines that ask for nothing and are `wanted`: see `Command.overhears`."""

        def declare(handler: H) -> H:
            self.overheard.append(Command(handler, feature=self.name, overhears=wanted, **options))
            return handler

        return declare

    def at_start(self, work: Callable[..., None]) -> Callable[..., None]:
        """Have something done once, before anything is heard; its parameters are services, found by type."""
        self.beginnings.append(work)
        return work

    def on(self, kind: type) -> Callable[[H], H]:
        """Declare a handler for a value of `messages` that has a channel; what it returns is said there."""

        def declare(handler: H) -> H:
            self.reactions.append((kind, handler))
            return handler

        return declare


class Commands:
    """Every command of the bot, by name."""

    def __init__(self, commands: Iterable[Command], overheard: Iterable[Command] = ()) -> None:
        self.all, self.overheard = tuple(commands), tuple(overheard)
        self.mention: Command | None = None
        self._by_name: dict[str, Command] = {}
        for command in self.all:
            self._add(command)

    def _add(self, command: Command) -> None:
        if not command.names:
            if self.mention:
                raise ValueError(f"{command.feature} and {self.mention.feature} both answer mentions")
            self.mention = command
        for name in command.names:
            if other := self._by_name.get(name):
                raise ValueError(f"{command.feature} and {other.feature} both declare the command {name!r}")
            self._by_name[name] = command

    def get(self, name: str) -> Command | None:
        """The command of that name or alias, in any case."""
        return self._by_name.get(name.casefold())

    def overhearing(self, message: ChatMessage, settings: ChannelSettings) -> Command | None:
        """What a line is for that asks for nothing."""
        for command in self.overheard:
            if command.overhears and command.overhears(message, settings):
                return command
        return None

    def parse(self, text: str, prefix: str) -> tuple[Command, str] | None:
        """`"!gi hades"` → the command and `"hades"`; None for a line that is no command of ours."""
        if not text.startswith(prefix):
            return None
        name, _, argument = visible(text[len(prefix) :]).partition(" ")
        command = self.get(name)
        return (command, argument.strip()) if command else None
