"""A question about a game is answered with what is known of that game."""

import pytest

from kissbot.knowledge.answers.subjects import Subjects, told
from kissbot.knowledge.games.game import Game

HADES = Game(
    "Hades",
    2020,
    ("Action", "Roguelike"),
    ("PC", "Switch"),
    summary={"en": "Defy the god of the dead."},
    critics=93,
)
RING = Game("Elden Ring", 2022)
TREE = Game("Elden Ring: Shadow of the Erdtree", 2024, kind="dlc")
SUBJECTS = Subjects((HADES, RING, TREE, Game("Control", 2019)))


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ("when was elden ring released?", "Elden Ring"),
        ("Who made Elden Ring: Shadow of the Erdtree", "Elden Ring: Shadow of the Erdtree"),
        ("is hades a good game", "Hades"),
        ("Wann ist das Spiel Hades erschienen?", "Hades"),
    ],
)
def test_a_name_is_found_in_a_question(question: str, name: str) -> None:
    found = SUBJECTS.of(question)
    assert found
    assert found.name == name


@pytest.mark.parametrize(
    "question", ["", "who was hades in greek myths", "control yourself", "what is a ring"]
)
def test_an_ordinary_word_is_no_game(question: str) -> None:
    assert SUBJECTS.of(question) is None


def test_it_is_told_in_one_line() -> None:
    expected = "Hades (2020): Action, Roguelike; PC, Switch; Metacritic 93. Defy the god of the dead."
    assert told(HADES, "fr") == expected
