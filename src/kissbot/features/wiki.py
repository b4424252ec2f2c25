"""!wiki: what an encyclopaedia tells of a topic, and where to read on."""

from typing import Final

from kissbot.chat.commands import Feature, Invocation, Reply
from kissbot.chat.errors import Refusal
from kissbot.chat.lines import LIMIT, fit, units, visible
from kissbot.chat.texts import text
from kissbot.knowledge.answers.encyclopaedia import Article, Encyclopaedia

LONGEST_TITLE: Final = 80
LONGEST_TOPIC: Final = 60
"""Of what is said back to a viewer."""

feature = Feature("wiki")


@feature.command(
    "wiki", "wikipedia", usage="<topic>", cooldown=5, example=("!wiki hades", "📚 Hades: In Greek myth")
)
async def wiki(asked: Invocation, encyclopaedia: Encyclopaedia) -> Reply:
    """What Wikipedia tells of a topic, in short."""
    if not asked.argument:
        command = f"{asked.settings.prefix}{asked.command.name}"
        raise Refusal(text("📚 About what? {command} <topic>", command=command))
    article = await encyclopaedia.look_up(asked.argument, asked.settings.language)
    if article is None:
        topic = fit(asked.argument, LONGEST_TOPIC)
        raise Refusal(text("📚 I find nothing about “{topic}”.", topic=topic))
    return _line(article, asked)


def _line(article: Article, asked: Invocation) -> Reply:
    """The summary takes what the rest leaves, so that nothing is cut off the address."""
    title = fit(_shown(article.title), LONGEST_TITLE)
    rest = f"@{asked.viewer.name} 📚 {title}:  {article.url}"
    summary = fit(_shown(article.summary), LIMIT - units(rest))
    return text("📚 {title}: {summary} {url}", title=title, summary=summary, url=article.url)


def _shown(words: str) -> str:
    return " ".join(visible(words).split())
