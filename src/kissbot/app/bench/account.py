"""What became of everything that was said to a bot: each thing once, or counted with its reason."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct, field

from kissbot.chat.tally import Outcome
from kissbot.chat.trail import Step
from kissbot.sandbox.platform import Sent


class Commands(Struct):
    """Of the commands that were typed. What never reached the bot is no fault of its own."""

    typed: int = 0
    received: int = 0
    answered: int = 0
    """Exactly once."""
    counted: Counter[str] = field(default_factory=Counter)
    """Not answered, by the reason that the bot kept."""
    doubled: int = 0
    unexplained: int = 0
    """Received, neither answered nor counted."""


class Announcements(Struct):
    """Of the streams that began; one that comes back after a flap is the same."""

    streams: int = 0
    announced: int = 0
    """Exactly once."""
    refused: Counter[str] = field(default_factory=Counter)
    """Twitch would not show them for good, by its reason."""
    lost: int = 0
    doubled: int = 0


def commands(typed: Sequence[str], steps: Iterable[Step], sent: Sequence[Sent]) -> Commands:
    """Settle the account of these message ids, by the bot's trail and by what the platform was sent."""
    shown = Counter(line.reply_to for line in sent if line.is_sent and line.reply_to)
    trail = _by_message(steps)
    found = Commands(typed=len(typed))
    for message_id in typed:
        _settle(found, shown[message_id], trail.get(message_id, []))
    return found


def _settle(found: Commands, shown: int, steps: Sequence[Step]) -> None:
    found.received += bool(steps or shown)
    if shown > 1:
        found.doubled += 1
    elif shown:
        found.answered += 1
    elif reason := _reason(steps):
        found.counted[reason] += 1
    elif steps:
        found.unexplained += 1


def _reason(steps: Sequence[Step]) -> str:
    """Why a command has no answer: how its line was dropped, else how it ended."""
    dropped = [step.outcome for step in steps if step.stage == "send" and step.outcome]
    ended = [step.outcome for step in steps if step.stage == "command"]
    silent = [outcome for outcome in ended if outcome not in (Outcome.ANSWERED, Outcome.REPEATED)]
    return next(iter([*dropped, *silent]), "")


def _by_message(steps: Iterable[Step]) -> Mapping[str, list[Step]]:
    trail: dict[str, list[Step]] = {}
    for step in steps:
        trail.setdefault(step.message_id, []).append(step)
    return trail


def announcements(titles: Mapping[str, str], sent: Sequence[Sent]) -> Announcements:
    """The same of streams: channel → the title that tells its announcement from all other lines."""
    found = Announcements(streams=len(titles))
    tries: dict[str, list[Sent]] = {channel: [] for channel in titles}
    for line in sent:
        if line.channel in titles and titles[line.channel] in line.text:
            tries[line.channel].append(line)
    for lines in tries.values():
        _count(found, lines)
    return found


def _count(found: Announcements, lines: Sequence[Sent]) -> None:
    shown = sum(line.is_sent for line in lines)
    refused = next((line.drop_reason for line in lines if line.drop_reason), "")
    found.announced += shown == 1
    found.doubled += shown > 1
    if not shown and refused:
        found.refused[refused] += 1
    elif not shown:
        found.lost += 1
