"""A catalogue in the database answers as one in memory does."""

from collections.abc import Iterator
from functools import partial

import pytest

from kissbot.knowledge.games.game import Candidate, Game, Ids
from kissbot.knowledge.games.index import Found, Index
from kissbot.knowledge.games.ranking import Ranking, candidates
from kissbot.knowledge.games.shelf import Shelf, shelved
from kissbot.storage import catalogue
from kissbot.storage.catalogue import SqlCatalogue
from kissbot.storage.engine import Database
from kissbot.storage.pages import SqlPages

SERIES = ("Final Fantasy", "Mega Man", "Call of Duty", "Assassin's Creed", "Zelda; DROP TABLE", "東方紅魔郷")
GAMES = [
    Game(
        f"{name} {number}",
        1990 + number,
        popularity=number * 7 % 100,
        ids=Ids(catalogue=place * 100 + number),
    )
    for place, name in enumerate(SERIES)
    for number in range(1, 60)
] + [Game("Hades", 2020, ("Action",), ("PC", "Switch"), ("Аид",), ("hds",), 90, {"en": "It is"}, 93, 4.4)]
QUERIES = (
    "hades",
    "hads",
    "HDS",
    "аид",
    "final fantasy 7",
    "ff7",
    "final fantasi x",
    "mega man 10",
    "creed",
    "zelda drop table 3",
    "東方紅魔郷 9",
    "the of",
    "lmaooo",
    "' OR 1=1 --",
    '"]) --',
    "x" * 150,
)


def _found(query: str, shelf: Shelf) -> tuple[Candidate, ...]:
    return candidates(shelf, query)


@pytest.fixture
async def kept(database: Database) -> SqlCatalogue:
    kept = SqlCatalogue(database)
    await kept.replace(*shelved(GAMES))
    return kept


async def test_it_answers_as_memory_does(kept: SqlCatalogue) -> None:
    memory = Ranking(GAMES)
    for query in QUERIES:
        found = await kept.ask(partial(_found, query))
        expected = memory.candidates(query)
        assert [(each.game.title, each.confidence) for each in found] == [
            (each.game.title, each.confidence) for each in expected
        ], query


async def test_a_game_comes_back_whole(kept: SqlCatalogue) -> None:
    (found, *_) = await kept.ask(lambda shelf: candidates(shelf, "hades"))
    assert found.game.__reduce__()[1] == GAMES[-1].__reduce__()[1]


async def test_an_empty_one_has_no_games(database: Database) -> None:
    assert await SqlCatalogue(database).ask(len) == 0
    assert await SqlCatalogue(database).ask(lambda shelf: candidates(shelf, "hades")) == ()


async def test_a_new_one_takes_the_place_of_the_old(kept: SqlCatalogue) -> None:
    await kept.replace(*shelved([Game("Celeste", 2018)]))
    assert await kept.ask(len) == 1
    assert not await kept.ask(lambda shelf: candidates(shelf, "hades"))
    (found,) = await kept.ask(lambda shelf: candidates(shelf, "celeste"))
    assert found.game.title == "Celeste (2018)"


async def test_what_fails_half_way_changes_nothing(
    kept: SqlCatalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    games, index = shelved([Game("Celeste", 2018)])

    class Broken(Index):
        def drawers(self) -> Iterator[tuple[int, dict[int, Found]]]:
            yield from list(index.drawers())[:3]
            raise ValueError("no more")

    monkeypatch.setattr(catalogue, "BATCH", 1)
    with pytest.raises(ValueError, match="no more"):
        await kept.replace(games, Broken())
    assert await kept.ask(len) == len(GAMES)
    assert (await kept.ask(lambda shelf: candidates(shelf, "hades")))[0].game.title == "Hades (2020)"


async def test_what_was_looked_up_before_is_forgotten(kept: SqlCatalogue, database: Database) -> None:
    async with SqlPages(database) as pages:
        pages.put("answer:en:hades", b"{}", 1)
        await pages.flush()
        await kept.replace(*shelved(GAMES))
        assert await pages.count() == 0
