"""!ask and the bot's name: short, honest answers, and small talk."""

from collections.abc import Mapping
from random import Random
from typing import Final

from msgspec import Struct

from kissbot.chat.commands import Feature, Invocation, Reply
from kissbot.chat.errors import Refusal
from kissbot.chat.identity import Identity
from kissbot.chat.personality import for_questions
from kissbot.chat.texts import Text, text
from kissbot.knowledge.answers.answers import Answers
from kissbot.knowledge.answers.reflex import Reflex, reflex_to
from kissbot.knowledge.answers.telling import LONGEST, answer, question

TEASED: Final = 0.3
"""How often the one who is teased is."""

feature = Feature("ask")


class Teased(Struct, frozen=True):
    """Whom the bot teases now and then, when they speak to it; empty for nobody."""

    login: str = ""


_REFLEXES: Final[Mapping[Reflex, str]] = {
    "thanks": text("💜 You are welcome, {viewer}!").msgid,
    "farewell": text("👋 See you, {viewer}!").msgid,
    "there": text("👀 I am here, {viewer}!").msgid,
}
_TEASES: Final = (
    text("😏 Oh, {viewer} again. I was just about to have a quiet day."),
    text("🧐 {viewer}, I would answer that, but you programmed me to be honest."),
    text("🎩 As you wish, {viewer}. You know I only do this because you can switch me off."),
    text("🍪 {viewer}, have a cookie and let the others ask, too."),
)


@feature.command(
    "ask", usage="<question>", cooldown=15, deadline=LONGEST, example=("!ask why is the sky blue?", "🤖")
)
async def ask(asked: Invocation, answers: Answers, bot: Identity) -> Reply:
    """A short answer to any question; says so when it does not know."""
    if not asked.argument:
        raise Refusal(text("🤖 Ask me something: {prefix}ask <question>", prefix=asked.settings.prefix))
    if reflex := reflex_to(asked.argument):
        return _reflex(asked, reflex)
    style = for_questions(asked.settings.personality)
    return f"🤖 {await answer(answers, question(asked, bot, personality=style))}"


@feature.mention(cooldown=15, deadline=LONGEST, example=("@kissbot hello", "!help"))
async def mentioned(
    asked: Invocation, answers: Answers, bot: Identity, teased: Teased, chance: Random
) -> Reply:
    """Talks with whoever calls the bot by its name."""
    if teased.login.casefold() == asked.viewer.login and chance.random() < TEASED:
        return text(chance.choice(_TEASES).msgid, viewer=asked.viewer.name)
    reflex = reflex_to(asked.argument)
    if reflex or not asked.argument or not answers.models:
        return _reflex(asked, reflex or "greeting")
    style = asked.settings.personality
    return await answer(answers, question(asked, bot, personality=style, is_talk=True))


def _reflex(asked: Invocation, reflex: Reflex) -> Text:
    if reflex == "who":
        return text("🤖 I am a chat bot. What I can do: {prefix}help", prefix=asked.settings.prefix)
    if reflex in _REFLEXES:
        return text(_REFLEXES[reflex], viewer=asked.viewer.name)
    return text(
        "👋 Hi {viewer}! I know games: {prefix}gi <game>. All I can do: {prefix}help",
        viewer=asked.viewer.name,
        prefix=asked.settings.prefix,
    )
