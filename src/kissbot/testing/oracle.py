"""A model without a network: it says what the test wants, takes its time, and fails on demand."""

import asyncio
from collections.abc import Callable
from random import Random

from kissbot.chat.channels import Language
from kissbot.chat.identity import Identity
from kissbot.chat.ports import Clock
from kissbot.chat.tasks import Tasks
from kissbot.features.ask import Teased
from kissbot.features.settings import Memories
from kissbot.knowledge.answers.answers import Answers, Cleaning, LookUp, Moderator
from kissbot.knowledge.answers.bandit import Bandit
from kissbot.knowledge.answers.blocklist import Blocklist
from kissbot.knowledge.answers.budget import Allowance, Budget
from kissbot.knowledge.answers.cascade import Cascade
from kissbot.knowledge.answers.fair import Turns
from kissbot.knowledge.answers.model import Ailment, Completion, ModelTrouble, Prompt
from kissbot.knowledge.answers.purse import Purse
from kissbot.knowledge.answers.storyteller import Storyteller
from kissbot.storage.routes import MemoryExperience
from kissbot.storage.spendings import MemorySpendings
from kissbot.testing.fakes import ShortMemory

Says = Callable[[Prompt], str]


def modest(prompt: Prompt) -> str:
    """What it says when the test wants nothing in particular: the same in every language."""
    length = len(prompt.turns[-1].text)
    return f"{length} + 1 = {length + 1}."


class Oracle:
    """One model; set `ails` to have it fail, and `takes` to have it think."""

    def __init__(self, says: Says = modest, name: str = "oracle", *, takes: float = 0) -> None:
        self._says, self.name, self.takes = says, name, takes
        self.ails: Ailment | None = None
        self.is_well = True
        self.asked: list[Prompt] = []

    async def complete(self, prompt: Prompt, seconds: float) -> Completion:
        """An answer, unless it is ill or the time is up before."""
        self.asked.append(prompt)
        await asyncio.sleep(min(self.takes, seconds))
        if self.takes > seconds:
            raise ModelTrouble("slow")
        if self.ails:
            raise ModelTrouble(self.ails)
        return Completion(self._says(prompt), 10, 10)


async def no_facts(question: str, language: Language) -> str:
    """Nothing is known of anything."""
    return ""


def thinking(
    clock: Clock,
    tasks: Tasks,
    *oracles: Oracle,
    allowed: Allowance | None = None,
    look_up: LookUp = no_facts,
    at_once: int = 4,
    tease: str = "",
    moderator: Moderator | None = None,
) -> dict[type, object]:
    """What features need to answer in words."""
    chance = Random(1)  # noqa: S311 (it is a test's)
    cascade = Cascade(oracles, Bandit(), MemoryExperience().note, chance)
    purse = Purse(Budget(allowed or Allowance(), Allowance()), MemorySpendings(), clock)
    answers = Answers(
        cascade, Turns(at_once), purse, Cleaning(Blocklist(), moderator=moderator), clock, look_up, tasks
    )
    storyteller = Storyteller(answers, Identity("kissbot", "1.0"), clock, chance)
    memories = ShortMemory(answers.forget)
    return {Answers: answers, Storyteller: storyteller, Teased: Teased(tease), Memories: memories}
