"""The answer role, put together: from the features and what they need to a bot that answers."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field

from kissbot.chat.bind import begin, bind
from kissbot.chat.channels import Channels
from kissbot.chat.commands import Commands, Feature, Invocation, Reply
from kissbot.chat.dispatch import Dispatch
from kissbot.chat.ear import Ear
from kissbot.chat.gate import Gate
from kissbot.chat.gathering import Gathering
from kissbot.chat.identity import Identity
from kissbot.chat.messages import ChatMessage, Outgoing, Receipt
from kissbot.chat.ports import Bus, Clock, Notes
from kissbot.chat.reactions import Reactions
from kissbot.chat.tally import Tally
from kissbot.chat.tasks import Tasks
from kissbot.chat.timings import Sendings, Timings
from kissbot.chat.trail import Scribe, Trail
from kissbot.chat.voice import Sayings, Voice

Answer = Callable[[Invocation], Awaitable[Reply]]


@dataclass(frozen=True)
class AnswerRole:
    """Everything that the way of a message needs, whichever transport brings it."""

    identity: Identity
    channels: Channels
    bus: Bus
    notes: Notes
    clock: Clock
    tally: Tally
    tasks: Tasks
    trail: Trail
    owners: frozenset[str] = frozenset()
    sayings: Sayings | None = None
    """What other processes of the same account say; None where there is none."""
    timings: Timings = field(default_factory=Timings)

    def play(self, features: Iterable[Feature], services: Mapping[type, object]) -> Commands:
        """Hear the bus and answer on it. Raises `MissingService` for what nobody provides."""
        features = tuple(features)
        commands = Commands(
            (command for feature in features for command in feature.commands),
            (command for feature in features for command in feature.overheard),
        )
        login, scribe = self.identity.login, Scribe(self.trail, self.clock)
        ear = Ear(login, commands, self.channels, self.tally, scribe, self.owners)
        voice = Voice(login, self.bus, self.clock, self.channels, self.tally, scribe, self.sayings)
        services = {**self._own_services(commands), Voice: voice, **services}
        for work in (work for feature in features for work in feature.beginnings):
            begin(work, services)
        handlers = {
            command: self._timed(bind(command.handler, services))
            for command in (*commands.all, *commands.overheard)
        }
        dispatch = Dispatch(
            ear, Gate(self.notes, self.timings), voice, handlers, self.tasks, self.tally, scribe
        )
        self.bus.subscribe(ChatMessage, dispatch.hear)
        sendings = Sendings(self.timings)
        self.bus.subscribe(Outgoing, sendings.begin)
        self.bus.subscribe(Receipt, sendings.end)
        reactions = Reactions(self.bus, voice, self.tasks, self.notes)
        for feature in features:
            for kind, handler in feature.reactions:
                reactions.add(kind, bind(handler, services), feature.name)
        return commands

    def _timed(self, handler: Answer) -> Answer:
        async def timed(asked: Invocation) -> Reply:
            with self.timings.measured("answer"):
                return await handler(asked)

        return timed

    def _own_services(self, commands: Commands) -> dict[type, object]:
        return {
            Commands: commands,
            Channels: self.channels,
            Clock: self.clock,
            Gathering: Gathering(),
            Identity: self.identity,
            Notes: self.notes,
            Tally: self.tally,
            Tasks: self.tasks,
            Timings: self.timings,
        }
