"""Fits how much each kind of evidence counts: `python tools/fit_ranking.py CATALOGUE QUESTIONS [--folds 5]`.

Each question is a choice between the games of its shortlist and none of them; the weights make what is right
the most probable (a conditional logit, by Adam with a penalty on large weights). A second copy of each, of
little weight, knows well-known games only, and teaches doubt to small catalogues.
`--folds` first tells how well weights do on questions that they were not fitted on. Writes `weights.py`.
"""

import random
import sys
from collections.abc import Iterable, Iterator, Sequence
from math import exp, log, sqrt
from operator import mul
from pathlib import Path

import click
from msgspec import Struct
from msgspec.structs import astuple

from kissbot.app.bench.games import NONE, Question, read_questions
from kissbot.knowledge.games import weights
from kissbot.knowledge.games.evidence import Doubt, Evidence, doubt
from kissbot.knowledge.games.ranking import ALL, Ranking, all_evidence, sensible, together
from kissbot.knowledge.games.shelf import Titled
from kissbot.providers.games.table import read_table

TARGET = Path(weights.__file__)
EPOCHS, STEP, PENALTY, BATCH = 40, 0.05, 2e-4, 16
SMALL, WELL_KNOWN = 0.3, 80
"""Weight of a question to a small shelf, and the popularity of what is on it."""

FIXED = {"known_acronym": 7.0, "addition": -1.0, "letters_of_same": 4.0}
"""The questions' catalogue has no such games; and a whole long name is not to be outweighed by fame."""

KNOWN, DOUBTS = Evidence.__struct_fields__, Doubt.__struct_fields__
NAMES = (*KNOWN, *(f"doubt {name}" for name in DOUBTS))
SIZE = len(NAMES)
Vector = tuple[float, ...]
NOTHING: tuple[float, Vector] = (-500.0, ())
"""The score and the evidence of a game of which nothing was said."""


class Choice(Struct):
    """A question as numbers: none and every game, each with one or more kinds of evidence."""

    kind: str
    games: list[Titled]
    """Without none, which is the first option."""
    options: list[list[Vector]]
    right: list[bool]
    weight: float = 1


def choice(ranking: Ranking, question: Question) -> Choice | None:
    """The choice that a question is; None when there is nothing to choose from."""
    games = list(ranking.shortlist(question.query))
    ways = sensible(question.query, games)
    if not ways:
        return None
    right = [question.accepts(titled.game) for titled in games]
    evidence = [[_vector(each) for way in ways for each in all_evidence(way, titled)] for titled in games]
    none = [(*(0.0,) * len(KNOWN), *astuple(doubt(ways[0].name, ALL)))]
    return Choice(question.type, games, [none, *evidence], [not any(right), *right])


def _vector(evidence: Evidence) -> Vector:
    return (*astuple(evidence), *(0.0,) * len(DOUBTS))


def on_a_small_shelf(choices: Iterable[Choice]) -> Iterator[Choice]:
    """The same questions, asked of a catalogue that has only well-known games."""
    for found in choices:
        kept = [place for place, each in enumerate(found.games, 1) if each.game.popularity >= WELL_KNOWN]
        none = [(*found.options[0][0][:-1], 1.0)]
        right = [found.right[place] for place in kept]
        options = [none, *(found.options[place] for place in kept)]
        games = [found.games[place - 1] for place in kept]
        yield Choice(found.kind, games, options, [not any(right), *right], SMALL)


def likely(weight: Sequence[float], found: Choice) -> tuple[list[Vector], list[float]]:
    """The best evidence of each option, and how probable it is."""
    best, scores = [], []
    for option in found.options:
        score, vector = max(((sum(map(mul, weight, vector)), vector) for vector in option), default=NOTHING)
        best.append(vector)
        scores.append(exp(min(score, 500)))
    total = sum(scores)
    return best, [score / total for score in scores]


def add_slope(slope: list[float], weight: Sequence[float], found: Choice) -> None:
    """Add the direction in which what is right becomes more probable."""
    best, chances = likely(weight, found)
    right = sum(chance for chance, is_right in zip(chances, found.right, strict=True) if is_right)
    for vector, chance, is_right in zip(best, chances, found.right, strict=True):
        pull = found.weight * ((chance / max(right, 1e-12) if is_right else 0) - chance)
        if abs(pull) > 1e-4:
            for place, value in enumerate(vector):
                if value:
                    slope[place] += pull * value


def fit(choices: Sequence[Choice]) -> list[float]:
    """The weights that make what is right the most probable."""
    weight = [FIXED.get(name, 0.0) for name in NAMES]
    fitted = [place for place, name in enumerate(NAMES) if name not in FIXED]
    mean, spread, order = [0.0] * SIZE, [0.0] * SIZE, random.Random(1)  # noqa: S311 (no secret)
    every = [*choices, *on_a_small_shelf(choices)]
    steps = EPOCHS * (len(every) // BATCH)
    for step in range(steps):
        slope = [-PENALTY * BATCH * each for each in weight]
        for found in order.sample(every, BATCH):
            add_slope(slope, weight, found)
        pace = STEP * (1 - step / steps)
        for place in fitted:
            value = slope[place]
            mean[place] = 0.9 * mean[place] + 0.1 * value
            spread[place] = 0.999 * spread[place] + 0.001 * value * value
            even = sqrt(spread[place] / (1 - 0.999 ** (step + 1))) + 1e-8
            weight[place] += pace * mean[place] / (1 - 0.9 ** (step + 1)) / even
    return weight


def accuracy(weight: Sequence[float], choices: Iterable[Choice]) -> dict[str, list[bool]]:
    """By type of question, whether the most probable game was right; of chatter, whether none was claimed."""
    hits: dict[str, list[bool]] = {}
    for found in choices:
        _, chances = likely(weight, found)
        games = list(zip(chances[1:], found.right[1:], strict=True))
        chance, right = max(games, default=(0.0, False))
        hits.setdefault(found.kind, []).append(chance < 0.8 if found.kind == NONE else right)
    return hits


def calibration(weight: Sequence[float], choices: Iterable[Choice]) -> tuple[float, float]:
    """The slope and offset that turn the chance of the first candidate into how often it is right."""
    seen = [first for found in choices if (first := first_chance(weight, found))]
    slope, offset = 1.0, 0.0
    for _ in range(3000):
        errors = [(right - 1 / (1 + exp(-offset - slope * odds)), odds) for odds, right in seen]
        slope += sum(error * odds for error, odds in errors) / len(seen) * 0.2
        offset += sum(error for error, _ in errors) / len(seen) * 0.5
    return slope, offset


def first_chance(weight: Sequence[float], found: Choice) -> tuple[float, bool] | None:
    """The log odds of the first candidate, and whether it is right."""
    _, chances = likely(weight, found)
    ranked = together(list(zip(chances[1:], found.games, strict=True)))
    if not ranked:
        return None
    chance = min(max(ranked[0][0], 1e-9), 1 - 1e-9)
    right = dict(zip(map(id, found.games), found.right[1:], strict=True))
    return log(chance / (1 - chance)), right[id(ranked[0][1])]


def unseen(choices: Sequence[Choice], folds: int) -> dict[str, list[bool]]:
    """The accuracy on each part of the questions with weights that were fitted on the others."""
    hits: dict[str, list[bool]] = {}
    for fold in range(folds):
        weight = fit([found for number, found in enumerate(choices) if number % folds != fold])
        for kind, found in accuracy(weight, choices[fold::folds]).items():
            hits.setdefault(kind, []).extend(found)
    return hits


def show(title: str, hits: dict[str, list[bool]]) -> None:
    """Print the accuracy by type."""
    click.echo(title)
    for kind, found in sorted(hits.items()):
        click.echo(f"  {kind:<14} {len(found):>4}  {sum(found) / len(found):.1%}")


def written(weight: Sequence[float], slope: float, offset: float) -> str:
    """The module of weights."""
    known, doubt = weight[: len(KNOWN)], weight[len(KNOWN) :]
    evidence, doubts = (
        "".join(f"    {name}={value:.3f},\n" for name, value in zip(names, values, strict=True))
        for names, values in ((KNOWN, known), (DOUBTS, doubt))
    )
    return (
        '"""How much each kind of evidence counts. Written by tools/fit_ranking.py."""\n\n'
        "from typing import Final\n\n"
        "from kissbot.knowledge.games.evidence import Doubt, Evidence\n\n"
        f"EVIDENCE: Final = Evidence(\n{evidence})\n"
        f"DOUBT: Final = Doubt(\n{doubts})\n"
        f"SLOPE: Final = {slope:.3f}\n"
        f"OFFSET: Final = {offset:.3f}\n"
        '"""How the chance of the first candidate becomes a confidence."""\n'
    )


@click.command()
@click.argument("catalogue", type=click.Path(exists=True, path_type=Path))
@click.argument("questions", type=click.Path(exists=True, path_type=Path))
@click.option("--folds", default=0, help="Also tell the accuracy on questions that were not fitted on.")
def main(catalogue: Path, questions: Path, folds: int) -> None:
    """Fit the weights of the ranking, and write them."""
    ranking = Ranking(read_table(catalogue))
    choices = [found for question in read_questions(questions) if (found := choice(ranking, question))]
    if folds:
        show("unseen", unseen(choices, folds))
    weight = fit(choices)
    show("fitted", accuracy(weight, choices))
    TARGET.write_text(written(weight, *calibration(weight, choices)), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
