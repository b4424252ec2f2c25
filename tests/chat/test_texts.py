"""Sentences in four languages."""

from pathlib import Path

import pytest

from kissbot.chat.texts import LANGUAGES, Translations, text, texts

TRANSLATIONS = Translations()


def test_a_sentence_is_said_in_each_language() -> None:
    sentence = text("📺 {channel} is offline", channel="ada")
    said = {language: TRANSLATIONS.render(sentence, language) for language in LANGUAGES}
    assert said == {
        "en": "📺 ada is offline",
        "fr": "📺 ada est hors ligne",
        "es": "📺 ada está desconectado",
        "de": "📺 ada ist offline",
    }


@pytest.mark.parametrize(("count", "said"), [(0, "0 command"), (1, "1 command"), (2, "2 commands")])
def test_a_number_chooses_the_sentence(count: int, said: str) -> None:
    sentence = texts("{count} command", "{count} commands", count)
    assert TRANSLATIONS.render(sentence, "en") == said.replace("0 command", "0 commands")


def test_french_counts_nought_as_one() -> None:
    def cooling(count: int) -> str:
        sentence = texts(
            "⏳ {command} again in {count} second.",
            "⏳ {command} again in {count} seconds.",
            count,
            command="!gi",
        )
        return TRANSLATIONS.render(sentence, "fr")

    assert cooling(0).replace("0", "1") == cooling(1)
    assert cooling(2).replace("2", "1") != cooling(1)


def test_a_blank_is_filled_with_data_and_nothing_in_it_is_read() -> None:
    sentence = text("{channel} says", channel="{secret} %s {0}")
    assert TRANSLATIONS.render(sentence, "en") == "{secret} %s {0} says"


def test_a_sentence_in_a_sentence_is_translated_too() -> None:
    inner = text("🔥 HIGH")
    assert TRANSLATIONS.render(text("({level})", level=inner), "fr") == (
        f"({TRANSLATIONS.render(inner, 'fr')})"
    )


def test_plain_words_are_in_every_language() -> None:
    assert TRANSLATIONS.render("{not a blank}", "de") == "{not a blank}"


def test_what_is_not_translated_is_said_in_english() -> None:
    assert TRANSLATIONS.render(text("Nobody translated {this}.", this="that"), "fr") == (
        "Nobody translated that."
    )


def test_a_missing_language_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Translations(tmp_path)
