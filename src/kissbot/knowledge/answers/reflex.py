"""What needs no model: greetings, thanks, farewells and "are you there?", in four languages."""

import re
from collections.abc import Mapping
from typing import Final, Literal

Reflex = Literal["greeting", "thanks", "farewell", "there", "who"]

_TELLING: Final[Mapping[Reflex, str]] = {
    "greeting": """hi hello hey heya hiya yo sup howdy morning evening salut bonjour bonsoir coucou slt bjr cc
        hola buenas buenos hallo moin servus tag abend hoi""",
    "thanks": "thanks thank thx ty tysm merci gracias danke dankeschön dank",
    "farewell": """bye goodbye cya gn night revoir nuit ciao adios adiós hasta noches tschüss tschau
        bald nacht""",
    "there": "ping alive awake there online là ahí aquí wach da",
}
"""Without one of these, the others are ordinary words."""

_BESIDE: Final[Mapping[Reflex, str]] = {
    "greeting": "good dias días tardes guten morgen",
    "thanks": "you muchas beaucoup vielen",
    "farewell": "good later au bonne soirée luego mañana bis gute",
    "there": "here u you are up t'es tu es estás bist du",
}
_FILLERS: Final = """bot all everyone chat there again so much very le la les tout tous monde a à bien mi
    amigo todos mein lieber und sehr for the pour por el für man mate dude"""
_LONGEST: Final = 5
"""Words; whoever says more wants more than a greeting."""

_WORD: Final = re.compile(r"[\w'’]+")
_KINDS: Final = {
    kind: (frozenset(telling.split()), frozenset(f"{telling} {_BESIDE[kind]} {_FILLERS}".split()))
    for kind, telling in _TELLING.items()
}


_WHO: Final = frozenset(
    {
        *(
            "who are you",
            "what are you",
            "are you a bot",
            "are you a robot",
            "qui es tu",
            "t'es qui",
            "tu es qui",
        ),
        *(
            "es tu un bot",
            "t'es un bot",
            "quién eres",
            "quien eres",
            "eres un bot",
            "wer bist du",
            "bist du ein bot",
        ),
    }
)
"""A model that is asked for it begins to talk of being one."""


def reflex_to(text: str) -> Reflex | None:
    """What to answer at once; None for what is worth a thought."""
    if " ".join(_WORD.findall(text.casefold().replace("’", "'"))) in _WHO:
        return "who"
    said = {word.replace("’", "'") for word in _WORD.findall(text.casefold())}
    if not 1 <= len(said) <= _LONGEST:
        return None
    return next((kind for kind, (telling, known) in _KINDS.items() if said <= known and said & telling), None)
