"""How much of an answer a line calls for, how sure that is, and whether an encyclopaedia would help."""

from collections.abc import Mapping, Sequence
from math import exp, log2
from typing import Final

from msgspec import Struct

from kissbot.knowledge.answers.classifier_weights import WEIGHTS
from kissbot.knowledge.answers.model import BOUNDS, StimulusClass
from kissbot.knowledge.answers.traits import NAMES, read, traits

DOUBTFUL: Final = 1.3
"""From so many bits of entropy on, the longest class that is at all likely is taken (three classes: 1.58)."""

LIKELY: Final = 0.25
"""The probability from which a class may be taken in doubt."""

SURELY_FACTUAL: Final = 0.5

ORDER: Final[tuple[StimulusClass, ...]] = tuple(BOUNDS)
"""From the shortest answer to the longest."""


Rows = Sequence[Sequence[float]]
"""What each trait says of each class, and of whether a fact is asked for; in the order of `NAMES`."""

FITTED: Final[Rows] = tuple(WEIGHTS[name] for name in NAMES)


class Stimulus(Struct, frozen=True):
    """What a line calls for."""

    taken: StimulusClass
    """The most probable class; in doubt a longer one, which cuts nobody short."""
    chances: dict[StimulusClass, float]
    """They add up to 1."""
    entropy: float
    """Shannon's, in bits: 0 is sure, and 1.58 is no idea."""
    factual: float
    """How probable it is that a fact about the world is asked for."""

    @property
    def likeliest(self) -> StimulusClass:
        """The most probable class, however doubtful."""
        return max(self.chances, key=self.chances.__getitem__)

    @property
    def is_factual(self) -> bool:
        """Whether an encyclopaedia is worth asking."""
        return self.factual >= SURELY_FACTUAL


def classify(text: str, rows: Rows = FITTED) -> Stimulus:
    """What a line calls for."""
    *scores, fact = _scores(traits(read(text)), rows)
    chances = dict(zip(ORDER, _shares(scores), strict=True))
    bits = entropy(tuple(chances.values()))
    return Stimulus(_taken(chances, bits), chances, bits, 1 / (1 + exp(-fact)))


def is_factual(text: str) -> bool:
    """Whether a fact about the world is asked for, not about the bot, the viewer, the chat or a taste."""
    return classify(text).is_factual


def entropy(chances: Sequence[float]) -> float:
    """Shannon's, in bits."""
    return -sum(chance * log2(chance) for chance in chances if chance > 0)


def _taken(chances: dict[StimulusClass, float], bits: float) -> StimulusClass:
    likeliest = max(chances, key=chances.__getitem__)
    if bits < DOUBTFUL:
        return likeliest
    return max((name for name in ORDER if chances[name] >= LIKELY), key=ORDER.index, default=likeliest)


def _scores(shown: Mapping[int, float], rows: Rows) -> list[float]:
    sums = [0.0] * (len(ORDER) + 1)
    for place, value in shown.items():
        for number, weight in enumerate(rows[place]):
            sums[number] += weight * value
    return [max(-30.0, min(30.0, each)) for each in sums]


def _shares(scores: Sequence[float]) -> list[float]:
    parts = [exp(score) for score in scores]
    total = sum(parts)
    return [part / total for part in parts]
