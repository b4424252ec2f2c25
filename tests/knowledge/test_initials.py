"""Acronyms are computed from titles, and read back."""

import pytest

from kissbot.knowledge.games.index import traits
from kissbot.knowledge.games.initials import acronyms, stands_for
from kissbot.knowledge.games.names import marked, read


@pytest.mark.parametrize(
    ("acronym", "title"),
    [
        ("gtav", "Grand Theft Auto V"),
        ("gta5", "Grand Theft Auto V"),
        ("gta", "Grand Theft Auto V"),
        ("botw", "The Legend of Zelda: Breath of the Wild"),
        ("tlou2", "The Last of Us Part II"),
        ("ffxiv", "Final Fantasy XIV"),
        ("p5r", "Persona 5 Royal"),
        ("re4r", "Resident Evil 4 Remake"),
        ("mk8dx", "Mario Kart 8 Deluxe"),
        ("mdread", "Metroid Dread"),
        ("dxhr", "Deus Ex: Human Revolution"),
        ("cnc", "Command & Conquer"),
        ("bs", "BioShock"),
        ("hs", "Hearthstone"),
        ("fe3h", "Fire Emblem: Three Houses"),
        ("mw2", "Call of Duty: Modern Warfare 2"),
        ("lcgol", "Lara Croft and the Guardian of Light"),
    ],
)
def test_a_title_has_the_acronym(acronym: str, title: str) -> None:
    assert f"~{acronym}" in traits(title, 90)


def test_only_well_known_titles_are_shortened_in_every_way() -> None:
    assert "~hs" not in traits("Hearthstone", 10)


@pytest.mark.parametrize(
    ("acronym", "better", "worse"),
    [
        ("gtav", "Grand Theft Auto V", "Grand Theft Auto: Vice City"),
        ("gow", "God of War", "Gears of War 4"),
        ("totk", "The Legend of Zelda: Tears of the Kingdom", "Trials of the Kings and Others"),
        ("ds3", "Dark Souls III", "Dark Souls"),
    ],
)
def test_initials_fit_better_than_pieces(acronym: str, better: str, worse: str) -> None:
    fits = [stands_for(acronym, read(marked(title)).parts) for title in (better, worse)]
    assert 1 >= fits[0] > fits[1] >= 0


def test_what_has_other_letters_fits_nothing() -> None:
    assert stands_for("xyz", (("grand", "theft", "auto"),)) == 0


def test_one_word_is_no_acronym() -> None:
    assert acronyms((("hades",),), 10) == set()
