"""How answers are put together from the settings."""

import asyncio

import aiohttp
import pytest

from kissbot.app.llm import Llm, Route
from kissbot.app.models import KEEPS_UP, Surroundings, answers_by_models
from kissbot.app.settings import Settings
from kissbot.chat.tasks import Tasks
from kissbot.knowledge.answers.bandit import Arm
from kissbot.knowledge.answers.model import StimulusClass
from kissbot.providers.booklet import Booklet
from kissbot.storage.routes import MemoryExperience
from kissbot.storage.spendings import MemorySpendings
from kissbot.testing import ManualClock
from kissbot.testing.clock import settle

ONE = Settings(llm=Llm(routes=[Route(name="one", url="http://127.0.0.1:9/v1", model="m")]))


class Counted(MemoryExperience):
    """Counts how often it is looked at."""

    looks = 0

    async def all(self) -> dict[StimulusClass, dict[str, Arm]]:
        self.looks += 1
        return await super().all()


async def test_what_other_processes_learn_is_taken_up() -> None:
    clock, experience = ManualClock(), Counted()
    clock.rule(asyncio.get_running_loop())
    async with aiohttp.ClientSession() as http, Tasks() as tasks:
        around = Surroundings(http, experience, MemorySpendings(), Booklet(), clock, tasks)
        await answers_by_models(ONE, around)
        await settle()
        for looks in (1, 2, 3):
            assert experience.looks == looks
            await clock.push(KEEPS_UP)


@pytest.mark.parametrize(
    ("words", "language"),
    [("I am here.", "en"), ("I am a bot.", "en"), ("Je suis là.", "fr"), ("Ich bin müde.", "de")],
)
async def test_an_honest_translation_may_be_said(words: str, language: str) -> None:
    async with aiohttp.ClientSession() as http, Tasks() as tasks:
        around = Surroundings(http, MemoryExperience(), MemorySpendings(), Booklet(), ManualClock(), tasks)
        answers = await answers_by_models(Settings(), around)
    assert answers.may_say(words, language)
    assert not answers.may_say(f"{words} motherfucker", language)
