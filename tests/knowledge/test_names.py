"""Names as people type them are made alike."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kissbot.knowledge.games.names import arabic, glued, normal, numbers, split_year

NAMES = st.text(max_size=30) | st.lists(
    st.sampled_from(
        ["Ⅶ", "™", "ᴬ", "ſ", "İ", "ﬃ", "é", "e\u0301", "a ", "b ", "&", "+", "’", "II", "ß", "Ω"]
    ),
    max_size=9,
).map("".join)


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("The Elder Scrolls® V: Skyrim", "the elder scrolls v skyrim"),
        ("Skyrim™", "skyrim"),
        ("POKÉMON", "pokemon"),
        ("Baldur's Gate", "baldurs gate"),
        ("Baldur’s Gate", "baldurs gate"),
        ("Ratchet & Clank", "ratchet and clank"),
        ("S.T.A.L.K.E.R. 2", "stalker2"),
        ("NieR:Automata", "nier automata"),
        ("  Half - Life  ", "half life"),
        ("𝐇𝐚𝐝𝐞𝐬", "hades"),
        ("ＨＡＤＥＳ", "hades"),
        ("Ｒatchet ＆ Clank", "ratchet and clank"),
        ("ゼルダ", "セルタ"),
        ("!!!", ""),
    ],
)
def test_a_name_is_normal(typed: str, name: str) -> None:
    assert normal(typed) == name


@given(NAMES)
def test_a_normal_name_stays_as_it_is(name: str) -> None:
    assert normal(normal(name)) == normal(name)


@given(NAMES)
def test_case_does_not_matter(name: str) -> None:
    assert normal(name.casefold()) == normal(name)


@given(NAMES)
def test_a_normal_name_is_words_and_single_blanks(name: str) -> None:
    assert all(word.isalnum() for word in normal(name).split(" ") if word)
    assert normal(name) == " ".join(normal(name).split())


@pytest.mark.parametrize(
    ("roman", "digits"),
    [("gta v", "gta 5"), ("final fantasy xvi", "final fantasy 16"), ("x com", "x com"), ("civ vi", "civ 6")],
)
def test_roman_numerals_become_digits_except_in_the_first_place(roman: str, digits: str) -> None:
    assert arabic(roman) == digits
    assert arabic(digits) == digits


def test_the_numbers_of_a_name() -> None:
    assert numbers("left 4 dead 2") == {"4", "2"}
    assert numbers("hades") == set()
    assert glued("dark souls 3") == "darksouls3"


@pytest.mark.parametrize(
    ("query", "split"),
    [
        ("doom 2016", ("doom", 2016)),
        ("doom (1993)", ("doom", 1993)),
        ("fifa 23", ("fifa 23", None)),
        ("2016", ("2016", None)),
        ("cyberpunk 2077", ("cyberpunk 2077", None)),
    ],
)
def test_a_year_is_a_hint(query: str, split: tuple[str, int | None]) -> None:
    assert split_year(query) == split
