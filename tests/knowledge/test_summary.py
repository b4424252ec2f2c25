"""One clean sentence."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kissbot.knowledge.games.platforms import short
from kissbot.knowledge.games.summary import LONGEST, sentence


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("", ""),
        ("<p>A game about a god of the dead &amp; his son.</p>", "A game about a god of the dead & his son."),
        ("Wow! This one is about a god of the dead. It sells.", "Wow! This one is about a god of the dead."),
        (
            "A  game\n\tabout St. Peter and the keys of heaven. And so on.",
            "A game about St. Peter and the keys of heaven.",
        ),
        ("no end at all", "no end at all"),
        (
            "A game with 2.5 million fighters in the arena. Nice.",
            "A game with 2.5 million fighters in the arena.",
        ),
        ("Un jeu sur le dieu des morts et de son fils… Élu.", "Un jeu sur le dieu des morts et de son fils…"),
    ],
)
def test_the_first_sentence_is_told(words: str, told: str) -> None:
    assert sentence(words) == told


def test_a_long_one_is_cut_at_a_word() -> None:
    told = sentence("word, " * 200)
    assert len(told) <= LONGEST
    assert told.endswith("word…")


@given(st.text())
def test_whatever_a_source_writes_becomes_a_short_line(words: str) -> None:
    told = sentence(words * 50)
    assert len(told) <= LONGEST + 1
    assert "\n" not in told


def test_platforms_have_short_names_in_their_order() -> None:
    names = ["PlayStation 4", "Ouya", "Nintendo Switch", "PC (Microsoft Windows)", "PC", "Xbox Series X|S"]
    assert short(names) == ("PC", "Switch", "PS4", "Xbox Series", "Ouya")
