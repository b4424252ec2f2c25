"""Remembers what was looked up elsewhere: in memory, and in a database that all processes share."""

from collections import OrderedDict
from typing import Any, Final, Generic, Protocol, TypeVar

import msgspec
import structlog
from msgspec import Struct

from kissbot.chat.errors import Trouble
from kissbot.chat.ports import Clock

IN_MEMORY: Final = 2000
"""Things; of more, those that nobody asked for the longest time are left to the database."""

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


class Memory:
    """Values by key. A database in trouble is as good as an empty one."""

    def __init__(self, pages: Pages, clock: Clock) -> None:
        self._pages, self._clock = pages, clock
        self._memory: OrderedDict[str, Page[Any]] = OrderedDict()

    async def get(self, key: str, kind: type[T]) -> Page[T] | None:
        """What is remembered, fresh or not. A key begins with what `kind` of thing it is for."""
        if page := self._memory.get(key):
            self._memory.move_to_end(key)
            return page
        try:
            kept = await self._pages.get(key)
            found = Page(msgspec.json.decode(kept[0], type=kind), kept[1]) if kept else None
        except (Trouble, msgspec.DecodeError) as error:
            log.warning("cache_not_read", error=str(error))
            return None
        if found:
            self._remember(key, found)
        return found

    def keep(self, key: str, value: object, seconds: float) -> None:
        """Remember a value, which is fresh for so long."""
        page = Page(value, self._clock.time() + seconds)
        self._remember(key, page)
        self._pages.put(key, msgspec.json.encode(value), page.fresh_until)

    def is_fresh(self, page: Page[Any]) -> bool:
        """Whether nobody need look again."""
        return self._clock.time() < page.fresh_until

    async def entries(self) -> int:
        """How many things are remembered."""
        try:
            return await self._pages.count()
        except Trouble:
            return len(self._memory)

    def _remember(self, key: str, page: Page[Any]) -> None:
        self._memory[key] = page
        self._memory.move_to_end(key)
        if len(self._memory) > IN_MEMORY:
            self._memory.popitem(last=False)
