"""The lines that every client hears: real talk when a recording is there, else made up."""

from itertools import cycle, islice
from pathlib import Path
from typing import Final

from msgspec import Struct

from kissbot.app.replay import read_recording

CHANNELS: Final = tuple(f"room{number:02}" for number in range(1, 21))
PING: Final = "!ping"
PING_EVERY: Final = 20
"""5 % of all lines."""

_WORDS: Final = "lol yes no that was so close GG wait what did he just say hello from the other side Kappa"


class Line(Struct, frozen=True):
    """Somebody says something."""

    channel: str
    user: str
    text: str


def talk(count: int, recording: Path | None) -> list[Line]:
    """So many lines that ask no bot for anything, in turn in every channel."""
    said = _recorded(recording) if recording else _made_up()
    return [
        Line(channel, user, text)
        for channel, (user, text) in islice(zip(cycle(CHANNELS), cycle(said), strict=False), count)
    ]


def with_pings(lines: list[Line]) -> list[Line]:
    """The same lines; every twentieth is a ping, in another channel each time."""
    return [
        Line(CHANNELS[number // PING_EVERY % len(CHANNELS)], f"asker{number % 1_000}", PING)
        if number % PING_EVERY == 0
        else line
        for number, line in enumerate(lines)
    ]


def _recorded(recording: Path) -> list[tuple[str, str]]:
    """Users and texts, without the commands of other bots: clients differ in what they do about them."""
    return [(line.u, line.m) for line in read_recording(recording) if not line.m.lstrip().startswith("!")]


def _made_up() -> list[tuple[str, str]]:
    words = _WORDS.split()
    return [
        (f"viewer{number % 400}", " ".join(islice(cycle(words), number % 19, number % 19 + number % 7 + 1)))
        for number in range(5_000)
    ]
