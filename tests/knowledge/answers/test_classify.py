"""What a line calls for: measured on labelled prompts in four languages that nothing was learnt from."""

from hashlib import sha256
from math import log2
from pathlib import Path
from statistics import fmean

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct

from kissbot.knowledge.answers.classifier_weights import WEIGHTS
from kissbot.knowledge.answers.classify import DOUBTFUL, ORDER, Stimulus, classify, entropy, is_factual
from kissbot.knowledge.answers.traits import NAMES

PROMPTS = Path(__file__).with_name("prompts.tsv")
HELD_OUT = 3
"""As tools/fit_classifier.py has it: of so many prompts it keeps one back, by its checksum."""


class Seen(Struct):
    """A prompt, and what the classifier says."""

    language: str
    right: str
    factual: bool
    found: Stimulus

    @property
    def is_hit(self) -> bool:
        """Whether the likeliest class is right."""
        return self.found.likeliest == self.right


class Asked(Struct):
    """A line of the shared data."""

    text: str
    category: str


def prompts() -> list[list[str]]:
    return [line.split("\t") for line in PROMPTS.read_text(encoding="utf-8").splitlines()[1:]]


@pytest.fixture(scope="module")
def held_out() -> list[Seen]:
    return [
        Seen(language, right, factual == "yes", classify(text))
        for language, right, factual, text in prompts()
        if sha256(text.encode()).digest()[0] % HELD_OUT == 0
    ]


def test_the_prompts_are_many_in_each_language_and_each_is_there_once() -> None:
    rows = prompts()
    assert len({row[3].lower() for row in rows}) >= 400
    for language in ("en", "fr", "es", "de"):
        assert {row[1] for row in rows if row[0] == language} == set(ORDER)
        assert sum(row[0] == language for row in rows) >= 100


def test_nine_in_ten_are_right(held_out: list[Seen]) -> None:
    assert len(held_out) >= 150
    assert fmean(seen.is_hit for seen in held_out) >= 0.9
    assert fmean(seen.found.taken == seen.right for seen in held_out) >= 0.9
    for language in ("en", "fr", "es", "de"):
        assert fmean(seen.is_hit for seen in held_out if seen.language == language) >= 0.85


def test_nine_in_ten_are_known_to_ask_for_a_fact_or_not(held_out: list[Seen]) -> None:
    assert fmean(seen.found.is_factual == seen.factual for seen in held_out) >= 0.9


def test_doubt_is_greater_where_it_is_wrong(held_out: list[Seen]) -> None:
    hits = fmean(seen.found.entropy for seen in held_out if seen.is_hit)
    mistakes = fmean(seen.found.entropy for seen in held_out if not seen.is_hit)
    assert 0 < hits < mistakes, f"bits: {hits:.2f} where it is right, {mistakes:.2f} where it is wrong"


def test_doubt_takes_the_longer_class() -> None:
    doubtful = [seen for *_, text in prompts() if (seen := classify(text)).entropy >= DOUBTFUL]
    assert doubtful
    for seen in doubtful:
        assert ORDER.index(seen.taken) >= ORDER.index(seen.likeliest)


@given(st.text(max_size=600))
def test_anything_is_classified(text: str) -> None:
    found = classify(text)
    assert set(found.chances) == set(ORDER)
    assert sum(found.chances.values()) == pytest.approx(1)
    assert 0 < found.entropy <= log2(3) + 1e-9
    assert 0 < found.factual < 1
    assert found == classify(text)


def test_entropy_is_shannons() -> None:
    assert entropy((1.0, 0.0)) == 0
    assert entropy((0.5, 0.25, 0.25)) == 1.5


def test_the_weights_are_those_of_the_traits() -> None:
    assert tuple(WEIGHTS) == NAMES


@pytest.mark.parametrize(
    ("text", "factual"),
    [
        ("who wrote Dracula?", True),
        ("quelle est la capitale du Canada ?", True),
        ("what's your favourite game?", False),
        ("¿cómo estás?", False),
        ("", False),
    ],
)
def test_an_encyclopaedia_is_asked_for_the_world_only(text: str, factual: bool) -> None:
    assert is_factual(text) is factual


def test_what_people_ask_of_the_world_and_of_bots_is_told_apart(shared: Path) -> None:
    lines = (shared / "data" / "llm_prompts_dev.jsonl").read_bytes().splitlines()
    asked = [msgspec.json.decode(line, type=Asked) for line in lines]
    questions = [is_factual(each.text) for each in asked if each.category.startswith("question_")]
    chatter = [is_factual(each.text) for each in asked if each.category == "viewer_to_bot"]
    assert fmean(questions) >= 0.9
    assert fmean(chatter) <= 0.4
