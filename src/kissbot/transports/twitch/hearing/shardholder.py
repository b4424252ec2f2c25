"""This process's shards of the conduit: their leases, their sockets, and what Twitch sends to which."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import partial
from random import Random, SystemRandom
from typing import Final, Protocol, TypeVar

import aiohttp
import structlog
from msgspec import Struct

from kissbot.chat.backoff import Backoff
from kissbot.chat.errors import Trouble
from kissbot.chat.hearing import Thread
from kissbot.chat.leases import Lease
from kissbot.chat.messages import ChatMessage
from kissbot.chat.tasks import Tasks
from kissbot.transports.twitch.hearing.connection import Connection
from kissbot.transports.twitch.hearing.desk import Desk
from kissbot.transports.twitch.hearing.eventsub import Event
from kissbot.transports.twitch.hearing.shards import ATTACHED, LEASE, RENEW, Shared, moves
from kissbot.transports.twitch.hearing.sockets import thread
from kissbot.transports.twitch.payloads import Shard, ShardDisabled

T = TypeVar("T")

TOGETHER: Final = 0.02
"""Seconds for which a shard waits for others, so that one call attaches them all."""

PATIENT: Final = 0.5
"""Seconds after which the same is asked once more beside a call that attaches: it does no harm."""

SIDE_BY_SIDE: Final = 4
"""So many of these calls may wait for their answer."""

SELDOM: Final = 1.0
"""Seconds between two attempts to attach when they fail: every one of them may be an end to being deaf."""

LAGS: Final = 5.0
"""Seconds for which Twitch's list of shards may not show what was attached."""

log = structlog.get_logger(__name__)


class Watchers(Protocol):
    """Is told what comes out of the conduit here; every method returns at once."""

    def hear(self, message: ChatMessage) -> None:
        """A line was said."""
        ...

    def take(self, connection: Connection, event: Event) -> None:
        """Something else came."""
        ...

    def shards_changed(self) -> None:
        """One was attached or lost."""
        ...

    def shards_refused(self) -> None:
        """Twitch would not attach them: the conduit may be gone."""
        ...

    def shards_deaf(self, from_at: float, why: str) -> None:
        """Nothing came from then until now, in any process."""
        ...


class _Held(Struct, eq=False):
    """A shard that is read here."""

    connection: Connection
    running: asyncio.Task[None]
    attached: str = ""
    """The session that Twitch sends to."""
    attached_at: float = 0
    why: str = ""


class Shardholder:
    """Takes and gives shards so that every process has its share, and keeps its own attached."""

    def __init__(
        self,
        http: aiohttp.ClientSession,
        url: str,
        desk: Desk,
        shared: Shared,
        watchers: Watchers,
        tasks: Tasks,
    ) -> None:
        self._http, self._url = http, url
        self._desk, self._watchers, self._tasks = desk, watchers, tasks
        self._leases, self._me = shared.leases, shared.holder
        self._shards, self._is_gone = shared.shards, shared.is_gone
        self._chance: Random = SystemRandom()
        self.hear, self.take = watchers.hear, watchers.take
        self._conduit = ""
        self._read: dict[int, _Held] = {}
        self._mine: set[int] = set()
        self._deaf_since, self._deaf_why = 0.0, ""
        self._to_attach, self._to_tend = asyncio.Event(), asyncio.Event()

    @property
    def is_up(self) -> bool:
        """Whether Twitch sends anything here."""
        return any(held.attached for held in self._read.values())

    def threads(self) -> list[Thread]:
        """What others may see of them."""
        return [
            thread(
                held.connection,
                "conduit",
                why="" if held.attached or not held.connection.session else held.why or "not attached yet",
            )
            for _, held in sorted(self._read.items())
        ]

    # Leases

    async def run(self, conduit_id: str) -> None:
        """Hold a fair share of the conduit's shards until cancelled, then give them back."""
        self._conduit = conduit_id
        attaching = self._tasks.start(self._attach_them(), "attach shards")
        try:
            while True:
                self._to_tend.clear()
                try:
                    await self._tend()
                except Trouble as trouble:
                    log.error("shards_not_shared", why=str(trouble))
                with suppress(TimeoutError):
                    async with asyncio.timeout(RENEW):
                        await self._to_tend.wait()
        finally:
            attaching.cancel()
            for shard in tuple(self._read):
                self._leave(shard)
            await self._give_all()

    async def _give_all(self) -> None:
        with suppress(Trouble, TimeoutError):
            async with asyncio.timeout(1):
                for shard in tuple(self._mine):
                    await self._leases.give(self._name(shard), self._me)
                await self._leases.give(f"{self._members}{self._me}", self._me)
        self._mine.clear()

    @property
    def _members(self) -> str:
        return f"listener:{self._conduit}:"

    def _name(self, shard: int) -> str:
        return f"shard:{self._conduit}:{shard}"

    async def _tend(self) -> None:
        """Renew what is ours, take what is free, give what is too much. Raises `StorageTrouble`."""
        await self._leases.take(f"{self._members}{self._me}", self._me, LEASE)
        for shard in tuple(self._mine):
            if not await self._leases.take(self._name(shard), self._me, LEASE, self._mark(shard)):
                self._mine.discard(shard)
        members, leases = await self._others()
        due = moves(self._me, members, self._shards, leases, tuple(self._read))
        for shard in due.take:
            await self._take(shard)
        for shard in due.give:
            self._mine.discard(shard)
            await self._leases.give(self._name(shard), self._me)
            log.info("shard_given", shard=shard)
        for shard in due.leave:
            self._leave(shard)

    def _mark(self, shard: int) -> int:
        held = self._read.get(shard)
        return ATTACHED if held and held.attached else 0

    async def _others(self) -> tuple[set[str], dict[int, Lease]]:
        """Who listens, and who has which shard; processes that are gone are not waited for."""
        members = await self._leases.held(self._members)
        leases = {int(name): lease for name, lease in (await self._leases.held(self._name_prefix)).items()}
        for member in [one for one in members if one != self._me and self._is_gone(one)]:
            await self._leases.give(f"{self._members}{member}", member)
            del members[member]
        for shard, lease in [*leases.items()]:
            if lease.holder != self._me and self._is_gone(lease.holder):
                await self._leases.give(self._name(shard), lease.holder)
                del leases[shard]
        return set(members), leases

    @property
    def _name_prefix(self) -> str:
        return f"shard:{self._conduit}:"

    async def _take(self, shard: int) -> None:
        if not await self._leases.take(self._name(shard), self._me, LEASE, self._mark(shard)):
            return
        self._mine.add(shard)
        if shard not in self._read:
            connection = Connection(self._http, self._url, f"shard {shard}", self, self._tasks)
            running = self._tasks.start(connection.run(), connection.name)
            self._read[shard] = _Held(connection, running)
        self._to_attach.set()
        log.info("shard_taken", shard=shard)

    def _leave(self, shard: int) -> None:
        self._read.pop(shard).running.cancel()
        self._watchers.shards_changed()

    # Attaching

    async def _attach_them(self) -> None:
        backoff = Backoff(self._chance, first=0.1, longest=SELDOM)
        loop = asyncio.get_running_loop()
        while True:
            await self._to_attach.wait()
            await asyncio.sleep(TOGETHER)
            self._to_attach.clear()
            todo = {
                shard: held.connection.session
                for shard, held in self._read.items()
                if shard in self._mine and held.connection.session and not held.attached
            }
            if not todo:
                continue
            if await self._attach(todo):
                backoff.reset()
            else:
                loop.call_later(backoff.next(), self._to_attach.set)

    async def _attach(self, todo: dict[int, str]) -> bool:
        """Have Twitch send to these sessions; whether it took them all."""
        try:
            problems = await _first_answer(partial(self._desk.attach, self._conduit, todo))
        except (Trouble, aiohttp.ClientError, TimeoutError) as error:
            refused = dict.fromkeys(todo, str(error) or type(error).__name__)
        else:
            refused = {
                int(one.id): f"{one.code} {one.message}".strip() for one in problems if one.id.isdecimal()
            }
        for shard, session in todo.items():
            held = self._read.get(shard)
            if held and held.connection.session == session:
                if shard in refused:
                    held.why = refused[shard]
                    log.warning("shard_not_attached", shard=shard, why=held.why)
                else:
                    self._attached(shard, held, session)
        if refused:
            self._watchers.shards_refused()
        return not refused

    def _attached(self, shard: int, held: _Held, session: str) -> None:
        held.attached, held.attached_at, held.why = session, time.time(), ""
        log.info("shard_attached", shard=shard)
        if self._deaf_since:
            self._tasks.start(self._account(self._deaf_since, self._deaf_why), "account for a gap")
            self._deaf_since = 0
        self._to_tend.set()
        self._watchers.shards_changed()

    async def _account(self, from_at: float, why: str) -> None:
        """Tell of a gap, unless another process heard meanwhile."""
        with suppress(Trouble):
            _, leases = await self._others()
            if any(lease.holder != self._me and lease.mark == ATTACHED for lease in leases.values()):
                return
        self._watchers.shards_deaf(from_at, why)

    def detached(self, told: ShardDisabled) -> None:
        """Twitch says that it sends to a shard no more; unless it means a former socket, that is mended."""
        for shard, held in self._read.items():
            if str(shard) == told.shard_id and told.transport.session_id in (None, "", held.attached):
                log.warning("shard_disabled", shard=shard, why=told.status)
                self._detach(held, told.status, time.time())

    async def compare(self, listed: Callable[[str], Awaitable[Sequence[Shard]]]) -> None:
        """See whether Twitch sends as it should; a shard that it does not know of is attached again."""
        asked_at = time.time()
        known = {shard.id: shard for shard in await listed(self._conduit)}
        for shard in self._mine & self._read.keys():
            held, found = self._read[shard], known.get(str(shard))
            if not held.attached or held.attached_at > asked_at - LAGS:
                continue
            well = found and found.status == "enabled" and found.transport.session_id == held.attached
            if not well:
                why = found.status if found else "Twitch does not list it"
                log.warning("shard_astray", shard=shard, why=why)
                self._detach(held, why, asked_at)

    def _detach(self, held: _Held, why: str, at: float) -> None:
        """Twitch does not send there; it is told to as soon as there is a socket."""
        was_up = self.is_up
        held.attached, held.why = "", why
        if was_up and not self.is_up:
            self._deaf_since, self._deaf_why = at, why
        self._to_attach.set()
        self._to_tend.set()
        self._watchers.shards_changed()

    # What becomes of the sockets

    def began(self, connection: Connection, moved: bool) -> None:
        """A session was welcomed: Twitch is told at once, unless it sends there already."""
        for held in self._reading(connection):
            if held.attached != connection.session:
                self._detach(held, "", time.time())

    def lost(self, connection: Connection, why: str, at: float) -> None:
        """A session is over."""
        for held in self._reading(connection):
            self._detach(held, why, at)

    def _reading(self, connection: Connection) -> list[_Held]:
        return [held for held in self._read.values() if held.connection is connection]


async def _first_answer(call: Callable[[], Awaitable[T]]) -> T:
    """The first answer to a call that is repeated beside itself while none comes, or its error."""
    calls: set[asyncio.Future[T]] = set()
    try:
        while True:
            if len(calls) < SIDE_BY_SIDE:
                calls.add(asyncio.ensure_future(call()))
            answered, _ = await asyncio.wait(calls, timeout=PATIENT, return_when=asyncio.FIRST_COMPLETED)
            if answered:
                return answered.pop().result()
    finally:
        for each in calls:
            each.cancel()
        await asyncio.gather(*calls, return_exceptions=True)
