"""Which game is meant, and when to doubt."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kissbot.knowledge.games.game import Candidate, Found, Game, NothingClose, Several
from kissbot.knowledge.games.ranking import Ranking, decide

HADES = Game(name="Hades", year=2020, popularity=97)
HADES_2 = Game(name="Hades II", year=2025, popularity=90)
DOOM = Game(name="DOOM", year=1993, popularity=86)
NEW_DOOM = Game(name="DOOM", year=2016, popularity=90)
GTA_5 = Game(name="Grand Theft Auto V", year=2013, popularity=100, acronyms=("gta", "gtav", "gta5"))
BOTW = Game(name="The Legend of Zelda: Breath of the Wild", year=2017, popularity=97, acronyms=("botw",))
TOTK = Game(name="The Legend of Zelda: Tears of the Kingdom", year=2023, popularity=95, acronyms=("totk",))
LAST = Game(name="The Last of Us", year=2013, popularity=93, acronyms=("tlou",))
POKEMON = Game(name="Pokémon Red and Blue", year=1996, popularity=91, aliases=("Pokémon Rouge et Bleu",))
SEVENTH = Game(name="Final Fantasy VII", year=1997, popularity=95, acronyms=("ff7",))
REBIRTH = Game(
    name="Final Fantasy VII Rebirth", year=2024, popularity=90, aliases=("Final Fantasy VII Remake Part 2",)
)
GAMES = (HADES, HADES_2, DOOM, NEW_DOOM, GTA_5, BOTW, TOTK, LAST, POKEMON, SEVENTH, REBIRTH)
SHELF = Ranking(GAMES)


@pytest.mark.parametrize(
    ("query", "game"),
    [
        ("hades", HADES),
        ("HADES", HADES),
        ("Hadès", HADES),
        ("hades!", HADES),
        ("hads", HADES),
        ("hades 2", HADES_2),
        ("hades ii", HADES_2),
        ("Hades: II", HADES_2),
        ("gta v", GTA_5),
        ("gta 5", GTA_5),
        ("GTA", GTA_5),
        ("grand theft auto 5", GTA_5),
        ("grandtheftauto v", GTA_5),
        ("botw", BOTW),
        ("B.O.T.W.", BOTW),
        ("breath of the wild", BOTW),
        ("zelda breath of the wild", BOTW),
        ("legend of zelda breth of the wild", BOTW),
        ("tlou", LAST),
        ("last of us", LAST),
        ("the last of us", LAST),
        ("pokemon rouge et bleu", POKEMON),
        ("ff7", SEVENTH),
        ("final fantasy 7", SEVENTH),
    ],
)
def test_the_game_is_found(query: str, game: Game) -> None:
    found = SHELF.lookup(query)
    assert isinstance(found, Found)
    assert found.game.title == game.title
    assert 0.8 <= found.confidence <= 1


@pytest.mark.parametrize("written", ["doom {year}", "doom ({year})", "DOOM  {year}"])
@pytest.mark.parametrize("game", [DOOM, NEW_DOOM])
def test_a_year_tells_games_of_one_name_apart(game: Game, written: str) -> None:
    found = SHELF.lookup(written.format(year=game.year))
    assert isinstance(found, Found)
    assert found.game is game


def test_of_games_of_one_name_the_better_known_is_meant() -> None:
    found = SHELF.lookup("doom")
    assert isinstance(found, Found)
    assert found.game is NEW_DOOM


@pytest.mark.parametrize(
    "query", ["hades 3", "hades iii", "hades 4", "doom 7", "gta 6", "gta vi", "hades 2019", "final fantasy 2"]
)
def test_a_wrong_number_is_never_claimed(query: str) -> None:
    assert isinstance(SHELF.lookup(query), NothingClose)


def test_a_wrong_number_is_answered_with_what_there_is() -> None:
    nothing = SHELF.lookup("hades 3")
    assert isinstance(nothing, NothingClose)
    assert nothing.suggestions == (HADES, HADES_2)


def test_a_series_is_asked_about() -> None:
    several = SHELF.lookup("zelda")
    assert isinstance(several, Several)
    assert {candidate.game for candidate in several.candidates} == {BOTW, TOTK}


def test_the_exact_name_wins_over_a_better_known_game_of_the_series() -> None:
    first = Game(name="Call of Duty", year=2003, popularity=82)
    famous = Game(name="Call of Duty: Warzone", year=2020, popularity=99)
    found = Ranking([first, famous]).lookup("call of duty")
    assert isinstance(found, Found)
    assert found.game is first
    assert all(candidate.confidence <= 1 for candidate in Ranking([first, famous]).candidates("call of duty"))


@pytest.mark.parametrize(
    "query", ["", " ", "???", "the", "of the", "x", "qwertyuiop", "le temps des cerises"]
)
def test_nonsense_finds_nothing(query: str) -> None:
    assert SHELF.lookup(query) == NothingClose()


def test_three_letters_are_not_guessed_at() -> None:
    assert SHELF.lookup("gtb") == NothingClose()


def test_an_empty_shelf_knows_nothing() -> None:
    assert Ranking([]).lookup("hades") == NothingClose()


@given(
    st.text(max_size=60) | st.sampled_from([game.name for game in GAMES]).map(lambda name: f"{name} {name}")
)
def test_any_words_get_an_honest_answer(query: str) -> None:
    candidates = SHELF.candidates(query)
    assert all(0 <= candidate.confidence <= 1 for candidate in candidates)
    assert list(candidates) == sorted(candidates, key=lambda candidate: -candidate.confidence)
    match SHELF.lookup(query):
        case Found(_, confidence):
            assert confidence >= 0.8
        case Several(choice):
            assert 2 <= len(choice) <= 3
        case NothingClose(suggestions):
            assert len(suggestions) <= 3


@pytest.mark.parametrize(
    ("confidences", "kind"),
    [
        ((), NothingClose),
        ((0.5,), NothingClose),
        ((0.7,), NothingClose),
        ((0.7, 0.69), Several),
        ((0.95,), Found),
        ((0.95, 0.88), Found),
        ((0.95, 0.94), Several),
    ],
)
def test_a_game_is_claimed_only_when_it_is_probable_and_ahead(
    confidences: tuple[float, ...], kind: type
) -> None:
    candidates = tuple(Candidate(game, value) for game, value in zip(GAMES, confidences, strict=False))
    assert type(decide(candidates)) is kind


@pytest.mark.parametrize(
    ("query", "found"),
    [("final fantasy 10", "Final Fantasy X"), ("mega man 10", None), ("mega man x", "Mega Man X")],
)
def test_an_x_is_a_ten_only_where_there_is_a_nine(query: str, found: str | None) -> None:
    shelf = Ranking([Game("Final Fantasy IX"), Game("Final Fantasy X"), Game("Mega Man X")])
    result = shelf.lookup(query)
    assert (result.game.name if isinstance(result, Found) else None) == found
