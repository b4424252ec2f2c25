"""The operator's own catalogue is one source among others."""

from collections.abc import Callable
from typing import TypeVar

from kissbot.chat.errors import Trouble
from kissbot.chat.tasks import Tasks
from kissbot.chat.timings import Timings
from kissbot.knowledge.games.game import Game
from kissbot.knowledge.games.shelf import MemoryShelf, Shelf
from kissbot.providers.games.imported import Imported
from kissbot.providers.games.inquiry import Inquiry
from kissbot.providers.games.offline import Offline

T = TypeVar("T")


class Memory:
    """A catalogue in memory."""

    def __init__(self, *games: Game) -> None:
        self._shelf = MemoryShelf(games)

    async def ask(self, question: Callable[[Shelf], T]) -> T:
        return question(self._shelf)


class Gone:
    """A catalogue in a database that is gone."""

    async def ask(self, question: Callable[[Shelf], T]) -> T:
        raise Trouble("there is no database")


async def test_its_games_are_told_as_its_own() -> None:
    (found,) = await Imported(Memory(Game("My Own Game", 2026))).candidates("my own game")
    assert (found.game.title, found.game.sources) == ("My Own Game (2026)", ("Catalogue",))
    assert found.confidence > 0.9


async def test_without_games_it_says_nothing() -> None:
    assert not await Imported(Memory()).candidates("hades")


async def test_a_game_of_two_catalogues_is_one() -> None:
    async with Tasks() as tasks:
        inquiry = Inquiry(tasks, Timings(), 1)
        mine = Imported(Memory(Game("Hades", 2020, platforms=("Fridge",), popularity=90)))
        await inquiry.look_at_hand((Offline(), mine), "hades", "en")
        first, *_ = inquiry.candidates("hades")
    assert first.game.title == "Hades (2020)"
    assert "Fridge" in first.game.platforms
    assert first.game.sources == ("Offline", "Catalogue")


async def test_without_a_database_the_others_answer() -> None:
    async with Tasks() as tasks:
        inquiry = Inquiry(tasks, Timings(), 1)
        await inquiry.look_at_hand((Imported(Gone()), Offline()), "hades", "en")
        first, *_ = inquiry.candidates("hades")
    assert first.game.title == "Hades (2020)"
    assert [(step.name, step.outcome) for step in inquiry.steps] == [
        ("Catalogue", "broken"),
        ("Offline", "answered"),
    ]
    assert not inquiry.is_whole
