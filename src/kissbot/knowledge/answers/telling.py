"""What viewers are told when there is no answer: the truth, in one line."""

from collections.abc import Mapping
from typing import Final

from kissbot.chat.commands import Invocation
from kissbot.chat.errors import Unavailable
from kissbot.chat.identity import Identity
from kissbot.chat.texts import Text, text
from kissbot.knowledge.answers.answers import Answers, NoAnswer, Question, Why
from kissbot.knowledge.answers.model import StimulusClass

_HONEST: Final[Mapping[Why, Text]] = {
    "unconfigured": text(
        "🤖 I have no language model here. The operator can name one: llm.model_endpoint in config.yaml."
    ),
    "coarse": text("🤖 I would rather not talk about that."),
    "busy": text("🤖 Too many questions at once; please ask me again in a moment."),
    "budget": text("🤖 That is enough of my thinking for now; please ask me again later."),
    "silent": text("🤖 I have no good answer to that right now."),
}

LONGEST: Final = 10.0
"""Seconds: a little more than the longest answer takes."""


async def answer(answers: Answers, question: Question) -> str:
    """What to say. Raises `Unavailable` with the honest line."""
    try:
        return await answers.answer(question)
    except NoAnswer as none:
        raise Unavailable(_HONEST[none.why]) from None


def question(
    asked: Invocation,
    bot: Identity,
    *,
    personality: str = "",
    is_talk: bool = False,
    pre_optimized: str = "",
    stimulus_class: StimulusClass | None = None,
) -> Question:
    """What was asked; `pre_optimized`: a prompt of ours instead of what the viewer typed."""
    return Question(
        channel_id=asked.channel.id,
        viewer_id=asked.viewer.id,
        text=pre_optimized or asked.argument,
        bot=bot.login,
        language=asked.settings.language,
        personality=personality,
        is_talk=is_talk,
        pre_optimized=bool(pre_optimized),
        is_strict=asked.settings.safety == "strict",
        stimulus_class=stimulus_class,
    )
