"""MusicBrainz: an encyclopedia of recordings, free to ask once a second by whoever says who they are.

Documented at https://musicbrainz.org/doc/MusicBrainz_API and …/MusicBrainz_API/Search.
"""

import asyncio
import re
from typing import Final

import aiohttp
import structlog
from msgspec import Struct, field

import kissbot
from kissbot.chat.errors import Trouble, Unavailable
from kissbot.chat.lines import visible
from kissbot.chat.ports import Notes
from kissbot.chat.tasks import Tasks
from kissbot.chat.texts import text
from kissbot.knowledge.music import Song, Wanted
from kissbot.providers.http import Asker, Question, SourceTrouble
from kissbot.providers.pace import Pace

SOURCE: Final = "MusicBrainz"

WITHIN: Final = 4.0
"""Seconds for an answer, the wait for our turn included: less than a command may take."""

EVERY: Final = 1.0
"""Seconds between two requests, over all channels and processes."""

LONGEST_PAUSE: Final = 60.0
"""Seconds that the other side can silence us for."""

ASKED_FOR: Final = 25
"""Recordings: a song has many."""

_SPECIAL: Final = re.compile(r'([+\-!(){}\[\]^"~*?:\\/]|&&|\|\|)')
_WORDS: Final = re.compile(r"\b(AND|OR|NOT|TO)\b")

log = structlog.get_logger(__name__)


class _Credit(Struct):
    name: str = ""
    joinphrase: str = ""


class _Recording(Struct, rename={"credit": "artist-credit", "first_release": "first-release-date"}):
    id: str
    title: str
    length: int | None = None
    """Milliseconds."""
    credit: list[_Credit] = []
    first_release: str = ""
    """`2000-11-13`, or only its beginning."""


class _Found(Struct):
    recordings: list[_Recording] = field(default_factory=list)


class MusicBrainz:
    """Searches recordings. Without a `contact` (an address or a page) it must not be asked."""

    def __init__(
        self, http: aiohttp.ClientSession, url: str, contact: str, notes: Notes, tasks: Tasks
    ) -> None:
        self._url, self._contact = f"{url.rstrip('/')}/recording", " ".join(visible(contact).split())
        self._asker = Asker(http, Pace(1, EVERY), patience=WITHIN, attempts=1)
        self._turns = Turns(notes, "musicbrainz", EVERY)
        self._tasks = tasks
        self._under_way: dict[str, asyncio.Future[tuple[Song, ...] | None]] = {}

    async def search(self, wanted: Wanted) -> tuple[Song, ...]:
        """Recordings that may be meant; who asks for the same at the same time shares one request.

        Raises `Unavailable`.
        """
        if not self._contact:
            raise Unavailable(text("🎵 I may not ask MusicBrainz yet: whoever runs me sets music.contact."))
        query = lucene(wanted)
        if query not in self._under_way:
            self._under_way[query] = asyncio.get_running_loop().create_future()
            self._tasks.start(self._settle(query), "musicbrainz")
        songs = await asyncio.shield(self._under_way[query])
        if songs is None:
            raise Unavailable(text("🎵 MusicBrainz does not answer right now."))
        return songs

    async def _settle(self, query: str) -> None:
        """Ask once for everybody who waits; None is for them when there is no answer."""
        songs = None
        try:
            songs = await self._songs(query)
        except (SourceTrouble, TimeoutError, Trouble) as error:
            log.warning("musicbrainz_failed", why=str(error) or type(error).__name__)
        finally:
            self._under_way.pop(query).set_result(songs)

    async def _songs(self, query: str) -> tuple[Song, ...]:
        async with asyncio.timeout(WITHIN):
            await self._turns.turn()
            try:
                found = await self._asker.ask(self._question(query), _Found)
            except SourceTrouble as trouble:
                if trouble.wait:
                    await self._turns.rest(min(max(trouble.wait, EVERY), LONGEST_PAUSE))
                raise
        return tuple(_song(recording) for recording in found.recordings if recording.credit)

    def _question(self, query: str) -> Question:
        asked = {"query": query, "fmt": "json", "limit": str(ASKED_FOR)}
        agent = {"User-Agent": f"KissBot/{kissbot.__version__} ( {self._contact} )"}
        return Question(self._url, asked, headers=agent)


class Turns:
    """One request in so many seconds, over all processes that share the notes. Raises `Trouble`."""

    def __init__(self, notes: Notes, name: str, every: float) -> None:
        self._notes, self._key, self._every = notes, f"pace:{name}", every
        self._queue = asyncio.Lock()

    async def turn(self) -> None:
        """Wait until it is our turn."""
        async with self._queue:
            while left := await self._notes.claim(self._key, self._every):
                await asyncio.sleep(left)

    async def rest(self, seconds: float) -> None:
        """Nobody has a turn for so long."""
        await self._notes.release(self._key)
        await self._notes.claim(self._key, seconds)


def lucene(wanted: Wanted) -> str:
    """The query in MusicBrainz' language, in which nothing of a viewer's words means anything."""
    if wanted.artist:
        one, other = _terms(wanted.artist), _terms(wanted.title)
        return f"(artist:({one}) AND recording:({other})) OR (artist:({other}) AND recording:({one}))"
    words = _terms(wanted.words)
    return f"recording:({words}) OR artist:({words})"


def _terms(words: str) -> str:
    """Plain words: what is a sign to Lucene is escaped, what is an operator is written small."""
    plain = " ".join(visible(words).split())
    return _SPECIAL.sub(lambda sign: "".join(f"\\{char}" for char in sign[0]), _lower_operators(plain))


def _lower_operators(words: str) -> str:
    return _WORDS.sub(lambda operator: operator[0].lower(), words)


def _song(recording: _Recording) -> Song:
    year = recording.first_release[:4]
    return Song(
        artist=visible("".join(credit.name + credit.joinphrase for credit in recording.credit)),
        title=visible(recording.title),
        year=int(year) if year.isdecimal() and len(year) == 4 else None,
        seconds=round(recording.length / 1000) if recording.length else None,
        id=recording.id,
        source=SOURCE,
    )
