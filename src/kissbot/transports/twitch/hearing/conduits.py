"""Hearing through a conduit with the application's login: it is found or made once, and never again."""

import asyncio
from collections.abc import Mapping
from random import Random, SystemRandom
from typing import Final, Protocol

import aiohttp
import structlog

from kissbot.chat.backoff import Backoff
from kissbot.chat.errors import Trouble
from kissbot.chat.tasks import Tasks
from kissbot.transports.twitch.hearing.desk import Desk
from kissbot.transports.twitch.hearing.shardholder import Shardholder
from kissbot.transports.twitch.hearing.shards import Shared
from kissbot.transports.twitch.hearing.subscribing import Address
from kissbot.transports.twitch.helix import is_passing
from kissbot.transports.twitch.payloads import Conduit

WAY: Final = "conduit"

CREATING: Final = 30.0
"""Seconds for which one process has the making of a conduit to itself."""

LOOK_EVERY: Final = 60.0
"""Seconds between two looks at the conduit and its shards."""

WITHOUT: Final = 10.0
"""Seconds for which a conduit is waited for before channels are heard without it."""

_REMEMBERED: Final = "conduit"
_CREATING: Final = "conduit:create"

log = structlog.get_logger(__name__)


class Followers(Protocol):
    """Is told what becomes of the conduit; every method returns at once."""

    def conduit_found(self, conduit_id: str) -> None:
        """It is there; it may be another one than before."""
        ...

    def conduit_missing(self, why: str) -> None:
        """It is not, and may not be for long."""
        ...


class ConduitWay:
    """The conduit as a place for subscriptions. Keep `run` running."""

    def __init__(
        self, desk: Desk, shared: Shared, shards: Shardholder, followers: Followers, tasks: Tasks
    ) -> None:
        self._desk, self._shared, self._followers, self._tasks = desk, shared, followers, tasks
        self.shards = shards
        self._chance: Random = SystemRandom()
        self._id = ""
        self._look = asyncio.Event()

    @property
    def way(self) -> str:
        """Its name."""
        return WAY

    @property
    def addresses(self) -> Mapping[str, str]:
        """The conduit, by its id."""
        return {self._id: WAY} if self._id else {}

    def address(self, load: Mapping[str, int]) -> Address | str:
        """The conduit, once anything comes out of it; there is always room."""
        if self._id and self.shards.is_up:
            return Address(WAY, self._id, {"method": WAY, "conduit_id": self._id})
        return ""

    def look(self) -> None:
        """Something is strange: see at once whether all is as it should be."""
        self._look.set()

    async def run(self) -> None:
        """Find the conduit and keep its shards until cancelled, whatever happens to either."""
        backoff = Backoff(self._chance, first=0.5)
        late = self._tasks.start(self._tell_if_late(), "wait for the conduit")
        while True:
            try:
                conduit = await self._found()
            except (Trouble, aiohttp.ClientError, TimeoutError) as error:
                why = str(error) or type(error).__name__
                log.warning("no_conduit", why=why)
                if not is_passing(error):
                    self._followers.conduit_missing(why)
                await asyncio.sleep(backoff.next())
                continue
            late.cancel()
            backoff.reset()
            await self._keep(conduit)
            late = self._tasks.start(self._tell_if_late(), "wait for the conduit")

    async def _tell_if_late(self) -> None:
        await asyncio.sleep(WITHOUT)
        self._followers.conduit_missing("the conduit takes too long")

    # Finding it

    async def _found(self) -> Conduit:
        """The conduit that all processes use. Raises what Twitch and the database raise."""
        conduit = await self._known()
        while conduit is None:
            if await self._shared.leases.take(_CREATING, self._shared.holder, CREATING):
                try:
                    conduit = await self._known() or await self._chosen()
                finally:
                    await self._shared.leases.give(_CREATING, self._shared.holder)
            else:
                await asyncio.sleep(0.2)
                conduit = await self._known()
        if conduit.shard_count != self._shared.shards:
            await self._desk.resize_conduit(conduit.id, self._shared.shards)
            log.info("conduit_resized", before=conduit.shard_count, shards=self._shared.shards)
        return conduit

    async def _known(self) -> Conduit | None:
        """The one that is remembered, if it is still there."""
        remembered = await self._shared.leases.fact(_REMEMBERED)
        if not remembered:
            return None
        return next((one for one in await self._desk.conduits() if one.id == remembered), None)

    async def _chosen(self) -> Conduit:
        """One that is there already, else a new one; remembered from now on."""
        listed = await self._desk.conduits()
        conduit = listed[0] if listed else await self._desk.create_conduit(self._shared.shards)
        await self._shared.leases.write(_REMEMBERED, conduit.id)
        log.info("conduit_adopted" if listed else "conduit_created", conduit=conduit.id)
        return conduit

    # Keeping it

    async def _keep(self, conduit: Conduit) -> None:
        """Hear through it until it is gone."""
        self._id = conduit.id
        holding = self._tasks.start(self.shards.run(conduit.id), "shards")
        self._followers.conduit_found(conduit.id)
        try:
            there = True
            while there:
                await self._until_next_look()
                self._look.clear()
                there = await self._is_there()
        finally:
            holding.cancel()
            self._id = ""
        log.error("conduit_gone", conduit=conduit.id)

    async def _until_next_look(self) -> None:
        try:
            async with asyncio.timeout(LOOK_EVERY * self._chance.uniform(0.9, 1.1)):
                await self._look.wait()
            await asyncio.sleep(self._chance.uniform(0.2, 0.5))  # so that strange things do not keep us busy
        except TimeoutError:
            pass

    async def _is_there(self) -> bool:
        """See whether the conduit and its shards are as they should be; a shard that is not is mended."""
        try:
            known = next((one for one in await self._desk.conduits() if one.id == self._id), None)
            if known is None:
                return False
            if known.shard_count != self._shared.shards:
                await self._desk.resize_conduit(self._id, self._shared.shards)
            await self.shards.compare(self._desk.shards)
        except (Trouble, aiohttp.ClientError, TimeoutError) as error:
            log.warning("conduit_not_seen", why=str(error) or type(error).__name__)
        return True
