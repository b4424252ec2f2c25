"""Which model to ask first: the one that did best lately, while the others are looked at again. Pure.

UCB1 for each class of stimulus, with a memory that fades: a route's index is its mean reward, and a bonus for
what has seldom been tried. Two rules make it quick where things change. A route that once did better than the
best does now is asked again after `LOOK_AGAIN` requests without it; and one that does far better than it is
known for is new again.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from math import log, sqrt
from random import Random
from typing import Final, Literal, Protocol

from msgspec import Struct
from msgspec.structs import replace

from kissbot.knowledge.answers.model import StimulusClass

MIN_TRIALS: Final = 3

LOOK_AGAIN: Final = 15
"""After so many requests without it, a healthy route that was once the better one is tried."""

LOOK_AROUND: Final = 200
"""After so many requests without it, any healthy route is tried."""

FADES: Final = 0.99
"""What is left of all that was learnt in a class, after one more request of it."""

BONUS: Final = 0.1
"""How much seldom tried routes are favoured; UCB1's own, for rewards that spread over all of 0..1, is 1."""

SURPRISE: Final = 0.5
"""A reward that is so far from the mean says that the route is perhaps another than it was."""

REMEMBERED: Final = 0.1
SHAKEN: Final = 0.8
"""What is left of what was known of a route that does so much better, or so much worse."""

FORGOTTEN: Final = 1e-3
"""A route with less weight was not asked for hundreds of requests, and is new again."""

SETTLED: Final = 3.0
"""The weight from which a mean can be a peak; a first success is none."""

Outcome = Literal["said", "mended", "rejected", "failed"]
"""What became of an answer: said as it was, or cut and retried, or unfit to be said; or none came."""

_WORTH: Final[Mapping[Outcome, float]] = {"said": 1, "mended": 0.7, "rejected": 0, "failed": 0}
_PATIENCE: Final = 0.5
"""How much of its worth an answer loses that comes at the last moment."""


class Arm(Struct, frozen=True):
    """What is known of a route in a class.

    Weight and reward have faded; trials have not, and are counted anew when the route is new again.
    """

    trials: int = 0
    weight: float = 0
    reward: float = 0
    peak: float = 0
    """The best that its mean ever was."""

    @property
    def mean(self) -> float:
        """The reward to expect: 0..1."""
        return self.reward / self.weight if self.weight else 0


class Lesson(Struct, frozen=True):
    """One request to a route, and what it was worth."""

    stimulus_class: StimulusClass
    route: str
    reward: float


Arms = Mapping[str, Arm]
"""What is known of the routes in one class."""


def reward(outcome: Outcome, seconds: float, limit: float) -> float:
    """What an answer was worth, 0..1; `limit`: the seconds within which the class wants one."""
    return _WORTH[outcome] * (1 - _PATIENCE * min(max(seconds / limit, 0), 1))


def learned(arms: Arms, lessons: Iterable[Lesson]) -> dict[str, Arm]:
    """What is known after these requests of one class, whoever made them."""
    known = dict(arms)
    for lesson in lessons:
        known = {name: faded for name, arm in known.items() if (faded := _faded(arm)).weight > FORGOTTEN}
        known[lesson.route] = _after(known.get(lesson.route, Arm()), lesson.reward)
    return known


def _faded(arm: Arm, left: float = FADES) -> Arm:
    return Arm(arm.trials, arm.weight * left, arm.reward * left, arm.peak)


def _after(arm: Arm, reward: float) -> Arm:
    if arm.weight and reward > arm.mean + SURPRISE:
        arm = replace(_faded(arm, REMEMBERED), trials=0)
    elif reward < arm.mean - SURPRISE:
        arm = _faded(arm, SHAKEN)
    weight, total = arm.weight + 1, arm.reward + reward
    return Arm(arm.trials + 1, weight, total, max(arm.peak, total / max(weight, SETTLED)))


class Bandit:
    """Orders routes. What it knows is a value that can be kept, and taken up again."""

    def __init__(
        self, known: Mapping[StimulusClass, Arms] | None = None, min_trials: int = MIN_TRIALS
    ) -> None:
        self._known: dict[StimulusClass, dict[str, Arm]] = {}
        self._min_trials = min_trials
        self._idle: defaultdict[tuple[StimulusClass, str], int] = defaultdict(int)
        self.take(known or {})

    def take(self, known: Mapping[StimulusClass, Arms]) -> None:
        """Know this instead: what all processes have learnt together."""
        self._known = {stimulus_class: dict(arms) for stimulus_class, arms in known.items()}

    def known(self, stimulus_class: StimulusClass) -> Arms:
        """What is known of each route."""
        return self._known.get(stimulus_class, {})

    def choose(self, stimulus_class: StimulusClass, routes: Sequence[str], random: Random) -> list[str]:
        """All these routes, the one to ask first at the front. Give it those that are healthy."""
        shuffled = random.sample(list(routes), len(routes))
        index = self._indices(stimulus_class, shuffled)
        order = sorted(shuffled, key=index.__getitem__, reverse=True)
        if first := self._due(stimulus_class, shuffled):
            order.remove(first)
            order.insert(0, first)
        self._count(stimulus_class, order[:1])
        return order

    def learn(self, stimulus_class: StimulusClass, route: str, reward: float) -> Lesson:
        """Take in what a request to a route was worth; the lesson is what a store keeps."""
        lesson = Lesson(stimulus_class, route, min(max(reward, 0.0), 1.0))
        self._known[stimulus_class] = learned(self.known(stimulus_class), [lesson])
        self._idle.setdefault((stimulus_class, route), 0)
        return lesson

    def _indices(self, stimulus_class: StimulusClass, routes: Sequence[str]) -> dict[str, float]:
        arms = [self.known(stimulus_class).get(route, Arm()) for route in routes]
        total = log(max(sum(arm.weight for arm in arms), 1.0))
        return {
            route: arm.mean + BONUS * sqrt(2 * total / arm.weight) if arm.weight else 1.0
            for route, arm in zip(routes, arms, strict=True)
        }

    def _due(self, stimulus_class: StimulusClass, routes: Sequence[str]) -> str | None:
        """The route that must be tried now: it has too few trials, or was left alone for too long."""
        arms = {route: self.known(stimulus_class).get(route, Arm()) for route in routes}
        best = max((arm.mean for arm in arms.values()), default=0)
        idle = {route: self._idle[stimulus_class, route] for route in routes}
        due = [route for route in routes if arms[route].trials < self._min_trials] or [
            route
            for route in routes
            if idle[route] >= (LOOK_AGAIN if arms[route].peak > best else LOOK_AROUND)
        ]
        return max(due, key=idle.__getitem__, default=None)

    def _count(self, stimulus_class: StimulusClass, chosen: Sequence[str]) -> None:
        """One more request without all others; routes that rest are among these."""
        for known_class, route in self._idle:
            if known_class == stimulus_class:
                self._idle[known_class, route] += 1
        for route in chosen:
            self._idle[stimulus_class, route] = 0


class Experience(Protocol):
    """What was learnt of all routes: for every process, and the next start."""

    async def all(self) -> dict[StimulusClass, dict[str, Arm]]:
        """What is known, by class and route; what was noted a moment ago included."""
        ...

    def note(self, lesson: Lesson) -> None:
        """Take note of a lesson; returns at once."""
        ...
