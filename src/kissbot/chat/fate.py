"""What becomes of a line once the bot has heard it: answered, or left in silence, and why."""

from collections.abc import Iterable, Iterator
from math import ceil
from typing import Final

from kissbot.chat.drops import drop
from kissbot.chat.evidence import LOG_IN, Evidence, Line, Link, spell
from kissbot.chat.messages import Rank
from kissbot.chat.tally import Outcome
from kissbot.chat.texts import Text, text, texts
from kissbot.chat.trail import Step

LATELY: Final = 600.0
"""Seconds for which a silence is worth explaining to somebody who does not say which."""

_WHOM: Final = {
    Rank.SUBSCRIBER: text("subscribers"),
    Rank.VIP: text("VIPs"),
    Rank.MODERATOR: text("moderators"),
    Rank.BROADCASTER: text("the broadcaster"),
    Rank.OWNER: text("the bot's owner"),
}

_SILENCES: Final = {
    Outcome.KNOWN_BOT,
    Outcome.FOREIGN,
    Outcome.SWITCHED_OFF,
    Outcome.COOLING,
    Outcome.FORBIDDEN,
    Outcome.OVERFLOW,
    Outcome.SILENT,
}


def fate(evidence: Evidence) -> Iterator[Link]:
    """What becomes of the line that is examined, or of what got silence lately."""
    examined, steps = evidence.examined, evidence.steps
    if isinstance(examined, Line):
        yield from _line(evidence, examined)
        yield _sending(evidence, steps)
    elif examined:
        yield from _message(evidence, [step for step in steps if step.message_id == examined])
    elif silence := _silence(evidence):
        yield from _message(evidence, silence)
    else:
        yield _sending(evidence, steps)


def _line(evidence: Evidence, line: Line) -> Iterator[Link]:
    """What the line would meet."""
    command, prefix = line.command, evidence.settings.prefix
    if command is None:
        yield _no_command(line.text, prefix)
        return
    shown = _shown(command.name, prefix)
    yield Link("command", True, text("{line} asks for {command}", line=line.text, command=shown))
    if line.viewer.login in evidence.settings.bots:
        yield _known_bot(line.viewer.login, prefix)
    if not command.shared:
        yield Link("shared chat", None, text("typed in another channel of a shared chat, it is not answered"))
    if lacking := evidence.disabled.get(command.feature):
        says = text("{command} lacks {scopes}", command=shown, scopes=", ".join(sorted(lacking)))
        yield Link("scopes", False, says, LOG_IN)
    if not evidence.settings.off.isdisjoint(command.labels):
        yield _switched_off(command.name, prefix)
    if line.viewer.rank < command.rank:
        yield _forbidden(shown, command.rank)
    if line.seconds_left > 0:
        somebody = command.per == "viewer" and not line.viewer.id
        yield _cooling(command.name, prefix, line.seconds_left, somebody=somebody)
    elif command.names:
        yield Link("cooldown", True, text("{command} may be asked now", command=shown))


def _no_command(line: str, prefix: str) -> Link:
    if line.startswith(prefix):
        says = text("there is no {command} here", command=line.partition(" ")[0])
        return Link("command", False, says, text("see {prefix}help", prefix=prefix))
    says = text("{line} asks the bot for nothing: commands begin with {prefix}", line=line, prefix=prefix)
    return Link("command", False, says, text("see {prefix}help", prefix=prefix))


def _silence(evidence: Evidence) -> list[Step]:
    """The steps of the newest thing that got silence lately, and has not been answered since."""
    answered = set[tuple[str, str]]()
    for step in evidence.steps:
        if step.at < evidence.now - LATELY:
            break
        asker = step.viewer_id, step.command
        if _is_silence(step) and asker not in answered:
            return [other for other in evidence.steps if other.message_id == step.message_id]
        if step.stage == "send":
            answered.add(asker)
    return []


def _is_silence(step: Step) -> bool:
    return bool(step.outcome) if step.stage == "send" else step.outcome in _SILENCES


def _message(evidence: Evidence, steps: list[Step]) -> Iterator[Link]:
    """What became of one message. A repeated delivery of it is nobody's silence."""
    ended = [step for step in steps if step.stage == "command"]
    first = next((step for step in ended if step.outcome != Outcome.REPEATED), None)
    if not ended:
        yield Link(
            "command",
            False,
            text("nothing is known of this message: it asked the bot for nothing, or was not heard"),
            text("give the line itself instead of its id"),
        )
        return
    if first is None:
        yield Link("answer", True, text("Twitch delivered it again; it had been answered before"))
        return
    yield _outcome(evidence, first)
    if first.outcome in (Outcome.ANSWERED, Outcome.REFUSED) or any(step.stage == "send" for step in steps):
        yield _sending(evidence, steps)


def _outcome(evidence: Evidence, step: Step) -> Link:
    prefix, shown = evidence.settings.prefix, _shown(step.command, evidence.settings.prefix)
    match step.outcome:
        case Outcome.KNOWN_BOT:
            return _known_bot("", prefix)
        case Outcome.FOREIGN:
            says = text("{command} was typed in another channel of the shared chat", command=shown)
            return Link("shared chat", False, says, text("ask in {channel} itself", channel=evidence.channel))
        case Outcome.SWITCHED_OFF:
            return _switched_off(step.command, prefix)
        case Outcome.FORBIDDEN:
            says = text("{command} is not for everybody here", command=shown)
            return Link("rank", False, says, text("ask a moderator"))
        case Outcome.COOLING:
            return _cooling(step.command, prefix)
        case _:
            return _answer(step, shown)


def _answer(step: Step, shown: str | Text) -> Link:
    match step.outcome:
        case Outcome.ANSWERED | Outcome.REFUSED:
            return Link("answer", True, text("{command} was answered", command=shown))
        case Outcome.OVERFLOW:
            says = text("{command} came with too many others at once", command=shown)
            return Link("answer", False, says, text("ask again"))
        case Outcome.UNAVAILABLE:
            says = text("what {command} needs did not work", command=shown)
            return Link("answer", False, says, text("ask again in a while"))
        case Outcome.BROKEN:
            says = text("{command} met a mistake of the bot's makers", command=shown)
            return Link("answer", False, says, text("the log has it, with {id}", id=step.message_id))
        case Outcome.OWN:
            return Link("answer", True, text("the bot does not answer its own lines"))
        case _:
            return Link("answer", False, text("{command} had nothing to say", command=shown))


def _known_bot(login: str, prefix: str) -> Link:
    says = (
        text("{viewer} is a known bot; those are not answered", viewer=login)
        if login
        else text("a known bot asked; those are not answered")
    )
    return Link("known bot", False, says, f"{prefix}kiss set bots -{login or 'NAME'}")


def _switched_off(name: str, prefix: str) -> Link:
    says = text("{command} is switched off here", command=_shown(name, prefix))
    return Link("switched off", False, says, f"{prefix}kiss on {name}")


def _forbidden(shown: str | Text, rank: Rank) -> Link:
    says = text("{command} is for {whom}", command=shown, whom=_WHOM[rank])
    return Link("rank", False, says, text("ask one of those"))


def _cooling(name: str, prefix: str, left: float = 0, *, somebody: bool = False) -> Link:
    shown = _shown(name, prefix)
    says = text("{command} was asked again too soon", command=shown)
    if left:
        says = texts(
            "{command} again in {count} second",
            "{command} again in {count} seconds",
            ceil(left),
            command=shown,
        )
    if somebody:
        says = text("{what}, for whoever asked last", what=says)
    remedy = text("wait, or {command} 0", command=f"{prefix}kiss cooldown {name}")
    return Link("cooldown", False, says, remedy)


def _sending(evidence: Evidence, steps: Iterable[Step]) -> Link:
    """What became of the newest line that was sent."""
    sent = next((step for step in steps if step.stage == "send"), None)
    if sent is None:
        return Link("sending", None, text("nothing was sent lately"))
    if not sent.outcome:
        ago = spell(evidence.now - sent.at)
        return Link("sending", True, text("the answer was shown {time} ago", time=ago))
    found = drop(sent.outcome, evidence.channel, evidence.bot)
    return Link("sending", False, found.says, found.remedy)


def _shown(name: str, prefix: str) -> str | Text:
    """A command as it is typed; a mention has no name."""
    return text("a mention") if name == "@" else f"{prefix}{name}"
