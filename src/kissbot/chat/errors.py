"""The two errors a handler may raise on purpose. Anything else is a bug."""

from kissbot.chat.texts import Text


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
