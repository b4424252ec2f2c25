"""Fits what a line's traits say of its answer: `python tools/fit_classifier.py PROMPTS [--dev FILE]`.

A logistic model for the three classes and one for facts, by Adam with a penalty on large weights, on those
prompts that their checksum puts in the part to fit on; the others only tell how well it does. `--dev` names
JSON lines with `text` and `category`: what the model makes of them is told, and nothing is learnt from them.
Writes `classifier_weights.py`.
"""

import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from hashlib import sha256
from math import exp, sqrt
from pathlib import Path
from statistics import fmean
from typing import Final

import click
import msgspec
from msgspec import Struct

from kissbot.knowledge.answers import traits
from kissbot.knowledge.answers.classify import ORDER, Rows, classify
from kissbot.knowledge.answers.traits import NAMES, read

TARGET: Final = Path(traits.__file__).with_name("classifier_weights.py")
STEPS, STEP, PENALTY = 400, 0.05, 0.002
HELD_OUT: Final = 3
"""One in so many prompts is kept back."""


class Labelled(Struct, frozen=True):
    """A prompt, and what it calls for."""

    language: str
    stimulus_class: str
    factual: bool
    text: str

    @property
    def is_held_out(self) -> bool:
        """Whether nothing is learnt from it."""
        return sha256(self.text.encode()).digest()[0] % HELD_OUT == 0


class Asked(Struct):
    """A line of the file that is only looked at."""

    text: str
    category: str


def read_prompts(path: Path) -> list[Labelled]:
    """The labelled prompts of a table: language, class, factual, text."""
    rows = (line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()[1:])
    return [Labelled(language, kind, factual == "yes", text) for language, kind, factual, text in rows]


class Slope(Struct):
    """Adam's memory of the weights of one kind."""

    weights: list[float]
    mean: list[float]
    spread: list[float]

    def step(self, slope: Sequence[float], number: int) -> None:
        """Go one step along the slope; steps get shorter."""
        pace = STEP * (1 - number / STEPS)
        for place, value in enumerate(slope):
            self.mean[place] = 0.9 * self.mean[place] + 0.1 * value
            self.spread[place] = 0.999 * self.spread[place] + 0.001 * value * value
            even = sqrt(self.spread[place] / (1 - 0.999 ** (number + 1))) + 1e-8
            self.weights[place] += pace * self.mean[place] / (1 - 0.9 ** (number + 1)) / even


def fit(rows: Sequence[dict[int, float]], right: Sequence[int], kinds: int) -> list[list[float]]:
    """The weights of each kind that make what is right the most probable; all rows count in each step."""
    slopes = [Slope(*([0.0] * len(NAMES) for _ in range(3))) for _ in range(kinds)]
    for number in range(STEPS):
        pulls = [[-PENALTY * weight for weight in each.weights] for each in slopes]
        for row, kind in zip(rows, right, strict=True):
            _pull(pulls, _chances(slopes, row), row, kind, len(rows))
        for each, pull in zip(slopes, pulls, strict=True):
            each.step(pull, number)
    return [each.weights for each in slopes]


def _chances(slopes: Iterable[Slope], row: dict[int, float]) -> list[float]:
    scores = [exp(sum(each.weights[place] * value for place, value in row.items())) for each in slopes]
    total = sum(scores)
    return [score / total for score in scores]


def _pull(
    pulls: Sequence[list[float]], chances: Sequence[float], row: dict[int, float], kind: int, count: int
) -> None:
    for number, (pull, chance) in enumerate(zip(pulls, chances, strict=True)):
        error = ((number == kind) - chance) / count
        for place, value in row.items():
            pull[place] += error * value


def written(rows: Rows) -> str:
    """The module of weights."""
    lines = (
        f'    "{name}": ({", ".join(f"{weight:.3f}" for weight in row)}),\n'
        for name, row in zip(NAMES, rows, strict=True)
    )
    return (
        '"""What the traits of a line say of its answer. Written by tools/fit_classifier.py."""\n\n'
        "from collections.abc import Mapping\n"
        "from typing import Final\n\n"
        "WEIGHTS: Final[Mapping[str, tuple[float, float, float, float]]] = {\n"
        f"{''.join(lines)}"
        "}\n"
        '"""Of each trait: how much it speaks for ping, gen_short, gen_long, and for a fact."""\n'
    )


def show(title: str, prompts: Sequence[Labelled], rows: Rows) -> None:
    """How well the weights do on these prompts."""
    seen = [(prompt, classify(prompt.text, rows)) for prompt in prompts]
    hits = [found.entropy for prompt, found in seen if found.likeliest == prompt.stimulus_class]
    missed = [found.entropy for prompt, found in seen if found.likeliest != prompt.stimulus_class]
    taken = sum(found.taken == prompt.stimulus_class for prompt, found in seen)
    facts = sum(found.is_factual == prompt.factual for prompt, found in seen)
    click.echo(
        f"{title:<9} {len(seen):>4}  likeliest {len(hits) / len(seen):.1%}  taken {taken / len(seen):.1%}"
    )
    click.echo(f"          facts {facts / len(seen):.1%}  entropy of hits {fmean(hits):.2f}", nl=False)
    click.echo(f", of mistakes {fmean(missed):.2f}" if missed else "")
    for prompt, found in seen:
        if found.likeliest != prompt.stimulus_class:
            click.echo(f"          {prompt.stimulus_class} as {found.likeliest}: {prompt.text}")


def show_dev(path: Path, rows: Rows) -> None:
    """What the model makes of lines without labels, and which it doubts most."""
    asked = [msgspec.json.decode(line, type=Asked) for line in path.read_bytes().splitlines()]
    seen = [(each, classify(each.text, rows)) for each in asked]
    for category in sorted({each.category for each in asked}):
        found = [stimulus for each, stimulus in seen if each.category == category]
        classes = Counter(stimulus.taken for stimulus in found)
        facts = sum(stimulus.is_factual for stimulus in found) / len(found)
        click.echo(f"{category:<22} {len(found):>4}  facts {facts:>6.1%}  {dict(classes)}")
    for each, stimulus in sorted(seen, key=lambda pair: -pair[1].entropy)[:20]:
        click.echo(f"  {stimulus.entropy:.2f} {stimulus.taken:<10} {each.text[:80]}")


@click.command()
@click.argument("prompts", type=click.Path(exists=True, path_type=Path))
@click.option("--dev", type=click.Path(exists=True, path_type=Path), help="Lines to report on, not to learn.")
def main(prompts: Path, dev: Path | None) -> None:
    """Fit the weights of the classifier, and write them."""
    labelled = read_prompts(prompts)
    known = [prompt for prompt in labelled if not prompt.is_held_out]
    rows = [traits.traits(read(prompt.text)) for prompt in known]
    classes = fit(rows, [ORDER.index(prompt.stimulus_class) for prompt in known], len(ORDER))
    no, yes = fit(rows, [int(prompt.factual) for prompt in known], 2)
    fitted = list(zip(*classes, (b - a for a, b in zip(no, yes, strict=True)), strict=True))
    TARGET.write_text(written(fitted), encoding="utf-8")
    show("fitted", known, fitted)
    show("held out", [prompt for prompt in labelled if prompt.is_held_out], fitted)
    if dev:
        show_dev(dev, fitted)


if __name__ == "__main__":
    sys.exit(main())
