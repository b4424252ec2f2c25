"""Which model to ask first: the one that did best lately, while the others are looked at again. Pure.

UCB1 for each class of stimulus, with a memory that fades: a route's index is its mean reward and a bonus for what
has seldom been tried. Two rules make it quick where things change. A route that nobody asked for `LOOK_AGAIN`
requests is asked once; and one that then does far better than it is known for is learnt anew.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from math import log, sqrt
from random import Random
from typing import Final, Literal

from msgspec import Struct

from kissbot.knowledge.answers.model import StimulusClass

MIN_TRIALS: Final = 3

LOOK_AGAIN: Final = 40
"""After so many requests of a class without it, a healthy route is tried: it may have recovered."""

FADES: Final = 0.99
"""What is left of all that was learnt in a class, after one more request of it."""

BONUS: Final = 0.15
"""How much seldom tried routes are favoured; UCB1's own, for rewards that spread over all of 0..1, is 1."""

SURPRISE: Final = 0.5
"""A reward that is so far above the mean says that the route is another than it was."""

REMEMBERED: Final = 0.1
"""What is left of what was known of a route that surprises."""

FORGOTTEN: Final = 1e-3
"""A route with less weight was not asked for hundreds of requests, and is new again."""

Outcome = Literal["said", "mended", "rejected", "failed"]
"""What became of an answer: said as it was, or cut and retried, or unfit to be said; or none came."""

_WORTH: Final[Mapping[Outcome, float]] = {"said": 1, "mended": 0.7, "rejected": 0, "failed": 0}
_PATIENCE: Final = 0.5
"""How much of its worth an answer loses that comes at the last moment."""


class Arm(Struct, frozen=True):
    """What is known of a route in a class. Weight and reward have faded, trials have not."""

    trials: int = 0
    weight: float = 0
    reward: float = 0

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
    return Arm(arm.trials, arm.weight * left, arm.reward * left)


def _after(arm: Arm, reward: float) -> Arm:
    if arm.weight and reward > arm.mean + SURPRISE:
        arm = _faded(arm, REMEMBERED)
    return Arm(arm.trials + 1, arm.weight + 1, arm.reward + reward)


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
        arms = self.known(stimulus_class)
        idle = {route: self._idle[stimulus_class, route] for route in routes}
        untried = [route for route in routes if arms.get(route, Arm()).trials < self._min_trials]
        due = untried or [route for route in routes if idle[route] >= LOOK_AGAIN]
        return max(due, key=idle.__getitem__, default=None)

    def _count(self, stimulus_class: StimulusClass, chosen: Sequence[str]) -> None:
        """One more request without all others; routes that rest are among these."""
        for known_class, route in self._idle:
            if known_class == stimulus_class:
                self._idle[known_class, route] += 1
        for route in chosen:
            self._idle[stimulus_class, route] = 0
