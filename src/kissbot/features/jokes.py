"""!joke and !fact: one sentence from a prompt of ours; a further command like them is one function."""

from typing import Final

from kissbot.chat.commands import Feature, Invocation, Reply
from kissbot.knowledge.answers.storyteller import Storyteller, Wordings
from kissbot.knowledge.answers.telling import LONGEST

feature = Feature("jokes")

JOKES: Final[Wordings] = {
    "en": (
        "Tell {what}, in English. One sentence, max 110 characters, nothing else.",
        (
            "a pun about video games",
            "a dry joke about streaming",
            "a joke about programmers",
            "an animal joke",
        ),
    ),
    "fr": (
        "Raconte {what}, en français. Une phrase, 110 caractères max, rien d'autre.",
        (
            "un jeu de mots sur les jeux vidéo",
            "une blague sur le stream",
            "une blague de dev",
            "une blague d'animaux",
        ),
    ),
    "es": (
        "Cuenta {what}, en español. Una frase, máx. 110 caracteres, nada más.",
        (
            "un juego de palabras de videojuegos",
            "un chiste de streamers",
            "un chiste de informáticos",
            "un chiste de animales",
        ),
    ),
    "de": (
        "Erzähle {what}, auf Deutsch. Ein Satz, max. 110 Zeichen, sonst nichts.",
        (
            "ein Wortspiel über Videospiele",
            "einen Witz über Streamer",
            "einen Witz über Informatiker",
            "einen Tierwitz",
        ),
    ),
}
FACTS: Final[Wordings] = {
    "en": (
        "Tell a true, surprising fact about {what}, in English. One sentence, max 110 characters, no more.",
        ("video games", "space", "animals", "history", "the human body", "the sea"),
    ),
    "fr": (
        "Donne un fait vrai et étonnant sur {what}, en français. Une phrase, 110 caractères max.",
        ("les jeux vidéo", "l'espace", "les animaux", "l'histoire", "le corps humain", "la mer"),
    ),
    "es": (
        "Di un dato cierto y sorprendente sobre {what}, en español. Una frase, máx. 110 caracteres.",
        ("los videojuegos", "el espacio", "los animales", "la historia", "el cuerpo humano", "el mar"),
    ),
    "de": (
        "Nenne eine wahre, verblüffende Tatsache über {what}, auf Deutsch. Ein Satz, max. 110 Zeichen.",
        ("Videospiele", "den Weltraum", "Tiere", "die Geschichte", "den Körper", "das Meer"),
    ),
}


@feature.command("joke", cooldown=15, deadline=LONGEST, example=("!joke", "😄"))
async def joke(asked: Invocation, storyteller: Storyteller) -> Reply:
    """A joke that was not told here lately."""
    return f"😄 {await storyteller.tell(asked, JOKES)}"


@feature.command("fact", cooldown=15, deadline=LONGEST, example=("!fact", "💡"))
async def fact(asked: Invocation, storyteller: Storyteller) -> Reply:
    """A surprising fact that was not told here lately."""
    return f"💡 {await storyteller.tell(asked, FACTS)}"
