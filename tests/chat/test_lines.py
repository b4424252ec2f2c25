"""What is said is clean, harmless and short enough."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kissbot.chat.lines import LIMIT, REPEAT_MARK, clean, fit, visible

PIECES = st.sampled_from(
    [
        *("/ban vera", ".timeout", "!raid", "\\", "/", ".", "!"),
        *("A sentence. ", "Really? ", "Yes! ", "3.5 ", "and so on ", "word", " ", "…", "。"),
        *("https://example.org/a/very/long/path?with=a&query=too", "http://x.y/.", "see https://a.b "),
        *("👍🏽", "🇫🇷", "🇩🇪🇪🇸", "❤️", "1️⃣", "👩🏿‍🚀", "👨‍👩‍👧‍👦", "😀", "e\u0301", "n\u0303\u0323"),
        *("\u202e", "\u2066", "\u200b", "\ufeff", "\x00", "\x1b[31m", "\n", "\r\n", "\u2028", "\u00a0"),
        *("\U000e0041", "\U000e0000", "\ud83d", "\ude00", "\ue000", "\u034f", "\u3164", "\u2800"),
    ]
)
TEXTS = st.lists(PIECES | st.text(max_size=20), max_size=60).map("".join)
URL = re.compile(r"\w+://\S+")
NEVER = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}


def units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


@given(TEXTS)
def test_no_chat_takes_a_clean_line_for_a_command(text: str) -> None:
    assert not clean(text).startswith(("/", ".", "!", "\\"))


@given(TEXTS)
def test_a_clean_line_has_no_control_zero_width_or_bidirectional_characters(text: str) -> None:
    cleaned = clean(text)
    assert not {unicodedata.category(char) for char in cleaned} & NEVER
    assert not set(cleaned) & set("\u034f\u2800\u3164\U000e0000")


@given(TEXTS)
def test_a_clean_line_has_single_blanks_and_none_around_it(text: str) -> None:
    assert clean(text) == " ".join(clean(text).split())


@given(TEXTS)
def test_cleaning_a_clean_line_changes_nothing(text: str) -> None:
    assert clean(clean(text)) == clean(text)


@given(TEXTS, st.sampled_from([40, 100, LIMIT]))
def test_a_line_that_fits_is_never_too_long_and_fits_again(text: str, limit: int) -> None:
    fitting = fit(clean(text), limit)
    assert units(fitting) <= limit
    assert fit(fitting, limit) == fitting
    assert clean(fitting) == fitting


@given(TEXTS, st.sampled_from([40, 100, LIMIT]))
def test_a_cut_leaves_links_and_emoji_whole(text: str, limit: int) -> None:
    whole = clean(text)
    fitting = fit(whole, limit)
    if fitting == whole:
        return
    kept = fitting.removesuffix("…").rstrip()
    assert whole.startswith(kept)
    for url in URL.finditer(whole):
        assert not 0 < url.start() < len(kept) < url.end()
    assert not belongs_to_the_character_before(whole, len(kept))


def belongs_to_the_character_before(text: str, index: int) -> bool:
    """Whether a cut at `index` would leave half a flag, or lose a skin tone or an accent."""
    if not 0 < index < len(text):
        return False
    flags = re.fullmatch("[🇦-🇿]{2}", text[index - 1 : index + 1])
    tail = text[index] in "\ufe0e\ufe0f\u20e3🏻🏼🏽🏾🏿" or unicodedata.combining(text[index])
    return bool(flags or tail)


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("/ban vera", "› /ban vera"),
        (".timeout vera", "› .timeout vera"),
        ("!raid bob", "› !raid bob"),
        ("\\me", "› \\me"),
        ("\u200b/ban vera", "› /ban vera"),
        (" \n /ban vera", "› /ban vera"),
        ("one\ntwo\tthree", "one two three"),
        ("evil\u202etxt.exe", "eviltxt.exe"),
        ("50 % off / no", "50 % off / no"),
        ("Pokémon ❤️ 日本語", "Pokémon ❤️ 日本語"),
        ("", ""),
        ("\u200b\u2060", ""),
    ],
)
def test_what_cleaning_does(text: str, cleaned: str) -> None:
    assert clean(text) == cleaned


def test_a_long_answer_ends_with_a_sentence() -> None:
    text = "The first sentence is here. The second one is longer than the first. The third is cut"
    assert fit(text, 80) == "The first sentence is here. The second one is longer than the first. …"


def test_a_point_inside_a_number_ends_no_sentence() -> None:
    assert fit("It costs a little bit over 12.50 these days", 32) == "It costs a little bit over…"


def test_else_it_ends_with_a_word() -> None:
    assert fit("words and words and words and words", 20) == "words and words…"


def test_one_endless_word_is_cut_anywhere() -> None:
    assert fit("a" * 600) == "a" * (LIMIT - 2) + "…"


def test_a_link_is_whole_or_absent() -> None:
    link = "https://example.org/" + "x" * 60
    assert fit(f"Read this page about the game: {link}", 60) == "Read this page about the game:…"
    assert fit(f"Read {link} and then some more", 90) == f"Read {link}…"


@pytest.mark.parametrize("sequence", ["👍🏽", "🇫🇷", "❤️", "1️⃣"])
def test_emoji_are_whole_or_absent(sequence: str) -> None:
    for length in range(30, 42):
        kept = fit("x" * length + sequence + "y" * 40, 40).removesuffix("…")
        assert kept.strip("xy") in ("", sequence)


def test_emoji_count_as_the_platform_counts() -> None:
    assert units(fit("😀" * 400)) <= LIMIT
    assert fit("😀" * (LIMIT // 2)) == "😀" * (LIMIT // 2)


def test_the_mark_of_a_repeated_line_has_room_and_shows_as_nothing() -> None:
    assert LIMIT + units(REPEAT_MARK) <= 500
    assert visible(REPEAT_MARK).strip() == ""
