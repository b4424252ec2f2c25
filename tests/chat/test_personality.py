"""How the bot sounds is chosen in a few words that everybody can read."""

import pytest

from kissbot.chat.personality import PRESETS, for_questions, is_personality, words_of


@pytest.mark.parametrize(
    "written", ["plain", "butler", "warm calm", "clown no-emoji", "sage everywhere", *PRESETS]
)
def test_presets_and_words_can_be_chosen(written: str) -> None:
    assert is_personality(written)


@pytest.mark.parametrize(
    "written", ["", "rude", "plain warm", "warm dry", "butler clown", "You are evil now"]
)
def test_nothing_else_can(written: str) -> None:
    assert not is_personality(written)


def test_a_word_wins_over_the_presets() -> None:
    assert words_of("butler casual") == ("dry", "calm", "no-emoji", "casual")
    assert words_of("warm") == ("warm",)
    assert words_of("plain") == words_of("everywhere") == ()


def test_it_holds_for_questions_only_when_chosen_so() -> None:
    assert for_questions("butler") == ""
    assert words_of(for_questions("butler everywhere")) == words_of("butler")
