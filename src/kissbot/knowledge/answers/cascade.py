"""One model after the other until one has something to say, all within one total time."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable
from random import Random
from typing import Final, Protocol

import structlog
from msgspec import Struct
from msgspec.structs import replace

from kissbot.knowledge.answers.bandit import Bandit, Lesson, Outcome, reward
from kissbot.knowledge.answers.clean import Cleaned
from kissbot.knowledge.answers.model import BOUNDS, Completion, Model, ModelTrouble, StimulusClass
from kissbot.knowledge.answers.prompt import Request, prompt_of

LEAST: Final = 0.3
"""Seconds; with less left, no further model is asked."""

SHARE: Final = 0.6
"""Of the time that is left: what a model takes at most while another one could be asked after it."""

Judge = Callable[[Completion], Cleaned]
"""What may be said of an answer. Hears of every one that came, said or not."""

log = structlog.get_logger(__name__)


class Route(Model, Protocol):
    """A model, and whether it is worth asking now."""

    @property
    def is_well(self) -> bool:
        """Whether it is not left alone after failures."""
        ...


class Said(Struct, frozen=True):
    """An answer that may be said, and whose it is."""

    text: str
    route: str


class Cascade:
    """Routes, and the experience with them."""

    def __init__(
        self, routes: Iterable[Route], bandit: Bandit, note: Callable[[Lesson], None], chance: Random
    ) -> None:
        """`note` keeps what was learnt, and returns at once."""
        self.routes = {route.name: route for route in routes}
        self._bandit, self._note, self._chance = bandit, note, chance
        self.outcomes: Counter[tuple[str, Outcome]] = Counter()
        """What became of requests, by route."""

    async def answer(self, request: Request, kind: StimulusClass, until: float, judge: Judge) -> Said | None:
        """The first answer that may be said; None when there is none until then (in the loop's time)."""
        routes = self._in_order(kind)
        while routes and (left := until - _now()) >= LEAST:
            route = routes.pop(0)
            seconds = left * SHARE if routes else left
            if said := await self._from(route, request, kind, seconds, judge):
                return said
        return None

    def _in_order(self, kind: StimulusClass) -> list[Route]:
        well = [name for name, route in self.routes.items() if route.is_well]
        return [self.routes[name] for name in self._bandit.choose(kind, well, self._chance)]

    async def _from(
        self, route: Route, request: Request, kind: StimulusClass, seconds: float, judge: Judge
    ) -> Said | None:
        """What one route says; asked once more, if it spoke another language."""
        began, judged = _now(), Cleaned("")
        for again in (False, True):
            left = began + seconds - _now()
            completion = await self._completion(route, replace(request, again=again), left)
            if completion is None:
                self._learn(kind, route, "failed", began)
                return None
            judged = judge(completion)
            if judged.fault != "foreign" or began + seconds - _now() < LEAST:
                break
        outcome: Outcome = ("mended" if again else "said") if judged.text else "rejected"
        self._learn(kind, route, outcome, began)
        if not judged.text:
            log.info("answer_not_said", route=route.name, why=judged.fault)
            return None
        return Said(judged.text, route.name)

    def _learn(self, kind: StimulusClass, route: Route, outcome: Outcome, began: float) -> None:
        self.outcomes[route.name, outcome] += 1
        worth = reward(outcome, _now() - began, BOUNDS[kind].seconds)
        self._note(self._bandit.learn(kind, route.name, worth))

    async def _completion(self, route: Route, request: Request, seconds: float) -> Completion | None:
        try:
            return await route.complete(prompt_of(request), seconds)
        except ModelTrouble as trouble:
            log.info("model_failed", route=route.name, why=str(trouble))
        except Exception as error:
            log.error("model_broken", route=route.name, exc_info=error)
        return None


def _now() -> float:
    return asyncio.get_running_loop().time()
