"""Remembers what games were found: in memory, and in a database that all processes share."""

from collections import Counter, OrderedDict
from datetime import UTC, datetime
from typing import Any, Final, Generic, Protocol, TypeVar

import msgspec
import structlog
from msgspec import Struct

from kissbot.chat.errors import Trouble
from kissbot.chat.ports import Clock
from kissbot.features.games import Figures
from kissbot.knowledge.games.game import Found, Game, Lookup, Several

DAY: Final = 86_400.0
MISS: Final = 600.0
"""Seconds for which it is believed that there is no such game."""

NOT_WHOLE: Final = 300.0
"""Seconds for which an answer is good that a source failed to contribute to."""

IN_MEMORY: Final = 2000
"""Answers; of more, those that nobody asked for the longest time are left to the database."""

NEW, OLD = 1, 5
"""Years: what is told of older games changes more and more slowly."""

T = TypeVar("T")

log = structlog.get_logger(__name__)


class Pages(Protocol):
    """Keeps bytes by key, and until when they are fresh."""

    async def get(self, key: str) -> tuple[bytes, float] | None:
        """What is kept, fresh or not."""
        ...

    def put(self, key: str, content: bytes, fresh_until: float) -> None:
        """Keep this instead of what was there; returns at once."""
        ...

    async def count(self) -> int:
        """How many there are."""
        ...


class Page(Struct, Generic[T], frozen=True):
    """Something that is remembered; `fresh_until` is in seconds since the epoch."""

    value: T
    fresh_until: float


class Cache:
    """Answers by question, and games by identity. A database in trouble is as good as an empty one."""

    def __init__(self, pages: Pages, clock: Clock) -> None:
        self._pages, self._clock = pages, clock
        self._memory: OrderedDict[str, Page[Any]] = OrderedDict()
        self._asked: Counter[str] = Counter()
        self._hits = self._lookups = 0

    async def answer(self, key: str) -> Page[Lookup] | None:
        """What was found for a question, fresh or not."""
        return await self._get(key, Lookup)  # type: ignore[arg-type]  # a union is no type to mypy

    async def game(self, key: str) -> Page[Game] | None:
        """A game."""
        return await self._get(key, Game)

    def keep_answer(self, key: str, lookup: Lookup, *, whole: bool) -> None:
        """Remember an answer; `whole`: every source contributed that was asked."""
        self._keep(key, lookup, lasts(lookup, whole=whole, now=self._clock.time()))

    def keep_game(self, key: str, game: Game, *, whole: bool) -> None:
        """Remember what is known of a game."""
        self._keep(key, game, lasts(Found(game, 1), whole=whole, now=self._clock.time()))

    def is_fresh(self, page: Page[Any]) -> bool:
        """Whether nobody need look again."""
        return self._clock.time() < page.fresh_until

    def count(self, lookup: Lookup, *, hit: bool) -> None:
        """Count an answer; `hit`: nobody had to be waited for."""
        self._lookups += 1
        self._hits += hit
        if isinstance(lookup, Found):
            self._asked[lookup.game.title] += 1

    async def figures(self) -> Figures:
        """What came of it since the start."""
        top = self._asked.most_common(1)
        return Figures(self._lookups, self._hits, await self._entries(), top[0][0] if top else "")

    async def _entries(self) -> int:
        try:
            return await self._pages.count()
        except Trouble:
            return len(self._memory)

    async def _get(self, key: str, kind: type[T]) -> Page[T] | None:
        if page := self._memory.get(key):
            self._memory.move_to_end(key)
            return page  # a key begins with what kind of thing it is for
        try:
            kept = await self._pages.get(key)
            found = Page(msgspec.json.decode(kept[0], type=kind), kept[1]) if kept else None
        except (Trouble, msgspec.DecodeError) as error:
            log.warning("cache_not_read", error=str(error))
            return None
        if found:
            self._remember(key, found)
        return found

    def _keep(self, key: str, value: object, seconds: float) -> None:
        page = Page(value, self._clock.time() + seconds)
        self._remember(key, page)
        self._pages.put(key, msgspec.json.encode(value), page.fresh_until)

    def _remember(self, key: str, page: Page[Any]) -> None:
        self._memory[key] = page
        self._memory.move_to_end(key)
        if len(self._memory) > IN_MEMORY:
            self._memory.popitem(last=False)


def lasts(lookup: Lookup, *, whole: bool, now: float) -> float:
    """The seconds for which an answer is fresh; `whole`: every source contributed that was asked."""
    match lookup:
        case Found(game):
            seconds = _game_lasts(game, now)
        case Several():
            seconds = DAY
        case _:
            seconds = MISS
    return seconds if whole else min(seconds, NOT_WHOLE)


def _game_lasts(game: Game, now: float) -> float:
    """What is told of a new game changes fast."""
    age = datetime.fromtimestamp(now, UTC).year - game.year if game.year else 0
    if age < NEW:
        return 7 * DAY
    return 30 * DAY if age <= OLD else 180 * DAY
