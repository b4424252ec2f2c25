"""Tells what prompts of ours ask for, never the same twice in a row."""

from collections.abc import Mapping, Sequence
from random import Random
from typing import Final

from kissbot.chat.channels import Language
from kissbot.chat.commands import Invocation
from kissbot.chat.errors import Unavailable
from kissbot.chat.identity import Identity
from kissbot.chat.ports import Clock
from kissbot.chat.texts import text
from kissbot.knowledge.answers.answers import Answers
from kissbot.knowledge.answers.telling import answer, question
from kissbot.knowledge.answers.told import Told

ATTEMPTS: Final = 2

Wordings = Mapping[Language, tuple[str, Sequence[str]]]
"""For each language a prompt, and what may stand in its blank: so that no two are asked alike."""


class Storyteller:
    """Remembers what each channel was told."""

    def __init__(self, answers: Answers, bot: Identity, clock: Clock, chance: Random) -> None:
        self._answers, self._bot, self._clock, self._chance = answers, bot, clock, chance
        self._told = Told()

    async def tell(self, asked: Invocation, wordings: Wordings) -> str:
        """Something new. Raises `Unavailable`."""
        prompt, subjects = wordings[asked.settings.language]
        for subject in self._chance.sample(subjects, ATTEMPTS):
            story = question(
                asked, self._bot, pre_optimized=prompt.format(what=subject), stimulus_class="gen_short"
            )
            said = await answer(self._answers, story)
            if self._told.add(asked.channel.id, asked.command.name, said, self._clock.time()):
                return said
        raise Unavailable(text("🤖 I can only think of one that I told you a moment ago."))
