"""Keeps the translations in step with the code: `python tools/translations.py [--check]`.

Collects every `text(…)`, `texts(…)` and the summary of every command, updates the .po files (new sentences
come in empty, for a person to translate) and compiles them. `--check` changes nothing and fails on drift.
"""

import re
import sys
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from kissbot.chat.texts import LANGUAGES, LOCALE
from kissbot.features import find_features

SOURCE = Path(__file__).parent.parent / "src" / "kissbot"
NO_DATE = datetime(2026, 1, 1, tzinfo=UTC)
KEYWORDS = {"text": None, "texts": (1, 2)}


def collect() -> Catalog:
    """Every sentence that the bot can say."""
    sentences = Catalog(project="KissBot", header_comment="", fuzzy=False)
    for name, _, msgid, _, _ in extract_from_dir(SOURCE, [("**.py", "python")], keywords=KEYWORDS):
        if is_ours(name) and has_words(msgid if isinstance(msgid, str) else msgid[0]):
            sentences.add(msgid, locations=[(name, 0)])
    for feature in find_features():
        for command in feature.commands:
            sentences.add(command.summary, locations=[(f"features/{feature.name}.py", 0)])
    return sentences


def is_ours(name: str) -> bool:
    """Whether `text` in a file is the bot's, and not that of a library for SQL."""
    return "from kissbot.chat.texts import" in (SOURCE / name).read_text()


def has_words(sentence: str) -> bool:
    """Whether there is anything to translate beside the blanks."""
    return bool(re.search(r"[^\W\d_]", re.sub(r"\{\w+\}", "", sentence)))


def updated(language: str, sentences: Catalog) -> Catalog:
    """The catalogue of a language with exactly these sentences."""
    path = po_path(language)
    old = read_po(path.read_bytes().decode().splitlines(), locale=language) if path.exists() else Catalog()
    new = Catalog(
        locale=language,
        project="KissBot",
        version="",
        header_comment="",
        msgid_bugs_address="",
        last_translator="",
        language_team="",
        creation_date=NO_DATE,  # a date of its own would make every run a change
        revision_date=NO_DATE,
        fuzzy=False,
    )
    for message in sentences:
        if message.id:
            known = old.get(message.id[0] if isinstance(message.id, tuple) else message.id)
            new.add(message.id, known.string if known else None, message.locations)
    return new


def po_path(language: str) -> Path:
    """Where a language is kept."""
    return LOCALE / language / "LC_MESSAGES" / "kissbot.po"


def as_po(catalogue: Catalog) -> bytes:
    """What people edit."""
    buffer = BytesIO()
    write_po(buffer, catalogue, sort_output=True, omit_header=False, include_lineno=False, width=100)
    return buffer.getvalue()


def as_mo(catalogue: Catalog) -> bytes:
    """What the bot reads."""
    buffer = BytesIO()
    write_mo(buffer, catalogue)
    return buffer.getvalue()


def untranslated(catalogue: Catalog) -> list[str]:
    """The sentences that still wait for a person."""
    return [str(message.id) for message in catalogue if message.id and not _full(message.string)]


def _full(string: object) -> bool:
    return all(string) if isinstance(string, tuple) else bool(string)


def main(check: bool) -> int:
    """Write everything, or with `check` say what differs. Returns the exit status."""
    wrong = []
    sentences = collect()
    for language in LANGUAGES[1:]:
        catalogue = updated(language, sentences)
        for path, content in (
            (po_path(language), as_po(catalogue)),
            (po_path(language).with_suffix(".mo"), as_mo(catalogue)),
        ):
            if check and (not path.exists() or path.read_bytes() != content):
                wrong.append(f"{path.relative_to(SOURCE)} is out of date: run python tools/translations.py")
            elif not check:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
        wrong += [f"{language}: not translated: {sentence}" for sentence in untranslated(catalogue)]
    sys.stdout.writelines(f"{line}\n" for line in wrong)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv))
