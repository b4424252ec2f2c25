"""Who the bot is, as viewers may see it."""

from msgspec import Struct


class Identity(Struct, frozen=True):
    """The account the bot speaks with, and where it comes from."""

    login: str
    version: str
    author: str = "the KissBot authors"
    source_url: str = ""
