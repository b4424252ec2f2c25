"""The language of a line is known, or said not to be."""

import gzip
import json
import re
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kissbot.knowledge.answers.language import language_of

OURS = ("en", "fr", "es", "de")
NO_WORDS = re.compile(r"@\S+|<url>")


@pytest.mark.parametrize(
    ("line", "language"),
    [
        ("what time does the stream start", "en"),
        ("nice one, that was close", "en"),
        ("mdr c'est trop bien", "fr"),
        ("bonjour à tous", "fr"),
        ("tu joues à quoi ce soir", "fr"),
        ("qué tal, cómo estás", "es"),
        ("hoy no hay directo", "es"),
        ("wo bist du", "de"),
        ("das ist echt krass digga", "de"),
        ("che bello questo gioco", "it"),
        ("não acredito que ele ganhou", "pt"),
        ("wat een mooi spel is dit", "nl"),
        ("dlaczego nie ma dzisiaj streama", "pl"),
        ("привет, как дела", "ru"),
        ("привіт, як твої справи", "uk"),
        ("こんにちは、元気ですか", "ja"),
        ("今天天气很好", "zh"),
        ("안녕하세요 여러분", "ko"),
        ("مرحبا كيف حالك", "ar"),
        ("@vera c'est quoi ce jeu ? https://example.org/what-is-this-game", "fr"),
        ("Super Mario Bros. Wonder est sorti en 2023", "fr"),
        ("El juego es The Last of Us Part II.", "es"),
    ],
)
def test_a_line_tells_its_language(line: str, language: str) -> None:
    guess = language_of(line)
    assert guess is not None
    assert guess.language == language


@pytest.mark.parametrize(
    "line",
    [
        *(
            "",
            "LUL LUL LUL",
            "KEKW OMEGALUL",
            "forsenE PogChamp",
            "hello",
            "merci",
            "no",
            "no no no",
            "123 456",
        ),
        *(
            "lol xd gg",
            "GG WP",
            "@vera @pierre",
            "Vera_88",
            "😀😀😀",
            "...?!",
            "a b",
            "https://example.org",
            "Dark Souls",
        ),
    ],
)
def test_a_line_that_does_not_tell_its_language_has_none(line: str) -> None:
    assert language_of(line) is None


@given(st.text())
def test_any_text_has_a_language_or_none(text: str) -> None:
    guess = language_of(text)
    assert guess is None or 0.5 < guess.confidence <= 1


def test_lines_of_real_chats_are_rarely_taken_for_another_language(shared: Path) -> None:
    told: dict[str, Counter[bool | None]] = {language: Counter() for language in OURS}
    with gzip.open(shared / "data" / "chat_by_language_dev.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in list(map(json.loads, lines))[::10]:
            if line["lang"] in OURS:
                guess = language_of(NO_WORDS.sub("", line["text"]))
                told[line["lang"]][guess.language == line["lang"] if guess else None] += 1
    for language, counts in told.items():
        assert counts[False] <= 0.05 * counts.total(), (language, counts)
        assert counts[True] >= 0.85 * counts.total(), (language, counts)


def test_questions_are_known_by_their_language(shared: Path) -> None:
    told: Counter[bool] = Counter()
    for line in (shared / "data" / "llm_prompts_dev.jsonl").read_text(encoding="utf-8").splitlines():
        asked = json.loads(line)
        if asked["category"] != "viewer_to_bot":
            guess = language_of(asked["text"])
            told[guess is not None and guess.language == asked["lang"]] += 1
    assert told[True] >= 0.97 * told.total()
