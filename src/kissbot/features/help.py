"""!help: what this viewer may use here, made from the commands themselves."""

from kissbot.chat.commands import Command, Commands, Feature, Invocation, Reply
from kissbot.chat.errors import Refusal
from kissbot.chat.texts import text

feature = Feature("help")


@feature.command("help", "commands", usage="[command]", cooldown=5, example=("!help gi", "!gi <game>"))
async def show_help(asked: Invocation, commands: Commands) -> Reply:
    """What you can use here, or how one command works."""
    prefix = asked.settings.prefix
    if asked.argument:
        return _explain(_wanted(asked, commands), prefix)
    names = " ".join(f"{prefix}{command.name}" for command in commands.all if _usable(command, asked))
    return text("🤖 {names} · {prefix}help <command> tells more", names=names, prefix=prefix)


def _wanted(asked: Invocation, commands: Commands) -> Command:
    name = asked.argument.removeprefix(asked.settings.prefix)
    command = commands.get(name)
    if command is None or not _usable(command, asked):
        raise Refusal(text("🤷 There is no {name} for you here.", name=f"{asked.settings.prefix}{name}"))
    return command


def _usable(command: Command, asked: Invocation) -> bool:
    allowed = asked.viewer.rank >= command.rank
    return allowed and bool(command.names) and asked.settings.off.isdisjoint(command.labels)


def _explain(command: Command, prefix: str) -> Reply:
    shown = text(
        "📖 {usage} · {summary}",
        usage=f"{prefix}{command.name} {command.usage}".rstrip(),
        summary=text(command.summary),
    )
    if command.example and command.usage:
        example = f"{prefix}{command.example[0][1:]}"
        return text("{explanation} Try: {example}", explanation=shown, example=example)
    return shown
