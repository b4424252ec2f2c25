"""!qmusic: the same way as !qgame, with songs."""

import pytest

from kissbot.knowledge.music import MusicDomain, Song, SongLibrary, likeness, wanted
from kissbot.testing import room
from kissbot.testing.fakes import ONE_MORE_TIME, Jukebox

from .learning import School, school

LIVE = Song(artist="Daft Punk", title="One More Time (live)", year=2007)
LATE = Song(artist="Daft Punk", title="One more time", year=2013)
COVER = Song(artist="Somebody Else", title="One More Time", year=2015)


async def test_qmusic_lists_songs_and_each_of_them_once() -> None:
    async with room({SongLibrary: Jukebox(LATE, COVER, LIVE, ONE_MORE_TIME)}) as place:
        assert await place.hears("!qmusic daft punk - one more time") == (
            "🔬 Superposition of 'daft punk - one more time': "
            "1. ⚛️ Daft Punk - One More Time (2000) 5:20 (conf 1) · "
            "2. ⚛️ Daft Punk - One More Time (live) (2007) (conf 0.84) → "
            "!collapse daft punk - one more time 1"
        )


async def test_a_song_is_confirmed_and_taken_back_as_a_game_is() -> None:
    async with school() as here:
        await here.asks("!qmusic daft punk - one more time")
        assert await here.says("!collapse daft punk one more time 1") == (
            "💥 @Mia collapsed 'daft punk - one more time' → Daft Punk - One More Time (2000) ✅"
        )
        told = "🔒 Daft Punk - One More Time (2000) ✅ confirmed (1)"
        for name in ("daft punk - one more time", "Daft Punk one more time", "daft punk - one mor time"):
            assert await here.asks(f"!qmusic {name}") == told
        assert "MUSIC: 1 items, 0 superpositions, 100% verified" in await here.asks("!quantum")
        assert "took back" in await here.says("!collapse daft punk one more time undo")
        assert "🔬" in await here.asks("!qmusic daft punk - one more time")


async def test_of_a_game_and_a_song_of_one_name_that_is_meant_which_was_shown_last() -> None:
    async with school() as here:
        await shown_both(here)
        assert "→ Hades (2020) ✅" in await here.says("!collapse hades 1")


async def shown_both(here: School) -> None:
    here.place.truth.add(MusicDomain(Jukebox(Song(artist="Hades", title="Hades"))))
    assert "Hades - Hades" in await here.asks("!qmusic hades")
    await here.place.clock.push(1)
    await here.asks("!qgame hades")


async def test_only_near_and_not_near_at_all() -> None:
    async with room({SongLibrary: Jukebox(LIVE)}) as place:
        near = await place.hears("!qmusic one time")
        assert near == (
            "🤷 I find nothing that is called “one time”. "
            "Did you mean Daft Punk - One More Time (live) (2007)?"
        )
        far = await place.hears("!qmusic qqqqqqqq - zzzzz", viewer="other")
        assert far == "🤷 I find nothing that is called “qqqqqqqq - zzzzz”."


async def test_a_library_that_is_out_of_reach_is_told() -> None:
    songs = Jukebox(ONE_MORE_TIME)
    songs.broken = True
    async with room({SongLibrary: songs}) as place:
        assert await place.hears("!qmusic one more time") == "📚 The shelf is closed."


@pytest.mark.parametrize(
    ("typed", "better", "worse"),
    [
        ("daft punk - one more time", ONE_MORE_TIME, LIVE),
        ("one more time - daft punk", ONE_MORE_TIME, COVER),
        ("daft punk one more time", ONE_MORE_TIME, COVER),
        ("one more time daft punk", ONE_MORE_TIME, LIVE),
        ("somebody else one more time", COVER, ONE_MORE_TIME),
        ("one more time live", LIVE, Song(artist="Live", title="Selling the Drama")),
    ],
)
def test_the_song_that_was_named_is_the_likeliest(typed: str, better: Song, worse: Song) -> None:
    assert likeness(wanted(typed), better) > likeness(wanted(typed), worse)


def test_a_dash_divides_when_there_is_something_on_both_sides() -> None:
    assert wanted("Daft Punk – One - More").title == "One - More"
    for query in ("jay-z", "- one", "one -", " - ", ""):
        assert wanted(query).artist == ""
