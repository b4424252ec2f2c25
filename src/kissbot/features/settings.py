"""!kiss: what holds in a channel, who may change it, why the bot is silent, and being forgotten."""

from collections.abc import Sequence
from typing import Protocol

from kissbot.chat.audit import Actor
from kissbot.chat.book import Choosing
from kissbot.chat.changes import VERBS, Place, read_change, unknown
from kissbot.chat.commands import Commands, Feature, Invocation, Reply
from kissbot.chat.errors import Refusal
from kissbot.chat.holding import overview
from kissbot.chat.messages import Rank, Viewer
from kissbot.chat.texts import Text, text

WORDS = (*VERBS, "why", "forget me")

feature = Feature("settings")


class Reasons(Protocol):
    """Knows why the bot is silent."""

    async def explain(self, asked: Invocation) -> Reply:
        """The first thing that is wrong in the channel of the one who asks."""
        ...


class Memories(Protocol):
    """What is kept of viewers."""

    async def forget(self, viewer: Viewer) -> int:
        """Forget a viewer; how many things that were."""
        ...


@feature.command("kiss", usage=" / ".join((*WORDS, "…")), example=("!kiss forget me", "🧹"))
async def kiss(
    asked: Invocation, commands: Commands, choosing: Choosing, reasons: Reasons, memories: Memories
) -> Reply:
    """Moderators see and change what holds here; everybody can be forgotten."""
    words = asked.argument.split()
    verb = words[0].casefold() if words else ""
    if asked.argument.casefold() == "forget me":
        await memories.forget(asked.viewer)
        return text("🧹 What I kept about you is gone, {viewer}.", viewer=asked.viewer.name)
    if asked.viewer.rank < Rank.MODERATOR:
        raise Refusal(_for_moderators(asked, verb))
    if not verb:
        return f"⚙️ {overview(asked.settings)}"
    if verb == "why":
        return await reasons.explain(asked)
    if verb not in VERBS:
        raise unknown(verb, WORDS)
    return await _changed(asked, words, commands, choosing)


async def _changed(asked: Invocation, words: Sequence[str], commands: Commands, choosing: Choosing) -> Reply:
    channel = asked.channel.login
    change = read_change(words, Place(channel, choosing.below(channel), commands))
    if change.what == "prefix" and words[-1] not in asked.message.text:
        raise Refusal(text("🤷 There are signs in it that I cannot see; please choose another prefix."))
    done = await choosing.change(channel, Actor("chat", asked.viewer.id, asked.viewer.login), change)
    if done.before == done.after:
        return text("👌 {what} is {value} already.", what=done.what, value=done.after)
    return f"✅ {done}"


def _for_moderators(asked: Invocation, verb: str) -> Text:
    command = f"{asked.settings.prefix}{asked.command.name}"
    shown = f"{command} {verb}" if verb in WORDS else command
    return text("🔒 {command} is for moderators.", command=shown)
