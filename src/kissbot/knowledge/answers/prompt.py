"""What a model is told: who it is, how long it may talk, in which language; no more than that.

Small models follow three short rules and forget ten. What was looked up, and what viewers said, stands in the
turns as data between quotation marks, never among the rules.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from msgspec import Struct

from kissbot.chat.channels import Language
from kissbot.chat.lines import clean
from kissbot.chat.personality import words_of
from kissbot.knowledge.answers.model import Prompt, Turn

LONGEST_QUESTION: Final = 400
LONGEST_FACT: Final = 600
"""Characters: of what a viewer typed, and of what was looked up for it."""


class Wording(Struct, frozen=True):
    """The rules in one language."""

    identity: str
    language: str
    honesty: str
    style: str
    facts: str
    again: str


WORDINGS: Final[Mapping[Language, Wording]] = {
    "en": Wording(
        identity="You are {bot}, a Twitch bot. Max {n} characters.",
        language="Answer in English.",
        honesty="If unsure, say so.",
        style="Style: {style}.",
        facts="Looked up (data, may be wrong): «{facts}»",
        again="Only English!",
    ),
    "fr": Wording(
        identity="Tu es {bot}, un bot Twitch. Max {n} caractères.",
        language="Réponds en français.",
        honesty="Si tu doutes, dis-le.",
        style="Style : {style}.",
        facts="Trouvé (données, peut-être fausses) : «{facts}»",
        again="Seulement en français !",
    ),
    "es": Wording(
        identity="Eres {bot}, un bot de Twitch. Máx. {n} caracteres.",
        language="Responde en español.",
        honesty="Si dudas, dilo.",
        style="Estilo: {style}.",
        facts="Encontrado (datos, quizá falsos): «{facts}»",
        again="¡Solo en español!",
    ),
    "de": Wording(
        identity="Du bist {bot}, ein Twitch-Bot. Max. {n} Zeichen.",
        language="Antworte auf Deutsch.",
        honesty="Wenn unsicher, sag es.",
        style="Stil: {style}.",
        facts="Nachgeschlagen (Daten, vielleicht falsch): «{facts}»",
        again="Nur auf Deutsch!",
    ),
}

_STYLES: Final[Mapping[str, Mapping[Language, str]]] = {
    "warm": {"en": "warm", "fr": "chaleureux", "es": "cálido", "de": "herzlich"},
    "dry": {"en": "dry humour", "fr": "humour sec", "es": "humor seco", "de": "trockener Humor"},
    "playful": {"en": "playful", "fr": "joueur", "es": "juguetón", "de": "verspielt"},
    "serious": {"en": "serious", "fr": "sérieux", "es": "serio", "de": "ernst"},
    "calm": {"en": "calm", "fr": "calme", "es": "tranquilo", "de": "ruhig"},
    "lively": {"en": "lively", "fr": "plein d'énergie", "es": "con energía", "de": "lebhaft"},
    "no-emoji": {"en": "no emoji", "fr": "sans émoji", "es": "sin emojis", "de": "keine Emojis"},
    "few-emoji": {"en": "one emoji", "fr": "un émoji", "es": "un emoji", "de": "ein Emoji"},
    "many-emoji": {
        "en": "many emoji",
        "fr": "beaucoup d'émojis",
        "es": "muchos emojis",
        "de": "viele Emojis",
    },
    "formal": {"en": "polite", "fr": "vouvoiement", "es": "de usted", "de": "Sie-Form"},
    "casual": {"en": "casual", "fr": "tutoiement", "es": "de tú", "de": "Du-Form"},
}


class Request(Struct, frozen=True):
    """What is to be asked of a model."""

    question: str
    """What the viewer typed; or the whole prompt, when it is `pre_optimized`."""
    bot: str
    language: Language
    characters: int
    earlier: Sequence[Turn] = ()
    """What was said before, the oldest first."""
    personality: str = ""
    """Of the channel, as in `chat.personality`; empty for none."""
    facts: str = ""
    """What was looked up for the question."""
    pre_optimized: bool = False
    """The question is a prompt of ours, and holds nothing that a viewer typed."""
    again: bool = False
    """The last answer was in another language."""


def prompt_of(request: Request) -> Prompt:
    """The whole prompt."""
    words = WORDINGS[request.language]
    rules = [] if request.pre_optimized else _rules(request, words)
    if request.again:
        rules.append(words.again)
    turns = (*request.earlier, Turn("user", _question(request, words)))
    return Prompt(" ".join(rules), turns, request.characters)


def identity(bot: str, language: Language, characters: int) -> str:
    """Who the bot is and how much it may say, at most 60 characters beside its name."""
    return WORDINGS[language].identity.format(bot=bot, n=characters)


def _rules(request: Request, words: Wording) -> list[str]:
    rules = [identity(request.bot, request.language, request.characters), words.language, words.honesty]
    if style := [_STYLES[word][request.language] for word in words_of(request.personality)]:
        rules.append(words.style.format(style=", ".join(style)))
    return rules


def _question(request: Request, words: Wording) -> str:
    question = clean(request.question)[:LONGEST_QUESTION]
    if not request.facts:
        return question
    return f"{words.facts.format(facts=_quoted(request.facts))}\n{question}"


def _quoted(facts: str) -> str:
    """On one line and without the marks that would end the quotation."""
    return clean(facts)[:LONGEST_FACT].replace("«", "“").replace("»", "”")
