"""What a model says of itself instead of answering: introductions, and its own instructions."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final, NamedTuple

SENTENCE: Final = re.compile(r"[^.!?…。！？]*(?:[.!?…。！？]+(?=\s|$)[\"'»”)]*\s*|[.!?…。！？]+|$)")

_MACHINE: Final = (
    r"(?:ais?|a\.i\.|artificial intelligence|(?:large )?language models?|llm|chat ?bot|bot|twitch[- ]bot"
    r"|(?:virtual |digital )?assistante?(?=\s*[,.!]| virtuel| virtual| ia\b| ai\b| de ia\b|$)"
    r"|ia|i\.a\.|intelligence artificielle|modèle (?:de langage|linguistique)|modele de langage"
    r"|inteligencia artificial|modelo de (?:lenguaje|idioma)|asistente(?= virtual| de ia|\s*,)"
    r"|ki|k\.i\.|künstlichen? intelligenz|(?:ki-)?sprachmodell|(?:ki-)?assistent(?=\s*[,.!]|$)|chatgpt|gpt)\b"
)
_A: Final = (
    r"(?:,?\s+(?:just|only|simply|but|juste|seulement|solo|sólo|nur|aquí|hier))*"
    r"(?:\s+(?:an?|une?|el|la|the|l['’]|le|eine?|dein|votre|ton|tu|your|einem|einer))?\s*"
)
_BETWEEN: Final = r"(?:[\w-]{1,20}\s+){0,3}?"
_OPENING: Final = (
    r"^\W{0,3}(?:(?:well|sorry|désolée?|alors|lo siento|bueno|nun|tja|leider|unfortunately"
    r"|malheureusement)\b,?\s*"
    r"(?:but |mais |pero |aber )?)?"
)
_AS_A_MACHINE: Final = re.compile(
    rf"{_OPENING}(?:as|being|(?:since|because) (?:i am|i['’]?m)|en tant qu(?:e\s|['’])"
    r"|étant(?: donné que je suis)?"
    rf"|comme je suis|como|siendo|ya que soy|dado que soy|als|da ich){_A}{_BETWEEN}{_MACHINE}",
    re.I,
)
_ASIDE: Final = re.compile(
    r",?\s+(?:as|en tant qu(?:e\s|['’])|como|als)\s*(?:an?|une?|eine?)?\s*(?:large |simple |mere )?"
    r"(?:ai(?: language model| assistant)?|(?:large )?language model|ia"
    r"|intelligence artificielle|modèle de langage"
    r"|inteligencia artificial|modelo de lenguaje|ki(?:-sprachmodell)?|sprachmodell)\b,?",
    re.I,
)
_CLAUSE: Final = re.compile(r"\s+(?=(?:i|je|j['’]|yo)\b)|[^,;:—–]{0,160}?(?:[,;:]|\s[—–-])\s+(?=\S)", re.I)
_I_AM: Final = (
    r"(?:i am|i['’]m|im|you can call me|call me|my name is|my name['’]s|je suis|moi c['’]est|je m['’]appelle"
    r"|mon nom est|soy|yo soy|me llamo|mi nombre es|ich bin|ich heiße|ich heisse|mein name ist)"
)
_HERE_IS: Final = r"(?:this is|it['’]s|ici|c['’]est|aquí|es|hier ist|hier spricht|das ist)"
_GREETING: Final = (
    r"(?:(?:hi|hello|hey|greetings|bonjour|salut|coucou|hola|buenas|hallo|moin|servus)"
    r"(?: there| chat| everyone| à tous)?[,!. ]+)?"
)
_AND_ELSE: Final = re.compile(
    r",\s*(?:and|but|so|et|mais|donc|y|pero|und|aber)\s+(?=(?:\S+\s+){2})"
    r"|\s(?:and|but|so|et|mais|donc|y|pero|und|aber)\s+(?=(?:i|je|j['’]|yo|ich|no|it)\b)",
    re.I,
)
_SPOKEN_TO: Final = r"(?:you are|you['’]re|tu es|vous êtes|eres|usted es|du bist|sie sind)"
_LENGTH: Final = re.compile(
    r"\bm[aá]x(?:imum|imal|imo|\.)?\s*:?\s*(?:of |de )?\d+\s*"
    r"(?:characters?|chars?|caract[eè]res?|zeichen|signes)\b"
    r"|\b\d+\s*(?:characters?|caract[eè]res?|zeichen)\s*(?:max|maximum|maximal|máximo"
    r"|or less|or fewer|limit)"
    r"|\b(?:answer|reply|respond|réponds|répondez|responde|antworte)\s+(?:only\s+)?(?:in|en|auf)\s+(?:english|french|spanish"
    r"|german|anglais|français|espagnol|allemand|inglés|francés|español|alemán|englisch|französisch|spanisch|deutsch)\b"
    r"|\b(?:my|mes|mis|meine) (?:system )?(?:prompt|instructions?|instrucciones|anweisungen?)\b"
    r".{0,20}\b(?:is|are|say|sont|est|son|es|ist|sind|lautet|lauten)\b",
    re.I,
)
_WORDS: Final = re.compile(r"\w+")
SHORTEST_SECRET: Final = 3
"""Fewer words of an instruction may be said: they are anybody's."""


def without_claims(text: str, bot: str, secret: str) -> str:
    """The sentences that are no introduction of the bot and do not repeat what it was told (`secret`)."""
    told, claims = frozenset(_told(secret)), _claims(bot)
    kept: list[str] = []
    for sentence in sentences(claims.label.sub("", text)):
        said = _without_introduction(sentence, claims)
        if said and not (_LENGTH.search(said) or claims.order.search(said) or told & set(_told(said))):
            kept.append(said)
    return "".join(kept).strip()


def sentences(text: str) -> Iterator[str]:
    """The sentences of a line, each with the blanks after it."""
    begun = ""
    for match in SENTENCE.finditer(text):
        begun += match.group()
        if begun and (begun[-1].isspace() or match.end() == len(text)):
            yield begun
            begun = ""


def _without_introduction(sentence: str, claims: "_Claims") -> str:
    """What a sentence says besides who speaks; nothing if that is all."""
    if introduced := claims.introduction.match(sentence):
        more = _AND_ELSE.search(sentence, introduced.end())
        greeting = introduced["greeting"].strip(" ,.!")
        return (f"{greeting}! " if greeting else "") + (_capital(sentence[more.end() :]) if more else "")
    if not (claimed := _AS_A_MACHINE.match(sentence)):
        return _ASIDE.sub("", sentence)
    clause = _CLAUSE.match(sentence, claimed.end())
    return _capital(sentence[clause.end() :]) if clause else ""


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _told(text: str) -> Iterator[str]:
    """Each sentence of an instruction, by its words alone."""
    for sentence in sentences(text):
        words = _WORDS.findall(sentence.casefold())
        if len(words) >= SHORTEST_SECRET:
            yield " ".join(words)


class _Claims(NamedTuple):
    """What a bot of some name is not to say."""

    label: re.Pattern[str]
    introduction: re.Pattern[str]
    order: re.Pattern[str]


@lru_cache(100)
def _claims(bot: str) -> _Claims:
    name = rf"@?{re.escape(bot)}(?!\w)"
    introduced = rf"(?:{_I_AM}{_A}(?:{name}|{_BETWEEN}{_MACHINE})|{_HERE_IS}\s+{name})"
    return _Claims(
        re.compile(rf"^\W*{name}\s*:\s*", re.I),
        re.compile(rf"^\W{{0,3}}(?P<greeting>{_GREETING}){introduced}", re.I),
        re.compile(rf"\b{_SPOKEN_TO}{_A}(?:{name}|{_BETWEEN}{_MACHINE})", re.I),
    )
