"""Remembers what games were found, and counts how often that helped."""

from collections import Counter
from datetime import UTC, datetime
from typing import Any, Final

from kissbot.chat.ports import Clock
from kissbot.features.games import Figures
from kissbot.knowledge.games.game import Found, Game, Lookup, Several
from kissbot.providers.remembering import Memory, Page, Pages

DAY: Final = 86_400.0
MISS: Final = 600.0
"""Seconds for which it is believed that there is no such game."""

NOT_WHOLE: Final = 300.0
"""Seconds for which an answer is good that a source failed to contribute to."""

NEW, OLD = 1, 5
"""Years: what is told of older games changes more and more slowly."""


class Cache:
    """Answers by question, and games by identity."""

    def __init__(self, pages: Pages, clock: Clock) -> None:
        self._memory, self._clock = Memory(pages, clock), clock
        self._asked: Counter[str] = Counter()
        self.hits = self.lookups = 0
        """Answers since the start: those that nobody had to be waited for, and all."""

    async def answer(self, key: str) -> Page[Lookup] | None:
        """What was found for a question, fresh or not."""
        return await self._memory.get(key, Lookup)  # type: ignore[arg-type]  # a union is no type to mypy

    async def game(self, key: str) -> Page[Game] | None:
        """A game."""
        return await self._memory.get(key, Game)

    def keep_answer(self, key: str, lookup: Lookup, *, whole: bool) -> None:
        """Remember an answer; `whole`: every source contributed that was asked."""
        self._memory.keep(key, lookup, lasts(lookup, whole=whole, now=self._clock.time()))

    def keep_game(self, key: str, game: Game, *, whole: bool) -> None:
        """Remember what is known of a game."""
        self._memory.keep(key, game, lasts(Found(game, 1), whole=whole, now=self._clock.time()))

    def is_fresh(self, page: Page[Any]) -> bool:
        """Whether nobody need look again."""
        return self._memory.is_fresh(page)

    def count(self, lookup: Lookup, *, hit: bool) -> None:
        """Count an answer; `hit`: nobody had to be waited for."""
        self.lookups += 1
        self.hits += hit
        if isinstance(lookup, Found):
            self._asked[lookup.game.title] += 1

    async def figures(self) -> Figures:
        """What came of it since the start."""
        top = self._asked.most_common(1)
        return Figures(self.lookups, self.hits, await self._memory.entries(), top[0][0] if top else "")


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
