"""What the bot says, in each channel's language (gettext catalogues, four languages)."""

import gettext
from pathlib import Path
from typing import Any, Final

from msgspec import Struct

LANGUAGES: Final = ("en", "fr", "es", "de")
LOCALE: Final = Path(__file__).parent.parent / "locale"


class Text(Struct, frozen=True):
    """A sentence that is not in any language yet: the English original and the values for its blanks.

    Values may be texts themselves; they are rendered first. A value is data: braces in it mean nothing.
    """

    msgid: str
    values: dict[str, Any] = {}
    plural: str = ""
    count: int = 0


def text(msgid: str, /, **values: Any) -> Text:
    """A sentence: `text("{channel} is offline", channel="ada")`."""
    return Text(msgid, values)


def texts(one: str, many: str, count: int, /, **values: Any) -> Text:
    """A sentence that depends on a number, which fills the blank `{count}`."""
    return Text(one, {**values, "count": count}, many, count)


class Translations:
    """The sentences of every language, loaded once."""

    def __init__(self, folder: Path = LOCALE) -> None:
        self._by_language: dict[str, gettext.NullTranslations] = {
            language: gettext.translation("kissbot", folder, [language], fallback=language == "en")
            for language in LANGUAGES
        }

    def render(self, what: Text | str, language: str) -> str:
        """The sentence in `language`; a plain string is returned as it is."""
        if isinstance(what, str):
            return what
        catalogue = self._by_language[language]
        sentence = (
            catalogue.ngettext(what.msgid, what.plural, what.count)
            if what.plural
            else catalogue.gettext(what.msgid)
        )
        return sentence.format_map(
            {
                name: self.render(value, language) if isinstance(value, Text) else value
                for name, value in what.values.items()
            }
        )
