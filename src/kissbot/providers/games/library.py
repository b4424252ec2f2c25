"""Everything that is known of games: many sources, asked side by side, and one answer that is remembered."""

import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from msgspec.structs import replace

from kissbot.chat.errors import Unavailable
from kissbot.chat.messages import Channel
from kissbot.chat.tasks import Tasks
from kissbot.chat.texts import text
from kissbot.chat.timings import Timings
from kissbot.features.games import Figures, Outcome, Step, Trace
from kissbot.knowledge.games.game import Found, Game, Ids, Lookup, NothingClose
from kissbot.knowledge.games.merge import identity, joined, merged
from kissbot.knowledge.games.names import normal
from kissbot.knowledge.games.ranking import decide
from kissbot.providers.flights import Flights
from kissbot.providers.games.cache import Cache
from kissbot.providers.games.inquiry import Inquiry
from kissbot.providers.games.source import Local, Source
from kissbot.providers.remembering import Page

DEADLINE: Final = 2.5
"""Seconds for a whole look-up."""

SEARCH_SHARE: Final = 0.6
"""Of the time that is left: what a search takes at most, as details have to follow."""

BY_NAME: Final = 0.98
"""How sure it is that a category of Twitch is the only game of exactly that name."""

Look = Callable[[Inquiry], Awaitable[Lookup]]
Confirmed = Callable[[str, Channel], Awaitable[Found | None]]


class Library:
    """Knows what its sources know. `local` ones need no network, and answer whatever happens.

    `confirmed` tells what moderators have said: it wins before anybody is asked.
    """

    def __init__(
        self,
        sources: Sequence[Source],
        local: Sequence[Local],
        cache: Cache,
        tasks: Tasks,
        *,
        deadline: float = DEADLINE,
        timings: Timings | None = None,
        confirmed: Confirmed | None = None,
    ) -> None:
        self._sources, self._local, self._cache = tuple(sources), tuple(local), cache
        self._tasks, self._deadline, self._timings = tasks, deadline, timings or Timings()
        self._confirmed = confirmed
        self._flights = Flights[Lookup](tasks, "look-up")
        names = [source.name for source in self._sources] + [source.name for source in self._local]
        self._shelf = "+".join(names)
        """Part of every key: what other sources told is looked up anew when the settings change."""

    async def find(self, query: str, channel: Channel, language: str) -> Lookup:
        """Which game these words of a viewer mean. Raises `Unavailable`."""
        if self._confirmed and (found := await self._confirmed(query, channel)):
            return found
        if not normal(query):
            return NothingClose()
        key = self._key("answer", language, normal(query))
        return await self._remembered(key, lambda inquiry: self._looked_up(query, language, inquiry))

    async def category(self, name: str, igdb_id: int | None, channel: Channel, language: str) -> Found | None:
        """The game that a category of Twitch is, no other; None when nobody tells of it (now)."""
        found = await self._confirmed(name, channel) if self._confirmed else None
        if found and (igdb_id is None or found.game.ids.igdb in (None, igdb_id)):
            return found
        game = Game(name=name, ids=Ids(igdb=igdb_id))
        key = self._key("category", language, identity(game))
        lookup = await self._remembered(key, lambda inquiry: self._recognised(game, language, inquiry))
        return lookup if isinstance(lookup, Found) else None

    async def figures(self) -> Figures:
        """What came of remembering."""
        return await self._cache.figures()

    async def trace(self, query: str, channel: Channel, language: str) -> Trace:
        """Look a game up anew, whatever is remembered, and tell how that went."""
        began, inquiry = time.perf_counter(), self._inquiry()
        page = await self._cache.answer(self._key("answer", language, normal(query)))
        remembered = Step("cache", time.perf_counter() - began, self._outcome(page))
        lookup: Lookup | None = NothingClose()
        try:
            if normal(query):
                lookup = await self._looked_up(query, language, inquiry)
        except Unavailable:
            lookup = None
        return Trace((remembered, *inquiry.steps), time.perf_counter() - began, lookup)

    def _key(self, kind: str, language: str, what: str) -> str:
        return f"{kind}:{language}:{self._shelf}:{what}"

    def _inquiry(self) -> Inquiry:
        return Inquiry(self._tasks, self._timings, self._deadline)

    def _outcome(self, page: Page[Lookup] | None) -> Outcome:
        if page is None:
            return "nothing"
        return "fresh" if self._cache.is_fresh(page) else "stale"

    async def _remembered(self, key: str, look: Look) -> Lookup:
        """What is remembered, even when it is old (then it is looked up meanwhile); else what is found."""
        page = await self._cache.answer(key)
        is_fresh = page is not None and self._cache.is_fresh(page)
        if page and (is_fresh or isinstance(page.value, Found)):
            lookup = page.value
            if not is_fresh:
                self._flights.start(key, lambda: self._found(key, look))
        elif self._sources:
            lookup = await self._flights.join(key, lambda: self._found(key, look))
        else:
            lookup = await self._found(key, look)
        self._cache.count(lookup, hit=page is not None and lookup is page.value)
        return lookup

    async def _found(self, key: str, look: Look) -> Lookup:
        inquiry = self._inquiry()
        with self._timings.measured("look-up"):
            lookup = await look(inquiry)
        self._cache.keep_answer(key, lookup, whole=inquiry.is_whole)
        return lookup

    async def _looked_up(self, query: str, language: str, inquiry: Inquiry) -> Lookup:
        await inquiry.look_at_hand(self._local, query, language)
        inquiry.told += await inquiry.ask(
            self._sources, lambda source: source.search(query, language), SEARCH_SHARE
        )
        lookup = decide(inquiry.candidates(query))
        if isinstance(lookup, Found):
            return await self._completed(lookup, language, inquiry)
        if isinstance(lookup, NothingClose) and self._sources and not inquiry.well(self._sources):
            silent = ", ".join(source.name for source in self._sources)
            raise Unavailable(
                text("📚 My sources of games do not answer right now ({sources}).", sources=silent)
            )
        return lookup

    async def _recognised(self, game: Game, language: str, inquiry: Inquiry) -> Lookup:
        """The record of a category: by its id, else by its very name if only one game has that."""
        await inquiry.look_at_hand(self._local, game.name, language)
        inquiry.told += await inquiry.ask(
            self._sources, lambda source: _known(source, game, language), SEARCH_SHARE
        )
        records = merged(inquiry.told)
        for record in records:
            if game.ids.igdb and record.ids.igdb == game.ids.igdb:
                return await self._completed(Found(record, 1.0), language, inquiry)
        named = [each for each in records if normal(each.name) == normal(game.name) and not each.ids.igdb]
        if len(named) != 1:
            return NothingClose()
        record = replace(named[0], ids=replace(named[0].ids, igdb=game.ids.igdb))
        return await self._completed(Found(record, BY_NAME), language, inquiry)

    async def _completed(self, found: Found, language: str, inquiry: Inquiry) -> Found:
        """The same game with everything that the sources know of it."""
        game = await self._known_by_title(found.game, language, inquiry)
        key = self._key("game", language, identity(game))
        page = await self._cache.game(key)
        if page and self._cache.is_fresh(page):
            return replace(found, game=page.value)
        more = await inquiry.ask(inquiry.well(self._sources), lambda source: _more(source, game, language))
        game = joined(game, more)
        self._cache.keep_game(key, game, whole=inquiry.is_whole)
        return replace(found, game=game)

    async def _known_by_title(self, game: Game, language: str, inquiry: Inquiry) -> Game:
        """Sources that do not know a game by what the viewer typed may know it by its title."""
        if any(source.name in game.sources for source in self._sources):
            return game
        told = await inquiry.ask(
            inquiry.well(self._sources), lambda source: source.search(game.name, language), SEARCH_SHARE
        )
        return joined(game, told)


async def _known(source: Source, game: Game, language: str) -> Sequence[Game]:
    """What a source tells of a category: by its id, if the source goes by that, else by its name."""
    record = await source.complete(game, language) if game.ids.igdb else None
    return [record] if record else await source.search(game.name, language)


async def _more(source: Source, game: Game, language: str) -> Sequence[Game]:
    record = await source.complete(game, language)
    return [record] if record else ()
