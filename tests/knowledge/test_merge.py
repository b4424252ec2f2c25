"""One record of what several sources tell of a game."""

from msgspec.structs import replace

from kissbot.knowledge.games.game import Game, Ids
from kissbot.knowledge.games.merge import identity, joined, merged

IGDB = Game(
    name="DOOM",
    year=2016,
    genres=("Shooter",),
    platforms=("PC", "PS4"),
    popularity=80,
    summary={"en": "In English."},
    users=4.3,
    ids=Ids(igdb=7351, steam=379720),
    sources=("IGDB",),
)
STEAM = Game(
    name="Doom!",
    genres=("Action",),
    platforms=("PC", "Mac"),
    popularity=90,
    summary={"fr": "En français.", "en": "Other English."},
    critics=84,
    users=4.9,
    players=1200,
    ids=Ids(steam=379720),
    sources=("Steam",),
)
RAWG = Game(
    name="Doom", year=2016, critics=85, users=4.38, aliases=("DOOM 4",), ids=Ids(rawg=2454), sources=("RAWG",)
)
OLD = Game(name="Doom", year=1993, ids=Ids(igdb=673), sources=("IGDB",))
OFFLINE = Game(name="Doom", year=2016, acronyms=("d4",), sources=("Offline",))


def test_three_sources_make_one_record_whatever_comes_first() -> None:
    for records in ((IGDB, STEAM, RAWG, OFFLINE), (OFFLINE, RAWG, STEAM, IGDB)):
        (game,) = merged(records)
        assert (game.title, game.ids) == ("DOOM (2016)", Ids(igdb=7351, steam=379720, rawg=2454))
        assert game.sources == ("IGDB", "RAWG", "Steam")
        assert game.genres == ("Shooter",)
        assert game.platforms == ("PC", "PS4", "Mac")
        assert game.summary == {"en": "In English.", "fr": "En français."}
        assert (game.critics, game.users, game.players) == (84, 4.38, 1200)
        assert (game.aliases, game.acronyms, game.popularity) == (("DOOM 4",), ("d4",), 90)


def test_the_same_name_in_another_time_is_another_game() -> None:
    assert [game.title for game in merged((OLD, IGDB, RAWG))] == ["Doom (1993)", "DOOM (2016)"]


def test_a_record_without_a_year_belongs_to_nobody_when_it_could_be_two() -> None:
    undated = Game(name="Doom", sources=("Steam",), ids=Ids(steam=1))
    newer = Game(name="Doom", year=2016, ids=Ids(igdb=7351), sources=("IGDB",))
    assert len(merged((OLD, newer, undated))) == 3
    assert len(merged((OLD, undated))) == 1


def test_sources_may_differ_by_a_few_years_and_the_nearest_is_meant() -> None:
    early = Game(name="Doom", year=2014, sources=("RAWG",), ids=Ids(rawg=1))
    later = Game(name="Doom", year=2018, sources=("Steam",), ids=Ids(steam=2))
    assert len(merged((IGDB, early))) == 1
    assert len(merged((OLD, RAWG))) == 2
    games = merged((early, later, Game(name="Doom", year=2017, sources=("Offline",))))
    assert [game.sources for game in games] == [("Steam", "Offline"), ("RAWG",)]


def test_two_games_of_one_source_stay_two() -> None:
    twin = Game(name="DOOM", year=2016, ids=Ids(igdb=9), sources=("IGDB",))
    assert len(merged((IGDB, twin))) == 2


def test_what_has_other_ids_is_another_game_even_under_one_name() -> None:
    other = Game(name="Doom", year=2016, ids=Ids(steam=5), sources=("Steam",))
    assert len(merged((IGDB, other))) == 2


def test_an_addition_is_not_its_game() -> None:
    addition = Game(name="Doom", year=2016, kind="dlc", ids=Ids(rawg=3), sources=("RAWG",))
    assert len(merged((IGDB, addition))) == 2


def test_roman_numerals_are_numbers() -> None:
    assert len(merged((Game(name="Doom II", sources=("IGDB",)), Game(name="Doom 2", sources=("RAWG",))))) == 1


def test_a_record_is_joined_by_those_of_its_own_game_only() -> None:
    assert joined(RAWG, (OLD, OFFLINE)).sources == ("RAWG", "Offline")
    assert joined(RAWG, ()) is RAWG


def test_a_game_is_known_again() -> None:
    assert identity(IGDB) == "igdb:7351"
    assert identity(STEAM) == "steam:379720"
    assert identity(OFFLINE) == "name:doom:2016"
    assert identity(Game(name="Doom")) == "name:doom:"


def test_what_is_at_hand_is_named_when_it_fills_a_gap_or_confirms_a_single_source() -> None:
    assert merged((IGDB, OFFLINE))[0].sources == ("IGDB", "Offline")
    assert merged((IGDB, RAWG, OFFLINE))[0].sources == ("IGDB", "RAWG")
    german = replace(OFFLINE, summary={"de": "Auf Deutsch."}, platforms=("Switch",))
    game = merged((IGDB, RAWG, german))[0]
    assert game.sources == ("IGDB", "RAWG", "Offline")
    assert game.summary["de"] == "Auf Deutsch."
    assert game.platforms == ("PC", "PS4")
