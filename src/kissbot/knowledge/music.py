"""Songs: what is known of them, which one a viewer means, and what moderators can settle of them."""

import re
from collections.abc import Iterable
from typing import Final, Protocol

from msgspec import Struct
from rapidfuzz import fuzz

from kissbot.chat.messages import Channel
from kissbot.knowledge.games.names import glued, normal
from kissbot.knowledge.truth.domain import Findings, Guess

MUSIC: Final = "MUSIC"

WORTH_LISTING: Final = 0.5
"""From which confidence on a song may be what is meant; below, only its name is near."""

WORTH_SUGGESTING: Final = 0.3

HALF: Final = 0.75
"""Of the confidence is left when only the title or only the artist was said."""

_DASH: Final = re.compile(r"\s+[-–—]+\s+")


class Song(Struct, frozen=True):
    """A song, by its first recording."""

    artist: str
    title: str
    year: int | None = None
    """Of the first release."""
    seconds: int | None = None
    """How long it is."""
    id: str = ""
    """Of the recording, at MusicBrainz."""
    source: str = ""


class Wanted(Struct, frozen=True):
    """What somebody typed: `artist - title`, or words that may be either or both."""

    words: str
    artist: str = ""
    title: str = ""


class SongLibrary(Protocol):
    """Knows songs. Raises `Unavailable` when it cannot be asked."""

    async def search(self, wanted: Wanted) -> tuple[Song, ...]:
        """Recordings that may be meant, the most probable first; a song may be there more than once."""
        ...


def wanted(query: str) -> Wanted:
    """`"daft punk - one more time"` → artist and title."""
    parts = _DASH.split(query.strip(), maxsplit=1)
    if len(parts) == 2 and all(normal(part) for part in parts):
        return Wanted(query, parts[0], parts[1])
    return Wanted(query)


class MusicDomain:
    """Finds songs in a library."""

    name = MUSIC
    kind = Song

    def __init__(self, songs: SongLibrary) -> None:
        self._songs = songs

    def key(self, query: str) -> str:
        """The same with and without the dash: `"daftpunkonemoretime"`."""
        return glued(normal(query))

    async def find(self, query: str, channel: Channel, language: str) -> Findings:
        """The songs that may be meant. Raises `Unavailable`."""
        asked = wanted(query)
        ranked = self._ranked(asked, await self._songs.search(asked))
        likely = tuple(guess for guess in ranked if guess.confidence >= WORTH_LISTING)
        near = tuple(guess.item for guess in ranked if guess.confidence >= WORTH_SUGGESTING)
        return Findings(likely, () if likely else near)

    def title(self, item: Song) -> str:
        """`Daft Punk - One More Time (2000)`."""
        return f"{self.words(item)} ({item.year})" if item.year else self.words(item)

    def line(self, item: Song) -> str:
        """`Daft Punk - One More Time (2000) 5:20`."""
        length = f" {item.seconds // 60}:{item.seconds % 60:02}" if item.seconds else ""
        return f"{self.title(item)}{length}"

    def words(self, item: Song) -> str:
        """`Daft Punk - One More Time`."""
        return f"{item.artist} - {item.title}"

    def identity(self, item: Song) -> str:
        """Its artist and title: every recording of a song is that song."""
        return f"{glued(normal(item.artist))} {glued(normal(item.title))}"

    def _ranked(self, asked: Wanted, songs: Iterable[Song]) -> list[Guess]:
        """Each song once, as it was first recorded. Among equals, the order of the source."""
        firsts: dict[str, Song] = {}
        for song in songs:
            known = firsts.setdefault(self.identity(song), song)
            if (song.year or 9999) < (known.year or 9999):
                firsts[self.identity(song)] = song
        guesses = [Guess(song, likeness(asked, song)) for song in firsts.values()]
        return sorted(guesses, key=lambda guess: -guess.confidence)


def likeness(asked: Wanted, song: Song) -> float:
    """How much the words are this song's artist and title (0-1)."""
    artist, title = normal(song.artist), normal(song.title)
    if asked.artist:
        first, second = normal(asked.artist), normal(asked.title)
        return max(_both(first, artist, second, title), _both(second, artist, first, title))
    words = normal(asked.words)
    whole = max(fuzz.ratio(words, f"{artist} {title}"), fuzz.ratio(words, f"{title} {artist}")) / 100
    return max(whole, fuzz.ratio(words, title) / 100 * HALF, fuzz.ratio(words, artist) / 100 * HALF**2)


def _both(artist: str, real_artist: str, title: str, real_title: str) -> float:
    return fuzz.ratio(artist, real_artist) * fuzz.ratio(title, real_title) / 10_000
