"""How well the bandit finds the best of a few models whose speed and health change: simulated."""

from collections.abc import Callable, Sequence
from random import Random
from typing import Final

from msgspec import Struct

from kissbot.knowledge.answers.bandit import Bandit, reward
from kissbot.knowledge.answers.model import BOUNDS, StimulusClass
from kissbot.providers.pace import Breaker

REQUESTS: Final = 10_000
APART: Final = 2.0
"""Seconds between two requests."""

REST: Final = 10.0
LONGEST_REST: Final = 60.0
"""Of the breakers, in seconds."""

CLASS: Final[StimulusClass] = "gen_short"
FIRST_OF: Final = 10
"""A route is found again from the request on with which it is asked first in all but one of so many."""


class Stretch(Struct, frozen=True):
    """How a route does until a request: how often it answers, and after how many seconds."""

    until: int
    answers: float
    seconds: float


class Route(Struct, frozen=True):
    """A simulated model."""

    name: str
    stretches: tuple[Stretch, ...]

    def at(self, number: int) -> Stretch:
        """How it does at a request."""
        return next(stretch for stretch in self.stretches if number < stretch.until)

    def expected(self, number: int) -> float:
        """The reward that a request to it is worth on average."""
        stretch = self.at(number)
        return stretch.answers * reward("said", stretch.seconds, BOUNDS[CLASS].seconds)


class Regrets(Struct, frozen=True):
    """What each way to choose lost against whoever always knows the best route, in rewards."""

    bandit: float
    round_robin: float
    always_first: float


class Report(Struct, frozen=True):
    """What the simulation came to."""

    requests: int
    regret: Regrets
    recovered_after: int | None
    """Requests after the recovery of the best route until it is asked first again; None: never."""
    trials: dict[str, int]
    """How often the bandit asked each route first."""


def routes(random: Random, requests: int = REQUESTS) -> tuple[list[Route], int]:
    """The best route fails half way and recovers after a quarter; another gets slower and faster again.

    Returns with it the request at which it has recovered.
    """
    fails, recovers = requests // 2, requests * 3 // 4
    good = Stretch(fails, random.uniform(0.95, 1), random.uniform(0.4, 0.9))
    local = Route("local", (good, Stretch(recovers, 0, 4), Stretch(requests, good.answers, good.seconds)))
    quick, slow = random.uniform(1.5, 2), random.uniform(2.4, 3)
    cloud = Route(
        "cloud",
        (
            Stretch(requests // 4, 0.95, slow),
            Stretch(requests * 2 // 3, 0.95, quick),
            Stretch(requests, 0.95, slow),
        ),
    )
    spare = Route("spare", (Stretch(requests, random.uniform(0.4, 0.6), random.uniform(2, 3)),))
    return [local, cloud, spare], recovers


def measure(seed: int, requests: int = REQUESTS) -> Report:
    """Ask all the requests, each way."""
    random = Random(seed)  # noqa: S311 (no secret)
    simulated, recovers = routes(random, requests)
    asked = _asked(simulated, random, requests)
    return Report(
        requests=requests,
        regret=Regrets(
            bandit=_regret(simulated, asked.__getitem__, requests),
            round_robin=_regret(simulated, lambda number: simulated[number % len(simulated)], requests),
            always_first=_regret(simulated, lambda _: simulated[0], requests),
        ),
        recovered_after=_found_again(asked, simulated[0], recovers),
        trials={route.name: asked.count(route) for route in simulated},
    )


def _asked(simulated: Sequence[Route], random: Random, requests: int) -> list[Route]:
    """The route that the bandit asks first for each request."""
    bandit = Bandit()
    breakers = {route.name: Breaker(rest=REST, longest=LONGEST_REST) for route in simulated}
    by_name, asked = {route.name: route for route in simulated}, []
    for number in range(requests):
        now = number * APART
        healthy = [name for name, breaker in breakers.items() if not breaker.left(now)]
        first = bandit.choose(CLASS, healthy, random)[0]
        worth = _try(by_name[first].at(number), breakers[first], now, random)
        bandit.learn(CLASS, first, worth)
        asked.append(by_name[first])
    return asked


def _try(stretch: Stretch, breaker: Breaker, now: float, random: Random) -> float:
    """Send one request: what it was worth. The breaker is told."""
    breaker.admits(now)
    if random.random() < stretch.answers:
        breaker.succeeded()
        return reward("said", stretch.seconds * random.uniform(0.7, 1.3), BOUNDS[CLASS].seconds)
    breaker.failed(now)
    return reward("failed", stretch.seconds, BOUNDS[CLASS].seconds)


def _regret(simulated: Sequence[Route], chosen: Callable[[int], Route], requests: int) -> float:
    lost = (
        max(route.expected(number) for route in simulated) - chosen(number).expected(number)
        for number in range(requests)
    )
    return round(sum(lost), 1)


def _found_again(asked: Sequence[Route], route: Route, recovers: int) -> int | None:
    for number in range(recovers, len(asked) - FIRST_OF + 1):
        if asked[number] is route and asked[number : number + FIRST_OF].count(route) >= FIRST_OF - 1:
            return number - recovers
    return None
