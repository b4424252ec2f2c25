"""Settings of what is looked up for viewers: the encyclopaedia, and what translates."""

import re
from collections.abc import Iterator
from typing import Final, Literal

from msgspec import Struct

BLANK: Final = "{language}"


class Wikipedia(Struct, kw_only=True, forbid_unknown_fields=True):
    """`wikipedia`: where topics are looked up."""

    ask: Literal["auto", "on", "off"] = "auto"
    """Whether it is asked; auto: when Twitch is no sandbox."""
    url: str = "https://{language}.wikipedia.org"
    """Wikipedia, or what speaks as it does; {language} stands for en, fr, es or de."""
    contact: str = ""
    """An e-mail address or a page of yours, which Wikipedia wants to know; without it, it is asked less."""


class Translate(Struct, kw_only=True, forbid_unknown_fields=True):
    """`translate`: what translates, before any model is asked."""

    url: str = ""
    """A LibreTranslate, or what speaks as it does; empty: there is none."""
    key: str = ""
    """What it wants to be asked with, where it wants that."""

    def __repr__(self) -> str:
        return f"Translate({self.url!r})"  # the key is secret


def bad_lookups(wikipedia: Wikipedia, translate: Translate) -> Iterator[str]:
    """Values of the right type that cannot work."""
    wrong = "must be an address that begins with https:// (or http://)."
    if not _is_address(wikipedia.url.replace(BLANK, "en")):
        yield f"wikipedia.url: {wrong}"
    if translate.url and not _is_address(translate.url):
        yield f"translate.url: {wrong}"
    if translate.key and not translate.url:
        yield "translate.key: is of no use without translate.url."


def _is_address(url: str) -> bool:
    return re.match(r"https?://[^\s/{}]+", url) is not None
