"""One look-up under way: who is asked side by side, until when, and what they told."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import structlog
from aiohttp import ClientError
from msgspec import Struct
from msgspec.structs import replace

from kissbot.chat.errors import Trouble
from kissbot.chat.tasks import Tasks
from kissbot.chat.timings import Timings
from kissbot.features.games import Outcome, Step
from kissbot.knowledge.games.game import Candidate, Game
from kissbot.knowledge.games.merge import grouped, one
from kissbot.knowledge.games.ranking import Ranking
from kissbot.providers.games.source import Local, Source
from kissbot.providers.http import SourceTrouble

NEAREST: Final = 10
"""So many games of a local source take part."""

_WELL: Final = {"answered", "nothing"}

Ask = Callable[[Source], Awaitable[Sequence[Game]]]

log = structlog.get_logger(__name__)


class _Asked(Struct, eq=False):
    """A source that was asked, and what became of it so far."""

    source: Source
    outcome: Outcome = "slow"
    games: Sequence[Game] = ()
    seconds: float = 0


class Inquiry:
    """Asks sources until a deadline, which is `seconds` from now."""

    def __init__(self, tasks: Tasks, timings: Timings, seconds: float) -> None:
        self._tasks, self._timings = tasks, timings
        self._until = asyncio.get_running_loop().time() + seconds
        self._believed: dict[Game, float] = {}
        self.told: list[Game] = []
        self.steps: list[Step] = []

    @property
    def is_whole(self) -> bool:
        """Whether everybody answered who was asked."""
        return all(step.outcome in _WELL for step in self.steps)

    def well(self, sources: Sequence[Source]) -> list[Source]:
        """Those of the sources that have answered so far."""
        ill = {step.name for step in self.steps if step.outcome not in _WELL}
        return [source for source in sources if source.name not in ill]

    async def look_at_hand(self, local: Sequence[Local], query: str, language: str) -> None:
        """Look into what needs no network. It knows far more names than were told, and is believed."""
        for source in local:
            began = time.perf_counter()
            nearest, outcome = await _nearest(source, query)
            games = {_in_one(each.game, language): each.confidence for each in nearest}
            self._believed |= games
            self.told += games
            seconds = time.perf_counter() - began
            self.steps.append(Step(source.name, seconds, outcome, len(nearest)))

    async def ask(self, sources: Sequence[Source], ask: Ask, share: float = 1) -> Sequence[Game]:
        """What they tell, asked side by side, for no longer than this share of the time that is left."""
        left = max(0.0, self._until - asyncio.get_running_loop().time()) * share
        asked = [_Asked(source) for source in sources]
        works = [self._tasks.start(self._ask_one(each, ask), each.source.name) for each in asked]
        if works:
            await asyncio.wait(works, timeout=left)
        self.steps += [
            Step(each.source.name, each.seconds or left, each.outcome, len(each.games)) for each in asked
        ]
        return [game for each in asked for game in each.games]

    def candidates(self, query: str) -> tuple[Candidate, ...]:
        """The games that were told, merged and ranked."""
        groups = {one(group): group for group in grouped(self.told)}
        is_news = len(self.told) > len(self._believed)
        ranking = Ranking(groups if is_news else ())
        ranked = {each.game: each.confidence for each in ranking.candidates(query)}
        for game, group in groups.items():
            believed = max(self._believed.get(record, 0) for record in group)
            ranked[game] = max(ranked.get(game, 0), believed)
        ordered = sorted(ranked.items(), key=lambda item: (-item[1], -item[0].popularity, item[0].name))
        return tuple(Candidate(game, confidence) for game, confidence in ordered if confidence)

    async def _ask_one(self, asked: _Asked, ask: Ask) -> None:
        """Takes as long as it takes: what comes too late still tells how a source fares."""
        began = time.perf_counter()
        try:
            asked.games = await ask(asked.source)
            asked.outcome = "answered" if asked.games else "nothing"
        except SourceTrouble as trouble:
            asked.outcome = trouble.why
            log.info("source_failed", source=asked.source.name, why=str(trouble))
        except (Trouble, ClientError, OSError) as error:  # there is no login to ask with
            asked.outcome = "refused" if isinstance(error, Trouble) else "unreachable"
            log.warning("source_failed", source=asked.source.name, why=type(error).__name__)
        except Exception as error:
            asked.outcome = "broken"
            log.error("source_broken", source=asked.source.name, exc_info=error)
        finally:
            asked.seconds = time.perf_counter() - began
            self._timings.note(asked.source.name, asked.seconds)
            self._timings.ended(asked.source.name, asked.outcome)


async def _nearest(source: Local, query: str) -> tuple[Sequence[Candidate], Outcome]:
    try:
        nearest = (await source.candidates(query))[:NEAREST]
    except Trouble as trouble:
        log.warning("source_failed", source=source.name, why=str(trouble))
        return (), "broken"
    return nearest, "answered" if nearest else "nothing"


def _in_one(game: Game, language: str) -> Game:
    """The same with one summary: those in other languages would be told by nobody."""
    spoken = language if language in game.summary else "en"
    return replace(game, summary={key: words for key, words in game.summary.items() if key == spoken})
