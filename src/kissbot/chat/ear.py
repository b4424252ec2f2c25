"""What is said to the bot: every line is heard, and most leave here having cost almost nothing."""

from msgspec.structs import replace

from kissbot.chat.channels import Channels, ChannelSettings
from kissbot.chat.commands import Command, Commands, Invocation
from kissbot.chat.mentions import Mentions
from kissbot.chat.messages import ChatMessage, Rank
from kissbot.chat.tally import Outcome, Tally
from kissbot.chat.trail import Scribe


class Ear:
    """Turns a message into an invocation when it asks the bot for something, and may."""

    def __init__(
        self,
        name: str,
        commands: Commands,
        channels: Channels,
        tally: Tally,
        scribe: Scribe,
        owners: frozenset[str] = frozenset(),
    ) -> None:
        self._commands, self._channels = commands, channels
        self._tally, self._scribe = tally, scribe
        self._mentions = Mentions(name)
        self._owners = owners

    def hear(self, message: ChatMessage) -> Invocation | None:
        """The invocation in a line; None for the chat's own talk, known bots and foreign lines."""
        self._tally.lines += 1
        settings = self._channels.of(message.channel)
        found = self.parse(message, settings)
        if found is None:
            overhearing = self._commands.overhearing(message, settings)
            if overhearing is None:
                return None
            found = overhearing, message.text
        command, argument = found
        if outcome := _ignored(message, command, settings):
            self._tally.outcomes[outcome] += 1
            self._scribe.ended(message, command.name, outcome)
            return None
        return Invocation(command, self._ranked(message), argument, settings)

    def parse(self, message: ChatMessage, settings: ChannelSettings) -> tuple[Command, str] | None:
        """The command that a line asks for, and what follows it, whoever typed it."""
        text = message.text
        if message.reply_to and text.startswith("@"):
            text = text.partition(" ")[2]  # a reply begins with the name of whom it answers
        if text.startswith(settings.prefix):
            found = self._commands.parse(text, settings.prefix)
            if found or text is message.text:  # another bot's command, whoever it names, is none of ours
                return found
        said = self._mentions.parse(message.text)
        if said is None or self._commands.mention is None:
            return None
        return self._commands.mention, said

    def _ranked(self, message: ChatMessage) -> ChatMessage:
        if message.viewer.login not in self._owners:
            return message
        return replace(message, viewer=replace(message.viewer, rank=Rank.OWNER))


def _ignored(message: ChatMessage, command: Command, settings: ChannelSettings) -> Outcome | None:
    if message.viewer.login in settings.bots:
        return Outcome.KNOWN_BOT
    if message.source not in (None, message.channel.id) and not command.shared:
        return Outcome.FOREIGN
    return None
