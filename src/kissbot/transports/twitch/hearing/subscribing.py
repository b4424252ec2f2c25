"""Keeps what Twitch tells us in line with what is wanted: lists, compares, subscribes and unsubscribes."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Mapping
from contextlib import suppress
from random import Random, SystemRandom
from typing import Final, Protocol

import aiohttp
import structlog
from msgspec import Struct

from kissbot.chat.errors import Trouble
from kissbot.transports.twitch.hearing.agenda import HOUR, Agenda, Job
from kissbot.transports.twitch.hearing.desk import Desk
from kissbot.transports.twitch.hearing.kinds import KINDS, Wish
from kissbot.transports.twitch.hearing.reconcile import GRACE, Kept, View, compare
from kissbot.transports.twitch.helix import HelixError, is_passing
from kissbot.transports.twitch.oauth import BadLogin

SIDE_BY_SIDE: Final = 25
"""Subscriptions under way at once. Twitch closes a socket on which none was made within 10 seconds."""

EVERY: Final = 60.0
"""Seconds between two looks at Twitch's list."""

LATER: Final = 60.0
"""Seconds after which a limit is tried again."""

TROUBLES: Final = (HelixError, BadLogin, aiohttp.ClientError, TimeoutError)

log = structlog.get_logger(__name__)


class Address(Struct, frozen=True):
    """Where a new subscription goes."""

    place: str
    """Our own name for it."""
    session: str
    """Changes with the place's connection."""
    transport: Mapping[str, str]


class Place(Protocol):
    """Where one way's events come in."""

    @property
    def way(self) -> str:
        """Its name."""
        ...

    @property
    def addresses(self) -> Mapping[str, str]:
        """The places, by their session or conduit."""
        ...

    def address(self, load: Mapping[str, int]) -> Address | str:
        """Where one more subscription goes, given what is on each place; or why nowhere ("": not yet)."""
        ...


class Followers(Protocol):
    """Is told what became of each wish; every method returns at once."""

    def made(self, way: str, wish: Wish, subscription_id: str) -> None:
        """It is there."""
        ...

    def failed(self, way: str, wish: Wish, why: str, status: int, *, final: bool) -> None:
        """It is not, for now or until something changes. `status`: of Twitch's answer, if there was one."""
        ...

    def ended(self, way: str, wish: Wish, why: str) -> None:
        """Twitch has ended it."""
        ...

    def missing(self, way: str, wishes: Collection[Wish]) -> None:
        """Twitch does not list them although they were made."""
        ...

    def settled(self) -> None:
        """All that can be done at once is done."""
        ...


class Subscriber:
    """One for each way. Keep `run` running, and say what changes."""

    def __init__(
        self,
        desk: Desk,
        place: Place,
        bot_id: str,
        followers: Followers,
        *,
        per_second: float,
        of_others: Callable[[], Awaitable[Collection[Wish]]] | None = None,
    ) -> None:
        """`of_others`: what other processes want on the same place, which then outlives its connections."""
        self._desk, self._place, self._bot_id, self._followers = desk, place, bot_id, followers
        self._per_second, self._of_others = per_second, of_others
        self._chance: Random = SystemRandom()
        self.agenda = Agenda(self._chance)
        self._changed = asyncio.Event()
        self._look_at = float("inf")
        self._is_listed = of_others is None
        """Whether what there may be from before is known."""

    @property
    def way(self) -> str:
        """Its name."""
        return self._place.way

    # What changes

    def awaken(self) -> None:
        """The place is open: go on with what was waiting for it."""
        self._changed.set()

    def want(self, wish: Wish) -> None:
        """Subscribe to it."""
        self.agenda.want(wish)
        self._look_soon(GRACE + 1)

    def unwant(self, wish: Wish) -> None:
        """End the subscription."""
        self.agenda.unwant(wish)
        self._look_soon(GRACE + 1)

    def try_again(self) -> None:
        """Something was mended."""
        self.agenda.try_again()
        self._look_soon(0)

    def begin(self) -> None:
        """A connection was made."""
        self.agenda.begin(_now())
        self._look_soon(GRACE + 1 if self._is_listed else 0)

    def lose(self, place: str) -> list[Wish]:
        """A place is gone; what was on it."""
        lost = self.agenda.lose(place)
        self._changed.set()
        return lost

    def revoked(self, subscription_id: str, why: str) -> Wish | None:
        """Twitch has ended a subscription."""
        for wish, kept in self.agenda.have.items():
            if kept.id == subscription_id:
                self.agenda.ended(wish, why, _now())
                self._changed.set()
                return wish
        self._look_soon(GRACE + 1)
        return None

    def _look_soon(self, seconds: float) -> None:
        self._look_at = min(self._look_at, _now() + seconds)
        self._changed.set()

    # The work

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            self._changed.clear()
            begun_at = _now()
            if self._look_at <= begun_at:
                await self._look()
            await self._rush()
            self._followers.settled()
            if job := self._possible(self.agenda.calm):
                await asyncio.sleep(self._chance.uniform(0.5, 1.5) / self._per_second)
                await self._do(job)
            else:
                await self._rest(begun_at)

    async def _rest(self, begun_at: float) -> None:
        """Until something is due or changes; what has become due since this round began is."""
        due_at = min(self._look_at, self.agenda.next_at(begun_at))
        with suppress(TimeoutError):
            async with asyncio.timeout(min(max(due_at - _now(), 0), EVERY)):
                await self._changed.wait()

    async def _rush(self) -> None:
        """Everything that has no time to lose, side by side."""

        async def work() -> None:
            while job := self._possible(self.agenda.urgent):
                await self._do(job)

        if self._is_listed and self.agenda.urgent(_now()):
            await asyncio.gather(*(work() for _ in range(SIDE_BY_SIDE)))

    def _possible(self, pick: Callable[[float], Job | None]) -> Job | None:
        """The next job that can be tried now; a wish for which there is no room fails until later."""
        while job := pick(_now()):
            address = self._place.address(self.agenda.load) if job.wish else None
            if job.wish is None or isinstance(address, Address):
                return job
            if not address:
                break
            self._fail(job.wish, address, 0, LATER, final=True)
        return None

    async def _do(self, job: Job) -> None:
        if job.wish is None:
            await self._unsubscribe(job.remove)
        elif job.wish in self.agenda.wanted and job.wish not in self.agenda.have:
            address = self._place.address(self.agenda.load)
            if isinstance(address, Address):
                await self._subscribe(job.wish, address)

    async def _subscribe(self, wish: Wish, address: Address) -> None:
        self.agenda.start(wish, address.place)
        version, condition = self._asked(wish, address)
        try:
            made = await self._desk.subscribe(wish.kind, version, condition, address.transport)
        except TROUBLES as error:
            if address.session in self._place.addresses:
                self._blame(wish, error)
            else:
                self.agenda.abandoned(wish)
        except BaseException:
            self.agenda.abandoned(wish)
            raise
        else:
            if address.session not in self._place.addresses:
                self.agenda.abandoned(wish)
            elif self.agenda.made(wish, Kept(made.id, address.place, _now(), made.cost)):
                self._followers.made(self._place.way, wish, made.id)

    def _asked(self, wish: Wish, address: Address) -> tuple[str, Mapping[str, str]]:
        kind = KINDS.get(wish.kind)
        if kind is None:
            return "1", {"client_id": self._desk.client_id, "conduit_id": address.session}
        return kind.version, kind.condition(wish.channel_id, self._bot_id)

    def _blame(self, wish: Wish, error: Exception) -> None:
        why, status = str(error) or type(error).__name__, error.status if isinstance(error, HelixError) else 0
        if status == 429:
            limit = _limit(str(error))
            wait = LATER if limit else max(getattr(error, "wait", 0), 0.2)
            self._fail(wish, limit or why, status, wait, final=bool(limit))
        elif is_passing(error):
            self._fail(wish, why, status, None, final=False)
        else:
            self._fail(wish, why, status, HOUR, final=True)

    def _fail(self, wish: Wish, why: str, status: int, wait: float | None, *, final: bool) -> None:
        self.agenda.failed(wish, why, _now(), wait, final=final)
        self._followers.failed(self._place.way, wish, why, status, final=final)

    async def _unsubscribe(self, subscription_id: str) -> None:
        self.agenda.start_removing(subscription_id)
        try:
            await self._desk.unsubscribe(subscription_id)
        except TROUBLES as error:
            log.warning("unsubscribing_failed", why=str(error) or type(error).__name__)
            self.agenda.removed(subscription_id, again=is_passing(error))

    # The list

    async def _look(self) -> None:
        """Compare with Twitch's list; without it, all goes on as it was believed to be."""
        self._look_at = _now() + EVERY * self._chance.uniform(0.9, 1.1)
        asked_at, judged_until = _now(), time.time() - GRACE
        try:
            listed = await self._desk.subscriptions()
            spared = await self._of_others() if self._of_others else ()
        except (*TROUBLES, Trouble) as error:
            log.warning(
                "subscriptions_not_listed", way=self._place.way, why=str(error) or type(error).__name__
            )
            self._look_at = min(self._look_at, _now() + GRACE)
            return
        finally:
            self._is_listed = True
        have, wanted = self.agenda.have, self.agenda.wanted
        view = View(self._bot_id, wanted, have, self._place.addresses, spared, judged_until)
        if any(kept.at > asked_at - GRACE for kept in have.values()):
            self._look_soon(GRACE + 1)
        verdict = compare(view, listed, asked_at)
        if verdict.missing:
            self._followers.missing(self._place.way, verdict.missing)
        for wish, status in verdict.ended.items():
            self._followers.ended(self._place.way, wish, status)
        for wish in self.agenda.believe(verdict, _now()):
            self._followers.made(self._place.way, wish, verdict.found[wish].id)


def _limit(said: str) -> str:
    """Which of Twitch's limits an answer tells of; none when it only wants to be asked more slowly."""
    said = said.lower()
    if "cost" in said:
        return "Twitch's budget for channels that granted the application nothing is used up"
    if "websocket transports" in said:
        return (
            "Twitch allows 3 WebSockets for one account, and they are taken: stop another program that "
            "listens with this account, or listen through a conduit (twitch.client_secret)"
        )
    if "per websocket" in said or "condition" in said:
        return "Twitch allows no more subscriptions of this kind"
    return ""


def _now() -> float:
    return asyncio.get_running_loop().time()
