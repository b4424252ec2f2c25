"""Many sources, one answer: in time, once, remembered, and named truthfully."""

import asyncio
import gc
from collections.abc import Callable
from itertools import product

import pytest
from msgspec.structs import replace

from kissbot.chat.errors import Unavailable
from kissbot.chat.messages import Channel
from kissbot.chat.texts import LANGUAGES
from kissbot.features.games import Insight, Stream, Streams
from kissbot.knowledge.games.game import Candidate, Found, Game, Ids, NothingClose, Several
from kissbot.knowledge.games.library import GameLibrary
from kissbot.knowledge.games.ranking import Ranking
from kissbot.providers.games.cache import DAY, MISS
from kissbot.providers.games.library import SEARCH_SHARE, Library
from kissbot.providers.games.offline import Offline
from kissbot.storage.pages import MemoryPages
from kissbot.testing import FakeStreams, Room, room
from kissbot.testing.clock import ManualClock

from .stores import (
    HADES_AT_IGDB,
    Fault,
    babbles,
    breaks,
    floods,
    hangs,
    library,
    limits,
    says_500,
    says_html,
)

ADA = Channel("10", "ada")
FAULTS: dict[str, Fault | None] = {"ok": None, "slow": hangs, "500": says_500, "broken": babbles}
NAMES = {"igdb": "IGDB", "rawg": "RAWG", "steam": "Steam"}


class Shelf:
    """A few games at hand."""

    name = "Shelf"

    def __init__(self, *games: Game) -> None:
        self._ranking = Ranking([replace(game, sources=("Shelf",)) for game in games])

    async def candidates(self, query: str) -> tuple[Candidate, ...]:
        return self._ranking.candidates(query)


HADES = Game(name="Hades", year=2020, popularity=97, acronyms=("hds",))


async def found(games: Library, query: str = "hades", language: str = "en") -> Found:
    lookup = await games.find(query, ADA, language)
    assert isinstance(lookup, Found)
    return lookup


async def test_every_source_adds_what_it_knows() -> None:
    async with library() as (games, _):
        game = (await found(games)).game
        assert game.title == "Hades (2020)"
        assert game.sources == ("IGDB", "RAWG", "Steam")
        assert (game.ids.igdb, game.ids.steam, game.ids.rawg) == (113112, 1145360, 274755)
        assert (game.critics, game.users, game.players) == (93, 4.42, 4321)
        assert game.platforms == ("PC", "Switch", "PS4", "Mac")
        assert game.genres == ("RPG", "Hack and slash")
        assert game.summary["en"] == "Defy the god of the dead as you hack and slash out of the Underworld."


async def test_the_summary_comes_from_whoever_speaks_the_language() -> None:
    async with library() as (games, _):
        game = (await found(games, language="fr")).game
        assert game.summary["fr"].startswith("Échappez aux enfers")
        assert game.year == 2020


@pytest.mark.parametrize("states", list(product(FAULTS, repeat=3)), ids="-".join)
async def test_whatever_fails_the_others_answer_in_time_and_are_named(
    states: tuple[str, ...], jump: Callable[[float], None]
) -> None:
    async with library((Shelf(HADES),), deadline=10) as (games, stores):
        by_source = dict(zip(NAMES, states, strict=True))
        stores.faults = {source: fault for source, state in by_source.items() if (fault := FAULTS[state])}
        asked = asyncio.create_task(games.find("hades", ADA, "en"))
        slow = {NAMES[source] for source, state in by_source.items() if state == "slow"}
        if slow:
            await only_these_are_left(slow)
            jump(10 * SEARCH_SHARE)
        lookup = await asked
        assert isinstance(lookup, Found)
        answered = {NAMES[source] for source, state in by_source.items() if state == "ok"}
        named = answered if len(answered) > 1 else answered | {"Shelf"}
        assert set(lookup.game.sources) == named


async def only_these_are_left(names: set[str]) -> None:
    """Wait until nobody else is asked any more."""
    while {task.get_name() for task in asyncio.all_tasks()} & set(NAMES.values()) != names:
        await asyncio.sleep(0.005)


@pytest.mark.parametrize("fault", [says_html, breaks, floods, limits("0"), limits("3600"), limits("soon")])
async def test_other_faults_spoil_nothing_either(fault: Fault) -> None:
    async with library() as (games, stores):
        stores.faults = {"igdb": fault}
        assert (await found(games)).game.sources == ("RAWG", "Steam")


async def test_when_no_source_answers_it_is_said() -> None:
    async with library((Shelf(),)) as (games, stores):
        stores.faults = dict.fromkeys(NAMES, says_500)
        with pytest.raises(Unavailable) as told:
            await games.find("hades", ADA, "en")
        assert told.value.text.values == {"sources": "IGDB, RAWG, Steam"}


@pytest.mark.parametrize("language", LANGUAGES)
async def test_viewers_are_told_that_no_source_answers(language: str) -> None:
    async with library() as (games, stores), room({GameLibrary: games}, language=language) as place:
        stores.faults = dict.fromkeys(NAMES, breaks)
        assert "IGDB, RAWG, Steam" in await answer(place, "!gi hades")


async def answer(place: Room, line: str, viewer: str = "vera") -> str:
    """What the bot says, whose clock goes on with the sockets."""
    place.deliver(place.message(line, viewer=viewer))
    while not place.said:
        await place.clock.push(0.01)
    return place.said[-1].text


async def test_a_game_that_nobody_knows_is_not_claimed() -> None:
    async with library((Shelf(HADES),)) as (games, _):
        assert isinstance(await games.find("xyzzy plugh", ADA, "en"), NothingClose)
        assert await games.find("!!!", ADA, "en") == NothingClose()


async def test_what_only_the_shelf_calls_so_is_completed_by_its_title() -> None:
    async with library((Shelf(HADES),)) as (games, _):
        game = (await found(games, "hds")).game
        assert game.sources == ("IGDB", "RAWG", "Steam")
        assert game.acronyms == ("hds",)


async def test_a_flood_of_the_same_question_is_one_request_per_source() -> None:
    async with library() as (games, stores):
        answers = await asyncio.gather(*(found(games) for _ in range(200)))
        assert {answer.game.title for answer in answers} == {"Hades (2020)"}
        assert set(stores.asked.values()) == {1}
        await found(games, " HADES! ")
        assert set(stores.asked.values()) == {1}
        assert (await games.figures()).hits == 1


async def test_somebody_who_stops_waiting_takes_nothing_from_the_others() -> None:
    async with library() as (games, stores):
        impatient = asyncio.create_task(games.find("hades", ADA, "en"))
        patient = asyncio.create_task(games.find("hades", ADA, "en"))
        await asyncio.sleep(0)
        impatient.cancel()
        assert isinstance(await patient, Found)
        assert stores.asked["/v4/multiquery"] == 1


async def test_an_old_answer_is_served_while_it_is_looked_up_once_more() -> None:
    clock = ManualClock()
    async with library(clock=clock) as (games, stores):
        await found(games)
        await clock.push(181 * DAY)
        stores.igdb = [HADES_AT_IGDB | {"name": "Hades: Renamed"}]
        names = [(await found(games)).game.name for _ in range(3)]
        assert names == ["Hades"] * 3
        while stores.asked["/appreviews/1145360"] < 2:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.05)
        assert stores.asked["/v4/multiquery"] == 2
        assert (await found(games)).game.name == "Hades: Renamed"


async def test_an_old_answer_is_better_than_none() -> None:
    clock = ManualClock()
    async with library(clock=clock) as (games, stores):
        await found(games)
        await clock.push(400 * DAY)
        stores.faults = dict.fromkeys(NAMES, says_500)
        assert (await found(games)).game.title == "Hades (2020)"


async def test_a_miss_is_remembered_shortly() -> None:
    clock = ManualClock()
    async with library(clock=clock) as (games, stores):
        for _ in range(3):
            await games.find("nonesuch", ADA, "en")
        assert stores.asked["/v4/multiquery"] == 1
        await clock.push(MISS + 1)
        await games.find("nonesuch", ADA, "en")
        assert stores.asked["/v4/multiquery"] == 2


async def test_an_answer_without_a_failing_source_is_not_kept_for_long() -> None:
    clock = ManualClock()
    async with library(clock=clock) as (games, stores):
        stores.faults = {"rawg": says_500}
        assert (await found(games)).game.sources == ("IGDB", "Steam")
        stores.faults = {}
        await clock.push(301)
        await found(games)  # the old one, while it is looked up
        while stores.asked["/appreviews/1145360"] < 2:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.05)
        assert (await found(games)).game.sources == ("IGDB", "RAWG", "Steam")


async def test_what_one_process_found_another_one_knows() -> None:
    pages = MemoryPages()
    async with library(pages=pages) as (games, _):
        await found(games)
    async with library(pages=pages) as (games, stores):
        assert (await found(games)).game.sources == ("IGDB", "RAWG", "Steam")
        assert not stores.asked


async def test_another_spelling_of_a_known_game_costs_no_details() -> None:
    async with library((Shelf(HADES),)) as (games, stores):
        await found(games)
        await found(games, "hades 2020")
        assert stores.asked["/api/appdetails"] == 1


async def test_what_is_confirmed_wins_before_anybody_is_asked() -> None:
    async def confirmed(query: str, channel: Channel) -> Found | None:
        return Found(HADES, 1.0, confirmed=2) if query == "h" else None

    async with library(confirmed=confirmed) as (games, stores):
        assert (await found(games, "h")).confirmed == 2
        assert await games.category("h", None, ADA, "en") is not None
        assert not stores.asked
        other = await games.category("h", 113112, ADA, "en")
        assert other is not None
        assert other.game is HADES


async def test_a_confirmed_game_does_not_replace_the_category_of_another() -> None:
    async def confirmed(query: str, channel: Channel) -> Found | None:
        return Found(replace(HADES, name="Hades II", ids=Ids(igdb=5)), 1.0, confirmed=1)

    async with library(confirmed=confirmed) as (games, _):
        told = await games.category("Hades", 113112, ADA, "en")
        assert told is not None
        assert told.game.name == "Hades"


async def test_a_category_is_known_by_its_id_whatever_it_is_called() -> None:
    async with library((Shelf(HADES),)) as (games, stores):
        told = await games.category("Hades (Early Access)", 113112, ADA, "en")
        assert told is not None
        assert told.game.title == "Hades (2020)"
        assert told.confidence == 1
        assert "Steam" in told.game.sources
        assert "where id = 113112" in stores.queries[0]


async def test_without_igdb_a_category_is_known_by_its_very_name() -> None:
    async with library() as (games, stores):
        stores.faults = {"igdb": says_500}
        told = await games.category("Hades", 113112, ADA, "en")
        assert told is not None
        assert (told.game.ids.igdb, told.game.sources) == (113112, ("RAWG", "Steam"))
        assert await games.category("Hades of", 4, ADA, "en") is None


async def test_of_two_games_of_one_name_no_category_is_claimed() -> None:
    dooms = (Game(name="Doom", year=1993, popularity=80), Game(name="Doom", year=2016, popularity=90))
    async with library((Shelf(*dooms),)) as (games, stores):
        stores.faults = dict.fromkeys(NAMES, says_500)
        assert await games.category("Doom", 7351, ADA, "en") is None


async def test_gc_tells_of_the_very_game() -> None:
    streams = FakeStreams(ada=Stream("Hades", igdb_id=113112))
    async with library() as (games, _), room({GameLibrary: games, Streams: streams}) as place:
        said = await answer(place, "!gc")
        assert said.startswith("🎮 ada plays: Hades (2020) · RPG Hack and slash · PC, Switch")
        assert "🔥 HIGH [IGDB+RAWG+Steam]" in said


async def test_a_trace_tells_who_did_what() -> None:
    async with library((Shelf(HADES),)) as (games, stores), room({Insight: games}, owners=["olga"]) as place:
        stores.faults = {"rawg": says_500}
        said = await answer(place, "!perftrace hades", viewer="olga")
        assert said.startswith("🔬 cache ")
        for piece in (
            "IGDB ",
            "RAWG ",
            "Steam ",
            "Shelf ",
            ": unwell",
            ": 1 game ",
            "Hades (2020), 99% sure",
        ):
            assert piece in said


async def test_without_sources_the_library_is_what_is_at_hand() -> None:
    async with library((Offline(),)) as (games, stores):
        stores.faults = dict.fromkeys(NAMES, says_500)
        assert (await found(games, "botw")).game.name == "The Legend of Zelda: Breath of the Wild"
        assert isinstance(await games.find("zelda", ADA, "en"), Several)


async def test_nothing_is_left_over() -> None:
    async with library((Shelf(HADES),), deadline=0.2) as (games, stores):
        stores.faults = {"igdb": hangs}
        await found(games)
    gc.collect()  # a task or an answer that nobody cared for would be a warning, and that an error
