"""How well games are found: a catalogue, questions with right answers, and the ranking that the bot uses."""

import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

import msgspec
import psutil
from msgspec import Struct, field

from kissbot.knowledge.games.game import Candidate, Found, Game, Lookup
from kissbot.knowledge.games.ranking import Ranking, decide
from kissbot.providers.reading import BadFile, lines

OTHER_TYPES: Final = ("japanese", "other_script", "series")
"""Types that the headline leaves out: a catalogue in Latin script cannot know, or many answers are right."""

NONE: Final = "none"
"""The type of what names no game: the right answer is to claim none."""

SURE: Final = 0.9
BINS: Final = 10


class Question(Struct, frozen=True):
    """What somebody typed, and which games answer it."""

    query: str
    type: str
    accept_gids: frozenset[int] = frozenset()
    accept_prefix: tuple[str, ...] | None = None

    def accepts(self, game: Game) -> bool:
        """Whether this game is a right answer."""
        return game.ids.catalogue in self.accept_gids or game.name.startswith(self.accept_prefix or ())


class Answer(Struct, frozen=True):
    """What the ranking said to a question."""

    question: Question
    candidates: tuple[Candidate, ...]
    result: Lookup
    ms: float

    @property
    def right_at_1(self) -> bool:
        """Whether the first candidate is right; where no game is named, whether none is claimed."""
        return self._right(1)

    @property
    def right_at_3(self) -> bool:
        """Whether one of the first three is right."""
        return self._right(3)

    @property
    def confidence(self) -> float:
        """That of the first candidate."""
        return self.candidates[0].confidence if self.candidates else 0

    @property
    def first_is_right(self) -> bool:
        """Whether the first candidate is a right answer."""
        return self._among(1)

    def _right(self, count: int) -> bool:
        if self.question.type == NONE:
            return not isinstance(self.result, Found)
        return self._among(count)

    def _among(self, count: int) -> bool:
        return any(self.question.accepts(each.game) for each in self.candidates[:count])


class Headline(Struct):
    """All types but those that no catalogue in Latin script can answer."""

    n: int
    accuracy_at_1: float
    accuracy_at_3: float


class Type(Struct):
    """One type of questions. Fractions are 0-1; abstained is how many were not answered with `found`."""

    n: int
    accuracy_at_1: float
    accuracy_at_3: float
    abstained: float


class Latency(Struct):
    """Milliseconds of one look-up."""

    p50: float
    p99: float


class Size(Struct):
    """What the index costs to have and to build."""

    mb: float
    seconds: float


class Bin(Struct):
    """First candidates of about the same confidence, and how many were right."""

    n: int
    confidence: float
    right: float


class Report(Struct):
    """What the measurement came to. Fractions are 0-1."""

    headline: Headline
    by_type: dict[str, Type]
    none_claimed: float
    """Of what names no game, how much was claimed to be one."""
    wrong_at_090: float
    """Of what was claimed with a confidence of 0.9 or more, how much was wrong."""
    ece: float
    """Expected calibration error: how far confidence is from being right, on average."""
    latency_ms: Latency
    index: Size
    reliability: list[Bin] = field(default_factory=list)


def read_questions(path: Path) -> list[Question]:
    """Questions and their answers, one JSON object a line, gzip or not. Raises `BadFile`."""
    return [_question(path, number, line) for number, line in enumerate(lines(path), 1) if line.strip()]


def _question(path: Path, number: int, line: str) -> Question:
    try:
        return msgspec.json.decode(line, type=Question)
    except msgspec.DecodeError as error:
        raise BadFile(f"{path}, line {number}: this is no question ({error}).") from None


def build(games: Iterable[Game]) -> tuple[Ranking, Size]:
    """The ranking of these games, and what it costs."""
    process = psutil.Process()
    before, start = process.memory_info().rss, time.perf_counter()
    ranking = Ranking(games)
    seconds, used = time.perf_counter() - start, process.memory_info().rss - before
    return ranking, Size(mb=round(used / 1e6, 1), seconds=round(seconds, 2))


def ask(ranking: Ranking, questions: Iterable[Question]) -> Iterator[Answer]:
    """What the ranking says to each question, as a viewer would see it."""
    for question in questions:
        start = time.perf_counter()
        candidates = ranking.candidates(question.query)
        result = decide(candidates)
        yield Answer(question, candidates, result, (time.perf_counter() - start) * 1000)


def report(answers: Sequence[Answer], size: Size) -> Report:
    """Count."""
    headline = [answer for answer in answers if answer.question.type not in OTHER_TYPES]
    claims = [answer for answer in answers if isinstance(answer.result, Found)]
    sure = [answer for answer in claims if answer.confidence >= SURE]
    chatter = [answer for answer in answers if answer.question.type == NONE]
    bins = reliability(answers)
    times = sorted(answer.ms for answer in answers)
    return Report(
        headline=Headline(len(headline), *_accuracies(headline)),
        by_type=_by_type(answers),
        none_claimed=_share(isinstance(answer.result, Found) for answer in chatter),
        wrong_at_090=_share(not answer.first_is_right for answer in sure),
        ece=round(sum(each.n * abs(each.confidence - each.right) for each in bins) / max(len(answers), 1), 4),
        latency_ms=Latency(_percentile(times, 0.5), _percentile(times, 0.99)),
        index=size,
        reliability=bins,
    )


def _by_type(answers: Iterable[Answer]) -> dict[str, Type]:
    types: dict[str, list[Answer]] = {}
    for answer in answers:
        types.setdefault(answer.question.type, []).append(answer)
    return {
        name: Type(
            len(found), *_accuracies(found), _share(not isinstance(answer.result, Found) for answer in found)
        )
        for name, found in sorted(types.items())
    }


def _accuracies(answers: Sequence[Answer]) -> tuple[float, float]:
    return _share(answer.right_at_1 for answer in answers), _share(answer.right_at_3 for answer in answers)


def reliability(answers: Iterable[Answer]) -> list[Bin]:
    """Answers by the confidence in the first candidate, in tenths; empty tenths are left out."""
    tenths: list[list[Answer]] = [[] for _ in range(BINS)]
    for answer in answers:
        tenths[min(int(answer.confidence * BINS), BINS - 1)].append(answer)
    return [
        Bin(
            len(found),
            round(sum(answer.confidence for answer in found) / len(found), 4),
            _share(answer.first_is_right for answer in found),
        )
        for found in tenths
        if found
    ]


def _share(hits: Iterable[bool]) -> float:
    counted = list(hits)
    return round(sum(counted) / len(counted), 4) if counted else 0


def _percentile(ordered: Sequence[float], part: float) -> float:
    return round(ordered[min(int(len(ordered) * part), len(ordered) - 1)], 3) if ordered else 0
