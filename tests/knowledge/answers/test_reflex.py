"""Greetings and thanks need no thought; everything else does."""

import pytest

from kissbot.knowledge.answers.reflex import reflex_to


@pytest.mark.parametrize(
    ("said", "reflex"),
    [
        *(
            (said, "greeting")
            for said in ("hello", "Hi!", "good morning", "bonjour à tous", "¡Hola!", "guten Tag")
        ),
        *(
            (said, "thanks")
            for said in ("thx", "thank you so much", "merci beaucoup", "muchas gracias", "vielen Dank")
        ),
        *((said, "farewell") for said in ("bye", "good night", "bonne nuit", "hasta luego", "bis bald")),
        *((said, "who") for said in ("Who are you?", "t’es qui ?", "¿Quién eres?", "bist du ein Bot?")),
        *((said, "there") for said in ("ping", "are you there?", "t'es là ?", "bist du da")),
    ],
)
def test_small_talk_is_answered_at_once(said: str, reflex: str) -> None:
    assert reflex_to(said) == reflex


@pytest.mark.parametrize(
    "said",
    [
        "",
        "?",
        "👋",
        "how are you",
        "hello, what is the capital of France?",
        "say thanks to ada for the raid",
        "is there a boss",
        "what is ping",
        "la nuit des temps, c'est quoi",
        "good",
        "you",
        "the man",
        "who are you voting for",
    ],
)
def test_what_asks_for_more_is_thought_about(said: str) -> None:
    assert reflex_to(said) is None
