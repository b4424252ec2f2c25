"""!gi, !gs, !gc."""

import pytest
from msgspec.structs import replace

from kissbot.chat.messages import Channel
from kissbot.features.games import Figures, Insight, Stream, Streams
from kissbot.knowledge.games.game import Found, Game, Lookup
from kissbot.knowledge.games.library import GameLibrary
from kissbot.testing import HADES, FakeStreams, Room, Shelf, room

FACTS = "Hades (2020) · Action Roguelike · PC, Switch, PS4, Xbox One · 🏆 93/100 ⭐ 4.4/5 · ✅ MEDIUM [Shelf]"
SUMMARY = "Defy the god of the dead."
HADES_2 = Game(name="Hades II", year=2025, popularity=90)


async def asked(place: Room, line: str) -> str:
    answer = await place.hears(line, viewer=f"v{len(place.said)}")
    assert answer
    return answer


async def test_gi_tells_all_that_is_known() -> None:
    async with room() as place:
        assert await asked(place, "!gi hades") == f"🎮 {FACTS} · {SUMMARY}"


async def test_gi_tells_no_more_than_is_known() -> None:
    async with room({GameLibrary: Shelf(Game(name="Obscure"))}) as place:
        assert await asked(place, "!gi obscure") == "🎮 Obscure · ✅ MEDIUM []"


async def test_gi_shows_the_first_platforms_only() -> None:
    everywhere = Game(name="Tetris", platforms=tuple(f"P{number}" for number in range(20)))
    async with room({GameLibrary: Shelf(everywhere)}) as place:
        assert "P0, P1, P2, P3, P4 ·" in await asked(place, "!gi tetris")


async def test_two_sources_that_agree_make_high_confidence() -> None:
    async with room({GameLibrary: Shelf(replace(HADES, sources=("IGDB", "Steam")))}) as place:
        assert "🔥 HIGH [IGDB+Steam]" in await asked(place, "!gi hades")


async def test_the_summary_is_in_the_channels_language_when_there_is_one() -> None:
    async with room() as place:
        place.choose("bob", language="fr")
        place.choose("cai", language="de")
        assert "Défiez le dieu des morts." in (await place.hears("!gi hades", channel="bob") or "")
        assert SUMMARY in (await place.hears("!gi hades", channel="cai") or "")


@pytest.mark.parametrize("command", ["gi", "gs", "game"])
async def test_without_a_game_it_asks_which(command: str) -> None:
    async with room() as place:
        name = "gs" if command == "gs" else "gi"
        assert await asked(place, f"!{command}") == f"🎮 Which game? !{name} <game>"


async def test_gs_is_a_sentence() -> None:
    async with room() as place:
        assert await asked(place, "!gs hades") == f"🎮 Hades (2020): {SUMMARY}"


async def test_gs_is_honest_when_there_is_no_summary() -> None:
    async with room({GameLibrary: Shelf(HADES_2)}) as place:
        assert await asked(place, "!gs hades 2") == (
            "🎮 Hades II (2025): nobody wrote a summary of it for me yet."
        )


async def test_when_several_games_may_be_meant_it_asks() -> None:
    zeldas = [
        Game(name=f"The Legend of Zelda: {title}", year=2000 + index, popularity=90)
        for index, title in enumerate(
            ("Majora's Mask", "Ocarina of Time", "Skyward Sword", "Twilight Princess")
        )
    ]
    async with room({GameLibrary: Shelf(*zeldas)}) as place:
        answer = await asked(place, "!gi zelda")
        assert answer.startswith("🎮 Which one? 1. The Legend of Zelda: ")
        assert answer.endswith(" → !gi <full name> · !collapse zelda 1")
        assert " · 3. " in answer
        assert "4. " not in answer


async def test_when_a_name_is_only_near_it_suggests() -> None:
    async with room({GameLibrary: Shelf(HADES, HADES_2)}) as place:
        assert await asked(place, "!gi hades 3") == (
            "🤷 I know no game called “hades 3”. Did you mean Hades (2020), Hades II (2025)?"
        )


async def test_when_nothing_is_near_it_says_so() -> None:
    async with room() as place:
        assert await asked(place, "!gi xyzzyplugh") == "🤷 I know no game called “xyzzyplugh”."


@pytest.mark.parametrize("line", ["!gi hades", "!gs hades"])
async def test_a_closed_library_is_told(line: str) -> None:
    async with room({GameLibrary: Shelf(closed=True)}) as place:
        assert await asked(place, line) == "📚 The shelf is closed."


async def test_gc_tells_of_the_game_that_is_played() -> None:
    async with room({Streams: FakeStreams(ada=Stream("Hades"))}) as place:
        assert await asked(place, "!gc") == f"🎮 ada plays: {FACTS} · {SUMMARY}"


async def test_gc_names_a_game_that_it_does_not_know() -> None:
    async with room({Streams: FakeStreams(ada=Stream("Some New Game"))}) as place:
        assert await asked(place, "!gc") == "🎮 ada plays: Some New Game"


async def test_gc_names_what_is_no_game() -> None:
    async with room({Streams: FakeStreams(ada=Stream("Just Chatting", is_game=False))}) as place:
        assert await asked(place, "!gc") == "📺 ada is live in Just Chatting"


async def test_gc_of_a_stream_without_a_category() -> None:
    async with room({Streams: FakeStreams(ada=Stream(""))}) as place:
        assert await asked(place, "!gc") == "📺 ada is live, without a category"


async def test_gc_of_an_offline_channel() -> None:
    async with room({Streams: FakeStreams(bob=Stream("Hades"))}) as place:
        assert await asked(place, "!gc") == "📺 ada is offline"


async def test_unknown_is_never_shown_as_offline() -> None:
    streams = FakeStreams()
    streams.broken = True
    async with room({Streams: streams}) as place:
        assert await asked(place, "!gc") == "📡 Twitch does not tell me who is live right now."


async def test_a_confirmed_game_has_high_confidence() -> None:
    class Confirming(Shelf):
        async def find(self, query: str, channel: Channel, language: str) -> Lookup:
            return Found(HADES, 0.7, confirmed=2)

    async with room({GameLibrary: Confirming()}) as place:
        assert "🔥 HIGH [Shelf]" in await asked(place, "!gi x")


async def test_cache_tells_what_came_of_remembering() -> None:
    async with room() as place:
        assert await asked(place, "!cache") == (
            "🗃️ 75% of 4 look-ups from memory · 1 in memory · most asked: Hades (2020)"
        )


async def test_cache_before_anybody_has_asked() -> None:
    class New(Shelf):
        async def figures(self) -> Figures:
            return Figures(0, 0, 12, "")

    async with room({Insight: New()}) as place:
        assert await asked(place, "!cache") == "🗃️ No game was looked up yet · 12 in memory"


@pytest.mark.parametrize(
    ("shelf", "query", "told"),
    [
        (Shelf(HADES), "hades", "Shelf 0.0 ms: 1 game · Hades (2020), 99% sure"),
        (Shelf(HADES), "xyzzyplugh", "Shelf 0.0 ms: 1 game · nothing close"),
        (Shelf(HADES, closed=True), "hades", "Shelf 0.0 ms: out of reach · no source answered"),
    ],
)
async def test_perftrace_tells_who_did_what(shelf: Shelf, query: str, told: str) -> None:
    async with room({Insight: shelf}, owners=["olga"]) as place:
        said = await place.hears(f"!perftrace {query}", viewer="olga")
        assert said == f"🔬 {told} (0.0 ms)"


async def test_perftrace_is_for_the_owner_and_wants_a_game() -> None:
    async with room(owners=["olga"]) as place:
        assert await place.hears("!perftrace hades") == "🔒 !perftrace is for the bot's owner."
        assert await place.hears("!perftrace", viewer="olga") == "🎮 Which game? !perftrace <game>"
