"""The two errors a handler may raise on purpose, and what only the operator can mend. The rest are bugs."""

from kissbot.chat.texts import Text


class Trouble(Exception):
    """Something that the person who runs the bot can mend; the text says what, whose, and how."""


class Refusal(Exception):
    """The request cannot be answered as it stands, and `text` tells the viewer why. Costs no cooldown."""

    def __init__(self, text: Text) -> None:
        super().__init__(text.msgid)
        self.text = text


class Unavailable(Exception):
    """Something the answer needs does not work now, and `text` says so. Costs no cooldown."""

    def __init__(self, text: Text) -> None:
        super().__init__(text.msgid)
        self.text = text
