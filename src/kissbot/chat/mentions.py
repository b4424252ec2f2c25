"""Whether a line speaks to the bot by its name."""

import re

from kissbot.chat.lines import visible


class Mentions:
    """Finds `@bot` as a whole word anywhere, or the bare name as the first or last word."""

    def __init__(self, name: str) -> None:
        self._name = name.casefold()
        word = re.escape(name)
        self._pattern = re.compile(
            rf"(?<!\w)@{word}(?!\w)[,:]?"
            rf"|^\W*{word}(?![-./'’]?\w)[,:]?"
            rf"|(?<![\w@])(?<!\w[-./]){word}(?=\W*$)",  # not the last part of a link or of a longer name
            re.IGNORECASE,
        )

    def parse(self, text: str) -> str | None:
        """What is said to the bot: `"@bot hello"` → `"hello"`; None for a line that is not for it."""
        if self._name not in text.casefold():
            return None
        rest, found = self._pattern.subn(" ", text)
        return " ".join(visible(rest).split()) if found else None
