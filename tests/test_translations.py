"""Every sentence is there in every language, with the same blanks."""

import asyncio
import re
import sys
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from babel.messages.pofile import read_po

from kissbot.chat.texts import LANGUAGES, LOCALE, Text, Translations

PROJECT = Path(__file__).parents[1]
BLANK = re.compile(r"\{(\w+)\}")


def sentences(language: str) -> list[Message]:
    with (LOCALE / language / "LC_MESSAGES" / "kissbot.po").open("rb") as file:
        return [message for message in read_po(file, locale=language) if message.id]


def forms(words: str | tuple[str, ...] | list[str] | None) -> list[str]:
    """The singular and the plural; one form for a sentence that does not depend on a number."""
    return [words] if isinstance(words, str) else list(words or ())


async def test_the_translations_are_in_step_with_the_code() -> None:
    check = await asyncio.create_subprocess_exec(
        sys.executable, "tools/translations.py", "--check", cwd=PROJECT, stdout=asyncio.subprocess.PIPE
    )
    told, _ = await check.communicate()
    assert told.decode() == ""
    assert check.returncode == 0


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_every_translation_has_the_blanks_of_its_sentence(language: str) -> None:
    assert sentences(language)
    for message in sentences(language):
        blanks = set(BLANK.findall(forms(message.id)[-1]))
        for translation in forms(message.string):
            assert set(BLANK.findall(translation)) == blanks, message.id


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_can_be_said(language: str) -> None:
    translations = Translations()
    for message in sentences(LANGUAGES[1]):
        one, many = forms(message.id)[0], forms(message.id)[-1]
        values = dict.fromkeys(BLANK.findall(many), "value")
        for count in (0, 1, 2, 5):
            plural = many if message.pluralizable else ""
            said = translations.render(Text(one, values, plural, count), language)
            assert said
            assert not BLANK.search(said)


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_no_translation_is_the_english_sentence(language: str) -> None:
    alike = [
        message.id
        for message in sentences(language)
        if forms(message.string)[0] == forms(message.id)[0] and len(BLANK.sub("", forms(message.id)[0])) > 20
    ]
    assert alike == []
