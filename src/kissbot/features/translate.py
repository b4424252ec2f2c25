"""!trad translates a line, and moderators choose whose lines are translated by themselves."""

import re
from typing import Final

from kissbot.chat.audit import Actor
from kissbot.chat.book import Choosing
from kissbot.chat.changes import LOGIN, Change
from kissbot.chat.channels import ChannelSettings, Choices
from kissbot.chat.commands import Feature, Invocation, Reply
from kissbot.chat.errors import Refusal, Unavailable
from kissbot.chat.identity import Identity
from kissbot.chat.messages import ChatMessage, Rank
from kissbot.chat.texts import text
from kissbot.knowledge.answers.translation import NAMES, SECONDS, Interpreter, Translation

AUTO: Final = "auto"
MOST: Final = 15
"""Viewers of a channel whose lines are translated: their names fit into a line."""

LEAST_LETTERS: Final = 12
"""Of a line that is translated unasked; in shorter ones there is little to be sure of."""

EVERY: Final = 5.0
"""Seconds between two lines of a viewer that are translated unasked."""

_TARGETED: Final = re.compile(r"([a-z]{2,4})\s*:\s*(.*)", re.IGNORECASE | re.DOTALL)
_ADDRESSED: Final = re.compile(r"(\s*@\w+[,:]?)+\s+")
_OTHER_SIGNS: Final = ("!", "/", ".")

feature = Feature("translate")


@feature.command(
    "trad",
    "translate",
    usage="[lang:] <text>",
    cooldown=15,
    deadline=SECONDS + 2,
    example=("!trad fr: good morning", "🌍 [EN→FR]"),
)
async def translate(
    asked: Invocation, interpreter: Interpreter, choosing: Choosing, identity: Identity
) -> Reply:
    """Translates a text; `!trad auto: @user` switches that on or off for all that somebody writes."""
    target, words = _wanted(asked)
    if target == AUTO:
        return await _switch(asked, words, choosing, identity)
    translation = await interpreter.translate(words, target)
    if translation is None:
        raise Refusal(text("🌍 That is in {language} already.", language=target.upper()))
    return _shown(translation)


@feature.command("adddev", usage="<user>", rank=Rank.MODERATOR, example=("!adddev vera", "🌍 From now on"))
async def add(asked: Invocation, choosing: Choosing, identity: Identity) -> Reply:
    """Has everything translated that a viewer writes in another language."""
    return await _choose(asked, _named(asked, asked.argument), choosing, identity, wanted=True)


@feature.command("rmdev", usage="<user>", rank=Rank.MODERATOR, example=("!rmdev vera", "vera"))
async def remove(asked: Invocation, choosing: Choosing, identity: Identity) -> Reply:
    """Has a viewer's lines left as they are."""
    return await _choose(asked, _named(asked, asked.argument), choosing, identity, wanted=False)


@feature.command("listdevs", example=("!listdevs", "🌍"))
async def show(asked: Invocation) -> Reply:
    """Whose lines are translated."""
    viewers = ", ".join(sorted(asked.settings.translated))
    if not viewers:
        return text("🌍 Nobody's lines are translated here.")
    return text("🌍 Translated: {viewers}", viewers=viewers)


def is_translated(message: ChatMessage, settings: ChannelSettings) -> bool:
    """Whether a line is of a viewer whose lines are translated, and meant for people."""
    if message.viewer.login not in settings.translated:
        return False
    return not message.text.startswith((settings.prefix, *_OTHER_SIGNS))


@feature.overhear(is_translated, cooldown=EVERY, exempt=False, deadline=SECONDS + 2)
async def translate_unasked(asked: Invocation, interpreter: Interpreter) -> Reply:
    """Translates what is surely in another language; about anything else nothing is said."""
    words = _ADDRESSED.sub("", asked.argument, count=1) if asked.argument.startswith("@") else asked.argument
    source, target = interpreter.language_of(words), asked.settings.language
    if source in (None, target) or sum(map(str.isalpha, words)) < LEAST_LETTERS:
        return None
    try:
        translation = await interpreter.translate(words, target)
    except Unavailable:
        return None
    return _shown(translation) if translation else None


def _shown(translation: Translation) -> Reply:
    source, target = translation.source.upper() or "?", translation.target.upper()
    return text("🌍 [{source}→{target}] {words}", source=source, target=target, words=translation.text)


def _wanted(asked: Invocation) -> tuple[str, str]:
    """The target and the text of `[lang:] <text>`; a `Refusal` where there is no text."""
    target, words = str(asked.settings.language), asked.argument
    found = _TARGETED.fullmatch(words)
    if found and (found[1].lower() in NAMES or found[1].lower() == AUTO):
        target, words = found[1].lower(), found[2].strip()
    if not words:
        command = f"{asked.settings.prefix}{asked.command.name}"
        raise Refusal(text("🌍 What shall I translate? {command} [lang:] <text>", command=command))
    return target, words


async def _switch(asked: Invocation, who: str, choosing: Choosing, identity: Identity) -> Reply:
    if asked.viewer.rank < Rank.MODERATOR:
        command = f"{asked.settings.prefix}{asked.command.name} {AUTO}:"
        raise Refusal(text("🔒 {command} is for moderators.", command=command))
    login = _named(asked, who)
    wanted = login not in asked.settings.translated
    return await _choose(asked, login, choosing, identity, wanted=wanted)


def _named(asked: Invocation, who: str) -> str:
    """The login of a viewer; a `Refusal` when it is none."""
    login = who.strip().removeprefix("@").lower()
    if not LOGIN.fullmatch(login):
        command = f"{asked.settings.prefix}{asked.command.name}"
        raise Refusal(text("🌍 Whose lines? Write a viewer's name after {command}.", command=command))
    return login


async def _choose(
    asked: Invocation, login: str, choosing: Choosing, identity: Identity, *, wanted: bool
) -> Reply:
    if wanted and (login in asked.settings.bots or login == identity.login.lower()):
        raise Refusal(text("🌍 {viewer} is a bot: its lines are not translated.", viewer=login))
    channel = asked.channel.login
    change = _change(login, choosing.below(channel), wanted=wanted)
    done = await choosing.change(channel, Actor("chat", asked.viewer.id, asked.viewer.login), change)
    if done.before == done.after:
        return _so_already(login, wanted=wanted)
    if wanted:
        return text("🌍 From now on I translate what {viewer} writes.", viewer=login)
    return text("🌍 I do not translate what {viewer} writes any more.", viewer=login)


def _so_already(login: str, *, wanted: bool) -> Reply:
    if wanted:
        return text("👌 I translate what {viewer} writes already.", viewer=login)
    return text("👌 What {viewer} writes is not translated.", viewer=login)


def _change(login: str, below: ChannelSettings, *, wanted: bool) -> Change:
    """Whose lines are translated; the audit log is told how many that are, and not who."""

    def choose(choices: Choices) -> Choices:
        before = choices.over(below).translated
        after = before | {login} if wanted else before - {login}
        if len(after) > max(MOST, len(before)):
            raise Refusal(text("🌍 That is too many: {most} at most.", most=MOST))
        return choices.but(translated=None if after == below.translated else after)

    return Change("translated", choose, lambda settings: str(len(settings.translated)), below)
