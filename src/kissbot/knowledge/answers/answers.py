"""Short, honest answers: within a budget, in turns, with what was looked up, and in one total time."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import Final, Literal, Protocol

from msgspec import Struct

from kissbot.chat.channels import Language
from kissbot.chat.ports import Clock
from kissbot.chat.tasks import Tasks
from kissbot.knowledge.answers.bandit import Outcome
from kissbot.knowledge.answers.blocklist import Blocklist
from kissbot.knowledge.answers.cascade import LEAST, Cascade, Route, Said
from kissbot.knowledge.answers.classify import Stimulus, classify
from kissbot.knowledge.answers.clean import Cleaned, cleaned
from kissbot.knowledge.answers.conversation import Conversations
from kissbot.knowledge.answers.fair import Crowded, Turns
from kissbot.knowledge.answers.model import BOUNDS, Completion, StimulusClass
from kissbot.knowledge.answers.prompt import Request, prompt_of
from kissbot.knowledge.answers.purse import Purse

FACTS_WITHIN: Final = 2.0
FACTS_SHARE: Final = 0.4
"""What was looked up is waited for so many seconds, and no longer than this share of the whole time."""

MODERATES: Final = 0.7
"""Seconds that are kept for a moderator."""

Why = Literal["unconfigured", "coarse", "budget", "busy", "silent"]
"""There is no model; the question is coarse; enough was asked; too many wait; no model said anything fit."""

LookUp = Callable[[str, Language], Awaitable[str]]
"""What is known of a question's subject; empty for nothing. Never raises."""


class NoAnswer(Exception):
    """There is no answer, and this is why."""

    def __init__(self, why: Why) -> None:
        super().__init__(why)
        self.why: Why = why


class Question(Struct, frozen=True, kw_only=True):
    """What somebody wants to know."""

    channel_id: str
    viewer_id: str
    text: str
    bot: str
    language: Language
    personality: str = ""
    is_talk: bool = False
    """Part of a conversation: what was said before counts, and is remembered."""
    pre_optimized: bool = False
    """The text is a prompt of ours."""
    is_strict: bool = True
    """Coarse questions are not put to a model."""
    stimulus_class: StimulusClass | None = None
    """How long the answer may be, if that is not to be found out."""


class Moderator(Protocol):
    """Somebody outside who is asked about every answer, too."""

    async def is_harmless(self, words: str) -> bool | None:
        """None when there is no saying."""
        ...


class Cleaning(Struct, frozen=True):
    """What may be said, beside the rules that hold everywhere."""

    blocklist: Blocklist
    links: bool = False
    moderator: Moderator | None = None


class _Facts(Struct):
    """What is looked up; what comes too late is not used."""

    found: str = ""
    work: "asyncio.Task[None] | None" = None


class Answers:
    """Answers questions; its parts are passed in."""

    def __init__(
        self,
        cascade: Cascade,
        turns: Turns,
        purse: Purse,
        cleaning: Cleaning,
        clock: Clock,
        look_up: LookUp,
        tasks: Tasks,
    ) -> None:
        self._cascade, self._turns, self.purse, self._cleaning = cascade, turns, purse, cleaning
        self._clock, self._look_up, self._tasks = clock, look_up, tasks
        self.conversations = Conversations()

    def forget(self, viewer_id: str) -> None:
        """Forget what a viewer said, was told, and spent."""
        self.conversations.forget(viewer_id)
        self.purse.budget.forget(viewer_id)

    def may_say(self, words: str, language: str) -> bool:
        """Whether these words, which somebody else made, hold none that is never said."""
        return self._cleaning.blocklist.found(words, language) is None

    @property
    def models(self) -> tuple[Route, ...]:
        """Who can be asked."""
        return tuple(self._cascade.routes.values())

    @property
    def outcomes(self) -> Mapping[tuple[str, Outcome], int]:
        """What became of requests to models, by their names."""
        return self._cascade.outcomes

    @property
    def waiting(self) -> int:
        """How many questions wait for their turn."""
        return self._turns.waiting

    async def answer(self, question: Question) -> str:
        """What to say. Raises `NoAnswer`."""
        if not self.models:
            raise NoAnswer("unconfigured")
        if question.is_strict and self._cleaning.blocklist.found(question.text, question.language):
            raise NoAnswer("coarse")
        stimulus = classify(question.text)
        kind = question.stimulus_class or stimulus.taken
        until = _now() + BOUNDS[kind].seconds
        try:
            async with asyncio.timeout_at(until - LEAST) as waiting, self._turns.turn(question.channel_id):
                waiting.reschedule(None)
                if not self.purse.pays(question.channel_id, question.viewer_id):
                    raise NoAnswer("budget")
                facts = self._begin_looking_up(question, stimulus)
                said = await self._said(question, kind, until, facts)
        except (TimeoutError, Crowded):
            raise NoAnswer("busy") from None
        return self._remembered(question, said)

    async def _said(self, question: Question, kind: StimulusClass, until: float, facts: "_Facts") -> Said:
        if facts.work:
            await asyncio.wait({facts.work}, timeout=min(FACTS_WITHIN, (until - _now()) * FACTS_SHARE))
        request = self._request(question, kind, facts.found)
        latest = until - MODERATES if self._cleaning.moderator else until
        said = await self._cascade.answer(request, kind, latest, partial(self._judged, question, request))
        if said is None or not await self._is_harmless(said.text, question, until):
            raise NoAnswer("silent")
        return said

    async def _is_harmless(self, words: str, question: Question, until: float) -> bool:
        """What the moderator says in time; strict channels take no answer for a no."""
        if self._cleaning.moderator is None:
            return True
        verdict: bool | None = None
        with suppress(TimeoutError):
            async with asyncio.timeout_at(until):
                verdict = await self._cleaning.moderator.is_harmless(words)
        return not question.is_strict if verdict is None else verdict

    def _begin_looking_up(self, question: Question, stimulus: Stimulus) -> "_Facts":
        facts = _Facts()
        if stimulus.is_factual and not question.pre_optimized:
            facts.work = self._tasks.start(self._find(facts, question), "look up facts")
        return facts

    async def _find(self, facts: "_Facts", question: Question) -> None:
        facts.found = await self._look_up(question.text, question.language)

    def _request(self, question: Question, kind: StimulusClass, facts: str) -> Request:
        now = self._clock.time()
        talked = self.conversations.earlier(question.channel_id, question.viewer_id, now)
        return Request(
            question=question.text,
            bot=question.bot,
            language=question.language,
            characters=BOUNDS[kind].characters,
            earlier=talked if question.is_talk else (),
            personality=question.personality,
            facts=facts,
            pre_optimized=question.pre_optimized,
        )

    def _judged(self, question: Question, request: Request, answer: Completion) -> Cleaned:
        """Count what an answer cost, whatever becomes of it, and clean it."""
        tokens = answer.tokens_in + answer.tokens_out
        self.purse.counts(question.channel_id, question.viewer_id, tokens)
        return cleaned(
            answer.text,
            limit=request.characters,
            language=request.language,
            bot=request.bot,
            links=self._cleaning.links,
            secret=prompt_of(request).system,
            blocklist=self._cleaning.blocklist,
        )

    def _remembered(self, question: Question, said: Said) -> str:
        if question.is_talk:
            now = self._clock.time()
            self.conversations.add(question.channel_id, question.viewer_id, question.text, said.text, now)
        return said.text


def _now() -> float:
    return asyncio.get_running_loop().time()
