"""A title is on the shortlist of every way to type it."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kissbot.knowledge.games.game import Candidate, Game
from kissbot.knowledge.games.index import MOST, Index, certain, wanted
from kissbot.knowledge.games.names import marked, read
from kissbot.knowledge.games.ranking import Ranking, rank

SYLLABLES = (
    "ka",
    "lor",
    "mi",
    "zen",
    "dra",
    "vos",
    "ti",
    "ren",
    "gal",
    "the",
    "fu",
    "bex",
    "ny",
    "sto",
    "wra",
)


def titles() -> list[str]:
    """Two thousand titles that no two are near of."""
    chance = Random(7)
    words = ["".join(chance.choices(SYLLABLES, k=3)) for _ in range(700)]
    return sorted({" ".join(chance.sample(words, chance.choice((2, 3)))) for _ in range(2000)})


TITLES = titles()
SHELF = Ranking(Game(title, 2000, popularity=number % 100) for number, title in enumerate(TITLES))


def first(query: str) -> str:
    found: tuple[Candidate, ...] = SHELF.candidates(query)
    return found[0].game.name if found else ""


@given(st.sampled_from(TITLES))
def test_a_title_finds_itself_and_without_its_blanks(title: str) -> None:
    assert first(title) == title
    assert first(title.replace(" ", "")) == title
    assert first(title.upper()) == title


@given(st.sampled_from(TITLES), st.integers(1, 200), st.sampled_from(("lost", "doubled", "swapped")))
def test_a_title_is_found_with_one_slip(title: str, where: int, slip: str) -> None:
    at = 1 + where % (len(title) - 2)
    before, letter, after = title[:at], title[at], title[at + 1 :]
    typed = {
        "lost": before + after,
        "doubled": before + 2 * letter + after,
        "swapped": before + after[0] + letter + after[1:],
    }
    # A far better known title that is nearly as near may come before it.
    assert title in [candidate.game.name for candidate in SHELF.candidates(typed[slip])[:2]]


@given(st.sampled_from(TITLES), st.sampled_from(("gold edition", "online", "the game")))
def test_a_title_is_near_with_more_than_its_name(title: str, more: str) -> None:
    candidates = SHELF.candidates(f"{title} {more}")
    assert title in [candidate.game.name for candidate in candidates[:3]]


def test_the_best_known_games_of_a_trait_come_first_and_are_not_too_many() -> None:
    index = Index()
    for _ in range(2 * MOST):
        index.add({" common"})
    index.add({" common", " rare"})
    index.close()
    (count, places), (one, last), (none, nowhere) = index.having([" common", " rare", " unknown"])
    assert (count, list(places)) == (2 * MOST + 1, list(range(MOST)))
    assert (one, list(last)) == (1, [2 * MOST])
    assert (none, list(nowhere)) == (0, [])


def test_an_exact_name_needs_no_further_look() -> None:
    want = wanted(read(marked("Hades II")))
    found = [(1, [5]) if trait == "=hades2" else (0, []) for trait in want.exact + want.whole]
    assert certain(want, found) == ([5], True)
    assert certain(want, [(0, []) for _ in found]) == ([], False)


@pytest.mark.parametrize("popularity", [0, 90])
def test_what_a_source_found_is_ranked_without_an_index(popularity: int) -> None:
    doom, eternal = (
        Game("DOOM", 2016, popularity=popularity),
        Game("DOOM Eternal", 2020, popularity=popularity),
    )
    best, *others = rank("doom", [eternal, doom])
    assert best.game is doom
    assert best.confidence > 0.8
    assert all(other.confidence < 0.2 for other in others)
