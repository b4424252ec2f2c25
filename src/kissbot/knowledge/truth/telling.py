"""How a domain's command answers: the same for games, songs and whatever comes; features share it."""

from kissbot.chat.commands import Invocation, Reply
from kissbot.chat.errors import Refusal
from kissbot.chat.lines import fit
from kissbot.chat.texts import Text, text
from kissbot.knowledge.truth.records import LONGEST, Option, Shown
from kissbot.knowledge.truth.truth import Known, Truth, Unknown

ROOM = 180
"""Characters for the names in a list: the line must hold the query twice besides."""


async def question(asked: Invocation, truth: Truth, domain: str) -> Reply:
    """Answer `!qgame hades`: the confirmed thing, or the list of what may be meant, or that nothing is."""
    if not asked.argument:
        command = f"{asked.settings.prefix}{asked.command.name}"
        raise Refusal(text("🔬 Of what? {command} <name>", command=command))
    match await truth.ask(domain, asked.argument, asked.channel):
        case Known(title=title, moderators=count):
            return text("🔒 {title} ✅ confirmed ({count})", title=title, count=count)
        case Unknown(near):
            raise Refusal(nothing(asked.argument[:LONGEST], near))
        case shown:
            return superposition(asked, truth, shown)


def superposition(asked: Invocation, truth: Truth, shown: Shown) -> Text:
    """`🔬 Superposition of 'hades': 1. ⚛️ Hades (2020) 🏆 93/100 (conf 0.9) · 2. … → !collapse hades 1`."""
    room = ROOM // len(shown.options)
    options = " · ".join(
        f"{number}. ⚛️ {fit(option.line, room)} {_conf(truth, option)}"
        for number, option in enumerate(shown.options, 1)
    )
    return text(
        "🔬 Superposition of '{query}': {options} → {collapse}",
        query=shown.query,
        options=options,
        collapse=f"{asked.settings.prefix}collapse {shown.query} 1",
    )


def nothing(query: str, near: tuple[str, ...]) -> Text:
    """Nothing is close."""
    if not near:
        return text("🤷 I find nothing that is called “{query}”.", query=query)
    names = ", ".join(fit(title, ROOM // len(near)) for title in near)
    return text("🤷 I find nothing that is called “{query}”. Did you mean {names}?", query=query, names=names)


def _conf(truth: Truth, option: Option) -> str:
    return f"(conf {round(truth.confidence(option), 2):g})"
