"""Makes `knowledge/answers/language.txt`: `python tools/language_table.py [--locale /usr/share/locale]`.

How words are spelled is counted in the translations of programs that most Linux machines have (`.mo`
files of gettext): only counts of three letters go into the table, no text. Which words a chat says is in
`language_words.txt`, ours, the commonest first; its last line has words that any language says.
"""

import gettext
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from math import log
from pathlib import Path

import click

from kissbot.knowledge.answers.language import FLOOR, LATIN, SCALE, TABLE, grams, words

WORDS = Path(__file__).with_name("language_words.txt")
DOMAINS = (
    *(
        "coreutils",
        "tar",
        "wget",
        "bash",
        "libc",
        "gtk30",
        "gtk20",
        "gtk30-properties",
        "dpkg",
        "dpkg-dev",
        "apt",
    ),
    *(
        "findutils",
        "diffutils",
        "grep",
        "sed",
        "make",
        "glib20",
        "man-db",
        "shadow",
        "systemd",
        "gettext-tools",
    ),
    *("gnutls30", "avahi", "appstream", "psmisc", "gdk-pixbuf", "polkit-1", "Linux-PAM"),
)
FOLDERS = {"pt": ("pt_BR", "pt")}
GRAMS, COUNTED, WORD_SHARE = 1500, 3, 0.7
"""So many of a language's commonest three letters; how often they must occur; how much the list counts."""

Shares = dict[str, float]
"""How much of what is said each word, or each three letters, are."""

_MARKED = re.compile(r"%[-#0-9.*$]*\w+|\\\w|--?[\w-]+|<[^>]*>|\b[A-Z_]{2,}\b|\S*[/=@_.]\S*\w")


def translations(locale: Path, language: str) -> Iterator[str]:
    """What programs say in a language; in English it is what they translate from French."""
    folders = FOLDERS.get(language, ("fr",) if language == "en" else (language,))
    for path in (locale / folder / "LC_MESSAGES" / f"{name}.mo" for folder in folders for name in DOMAINS):
        if path.exists():
            with path.open("rb") as file:
                catalog = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]
            for source, translated in catalog.items():
                said = source if language == "en" else translated
                if isinstance(said, str) and source != translated:
                    yield _MARKED.sub(" ", said)


def listed() -> dict[str, list[str]]:
    """The words of `language_words.txt`, by language; `*` are anybody's."""
    lines = (line.split() for line in WORDS.read_text(encoding="utf-8").splitlines())
    return {language: list(dict.fromkeys(said)) for language, *said in lines}


def shares(counts: Counter[str]) -> Shares:
    total = sum(counts.values())
    return {each: count / total for each, count in counts.items()}


def by_rank(said: Iterable[str]) -> Shares:
    """How much of a chat each word of a list is, supposing that the commoner stand first."""
    return shares(Counter({word: round(1e6 / (rank + 12)) for rank, word in enumerate(said)}))


def level(share: float) -> str:
    """A share as a letter of the table: `0` is next to nothing."""
    return chr(ord("0") + max(0, round((log(max(share, 1e-9)) - FLOOR) * SCALE)))


def rows(spelled: dict[str, Shares], kept: Iterable[str]) -> Iterator[str]:
    """Lines of the table: a feature, and its level in each language."""
    for feature in sorted(kept):
        levels = "".join(level(spelled[language].get(feature, 0)) for language in LATIN)
        yield f"{feature}\t{levels}\n"


def blended(said: Shares, ranked: Shares) -> Shares:
    """How common words are in a chat, supposing that it speaks a little as programs do."""
    every = said.keys() | ranked.keys()
    return {word: WORD_SHARE * ranked.get(word, 0) + (1 - WORD_SHARE) * said.get(word, 0) for word in every}


def spelled_by(said: Counter[str], ranked: Shares) -> Shares:
    """How common letters are beside each other, in the texts and, counted as much, in the list."""
    counts: Counter[str] = Counter()
    total = sum(said.values())
    for word, count in (*said.items(), *((word, round(share * total)) for word, share in ranked.items())):
        for gram in grams(word):
            counts[gram] += count
    return shares(Counter({gram: count for gram, count in counts.items() if count >= COUNTED}))


def commonest(letters: Shares) -> list[str]:
    return sorted(letters, key=lambda gram: (-letters[gram], gram))[:GRAMS]


@click.command()
@click.option("--locale", default="/usr/share/locale", type=click.Path(path_type=Path, exists=True))
def main(locale: Path) -> None:
    """Write the table anew."""
    lists = listed()
    letters: dict[str, Shares] = {}
    chat: dict[str, Shares] = {}
    for each in LATIN:
        said = Counter(word for text in translations(locale, each) for word in words(text))
        ranked = by_rank(lists[each])
        letters[each], chat[each] = spelled_by(said, ranked), blended(shares(said), ranked)
    kept = {gram for each in LATIN for gram in commonest(letters[each])}
    known = {word for each in LATIN for word in lists[each]} - set(lists["*"])
    anybodys = [f"{word}\n" for word in sorted(lists["*"])]
    table = "".join([*rows(letters, kept), "\n", *rows(chat, known), "\n", *anybodys])
    TABLE.write_text(table, encoding="utf-8")
    click.echo(f"{len(kept)} of three letters, {len(known)} words: {len(table.encode())} bytes")


if __name__ == "__main__":
    main()
