"""What is never said is found under its disguises, and ordinary words are left alone."""

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kissbot.knowledge.answers.blocklist import Blocklist, hidden, shipped, stored

ORDINARY = (Path(__file__).parent / "ordinary.txt").read_text(encoding="utf-8").splitlines()
LANGUAGES = ("en", "fr", "es", "de", "it", "pt", "ru", "nl", "pl")
AT_LEAST = {
    "en": 0.4,
    "fr": 0.5,
    "es": 0.35,
    "de": 0.6,
    "it": 0.35,
    "pt": 0.25,
    "ru": 0.5,
    "nl": 0.25,
    "pl": 0.7,
}
"""How much of the single words of a list by others is found: many of it are merely rude, or ordinary."""

BAD, GOOD = Blocklist(["grmpf", "zwarg*", "*blorp*", "quux the foo", "=never"]), "a quite harmless line"


def test_ordinary_sentences_are_let_through() -> None:
    assert len(ORDINARY) >= 200
    found = {line: word for line in ORDINARY if (word := shipped().found(line))}
    assert found == {}


@pytest.mark.parametrize("language", ["en", "fr", "es", "de"])
def test_what_is_ordinary_elsewhere_is_let_through_there(language: str) -> None:
    words = {"en": "retard", "fr": "bite", "es": "folla", "de": "bumsen"}
    word = words[language]
    assert shipped().found(word, language) == word
    assert not any(shipped().found(word, other) for other in LANGUAGES if other != language)


@pytest.mark.parametrize(
    "disguised",
    [
        *(
            "grmpf",
            "GRMPF!",
            "«Grmpf»",
            "grmpf-grmpf",
            "a grmpf.",
            "gr\u200bmpf",
            "ｇｒｍｐｆ",
            "𝓰𝓻𝓶𝓹𝓯",
            "gŕmpf",
        ),
        *(
            "g r m p f",
            "so g.r.m.p.f there",
            "g-r-m-p-f",
            "grmmmmpf",
            "g.rmpf",
            "gr_mpf",
            "grmрf",
            "zw4rgs",
            "zw@rg",
        ),
        *("zwarging", "ablorpen", "Quux, the   foo!", "zw*rg"),
    ],
)
def test_disguises_are_seen_through(disguised: str) -> None:
    assert BAD.found(disguised)


@pytest.mark.parametrize(
    "line", ["grmp f", "azwarg", "quux foo", "grmpfen", "g r m", GOOD, "", "123 4567", "@@ $$ !!"]
)
def test_what_only_looks_like_it_is_let_through(line: str) -> None:
    assert BAD.found(line) is None


@given(st.text())
def test_any_text_can_be_searched(text: str) -> None:
    shipped().found(text, "en")
    assert BAD.found(f"{text} grmpf")


def test_the_stored_list_is_in_order_and_nothing_that_is_read_in_passing() -> None:
    entries = list(stored())
    assert entries == sorted(set(entries))
    assert {language for language, _ in entries} == set(LANGUAGES)
    assert hidden("grmpf") == "Z3JtcGY="


def test_much_of_a_list_of_others_is_found(shared: Path) -> None:
    known: Counter[str] = Counter()
    found: Counter[str] = Counter()
    for line in (shared / "data" / "toxic_words.tsv").read_text(encoding="utf-8").splitlines()[1:]:
        language, word = line.split("\t")
        if " " not in word:
            known[language] += 1
            found[language] += shipped().found(word, language) is not None
    shares = {language: round(found[language] / known[language], 2) for language in known}
    assert all(shares[language] >= AT_LEAST[language] for language in LANGUAGES), shares
