"""Keeps logins fresh: each is renewed once over all processes, and committed before it is used."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from random import Random, SystemRandom
from typing import Final

import aiohttp
import stamina
import structlog
from msgspec.structs import replace

from kissbot.chat.backoff import Backoff
from kissbot.chat.logins import APP, Login, Logins, how_to_log_in, whose
from kissbot.chat.ports import Clock, Notes
from kissbot.chat.tasks import Tasks
from kissbot.transports.twitch.oauth import BadLogin, OAuth, OutOfReach, Refused

LEASE: Final = 30.0
"""Seconds for which one process has a login to itself: longer than the longest call to the login service."""
LOOK_AGAIN: Final = 0.1
"""Seconds after which those who wait for another process look what became of it."""
COMMIT_WITHIN: Final = 600.0
"""Seconds for which a new pair, that is nowhere but in memory, is tried to be stored."""

MARGIN: Final = 600.0
SHARE: Final = 0.25
"""A login is renewed before it ends: by so many seconds, but never by more than this share of its life."""
PATIENCE: Final = 10.0
"""Seconds that a call waits for a renewal."""
HOUR: Final = 3600.0
"""How often Twitch wants to be asked whether a login is still good."""
AT_ONCE: Final = 5
"""How many of these questions are under way at a time."""
SHORTEST, LONGEST = 0.2, 60.0
"""Seconds between two looks at what is due."""
TOLD_FOR: Final = 365 * 86_400.0

Renewer = Callable[[str, int], Awaitable[None]]
"""Renews a slot that still holds this generation; raises what may pass."""

_FOREIGN: Final = "it was given to another application than twitch.client_id names now"

log = structlog.get_logger(__name__)


class Renewal:
    """Renews logins. Of all processes that want to, one does; the others wait for what it gets."""

    def __init__(self, logins: Logins, notes: Notes, oauth: OAuth, clock: Clock) -> None:
        self._logins, self._notes, self._oauth, self._clock = logins, notes, oauth, clock

    async def renew(self, slot: str, generation: int) -> None:
        """Replace this generation of a login (0: none yet) by the next; nothing to do when it is gone.

        A login that Twitch refuses is retired. Raises whatever else went wrong: it may pass.
        """
        lease = f"refresh:{slot}"
        while wait := await self._notes.claim(lease, LEASE):
            if await self._current(slot, generation) is None:
                return
            await asyncio.sleep(min(wait, LOOK_AGAIN))
        over_at = self._clock.time() + LEASE
        try:
            if login := await self._current(slot, generation):
                await self._replace(login)
        finally:
            if self._clock.time() < over_at:
                await self._notes.release(lease)

    async def _current(self, slot: str, generation: int) -> Login | None:
        """The login, if it is still of this generation and good."""
        login = await self._logins.get(slot)
        if login is None and slot == APP:
            login = Login(slot=APP, client_id=self._oauth.client_id, token="")
        return login if login and login.generation == generation and not login.retired else None

    async def _replace(self, login: Login) -> None:
        try:
            fresh = await self._asked_for(login)
        except Refused as refused:
            if login.slot == APP:
                raise
            await self._logins.retire(login, _why(login, refused))
            return
        nameless = not fresh.login and fresh.slot != APP
        # A login without a name counts as expired, so that whoever comes next asks for it again.
        kept = await self._commit(replace(fresh, expires_at=0) if nameless else fresh)
        if kept and nameless:
            named = await self._oauth.named(replace(kept, expires_at=fresh.expires_at))
            await self._commit(named)

    async def _asked_for(self, login: Login) -> Login:
        if login.slot == APP:
            return replace(await self._oauth.app_token(), generation=login.generation)
        if login.client_id != self._oauth.client_id:
            raise _over(replace(login, retired=_FOREIGN))
        if login.refresh_token:
            return await self._oauth.refresh(login)
        return await self._oauth.named(replace(login, expires_at=float("inf")))

    async def _commit(self, login: Login) -> Login | None:
        """Store it, however often that has to be tried: until then it is nowhere but here."""
        store = self._logins.renew if login.generation else self._logins.put
        async for attempt in stamina.retry_context(
            on=Exception,
            attempts=None,
            timeout=COMMIT_WITHIN,
            wait_initial=0.05,
            wait_max=1,
            wait_jitter=0.05,
        ):
            with attempt:
                return await store(login)
        raise AssertionError("retry_context ends by returning or raising")


@dataclass(eq=False)
class _Kept:
    """A login as this process knows it, and what is due when."""

    login: Login
    due_at: float
    check_at: float
    backoff: Backoff = field(default_factory=lambda: Backoff(SystemRandom(), first=1))
    not_before: float = 0
    trouble: str = ""
    renewing: asyncio.Task[None] | None = None

    @property
    def next_at(self) -> float:
        """When there is something to do."""
        if self.login.retired or self.renewing:
            return float("inf")
        return min(max(self.due_at, self.not_before), self.check_at)


class Tokens:
    """The logins of one process: always fresh enough to be used, and never renewed twice at once.

    Keep `run` running, and call `reload` when another process has changed something.
    """

    def __init__(
        self,
        logins: Logins,
        notes: Notes,
        oauth: OAuth,
        clock: Clock,
        tasks: Tasks,
        renewer: Renewer,
        on_retired: Callable[[Login, str], None],
    ) -> None:
        self._logins, self._notes, self._oauth, self._clock = logins, notes, oauth, clock
        self._tasks, self._renewer, self._on_retired = tasks, renewer, on_retired
        self._kept: dict[str, _Kept] = {}
        self._chance: Random = SystemRandom()
        self._few = asyncio.Semaphore(AT_ONCE)
        self._woken = asyncio.Event()

    def of(self, slot: str) -> "Slot":
        """The login of a slot, for `Helix`."""
        return Slot(self, slot)

    def latest(self, slot: str) -> Login:
        """The login of a slot as it is known here. Raises `BadLogin` when there is none."""
        login = self.known(slot)
        if login is None:
            raise _nobody(slot)
        return login

    @property
    def all_known(self) -> list[Login]:
        """Every login that this process has met."""
        return [kept.login for kept in self._kept.values()]

    def known(self, slot: str) -> Login | None:
        """The login of a slot as it is known here; None when there is none."""
        kept = self._kept.get(slot)
        return kept.login if kept else None

    async def login(self, slot: str) -> Login:
        """A login that can be used now. Raises `BadLogin`, and `OutOfReach` when there may be one later."""
        kept = self._kept.get(slot) or await self._found(slot)
        login = kept.login
        if login.retired:
            raise _over(login)
        if login.expires_at > self._clock.time():
            return login
        return await self._newer(kept, login)

    async def renewed(self, refused: Login) -> Login:
        """A login instead of one that Twitch refused with 401. Raises `BadLogin` and `OutOfReach`."""
        kept = self._kept.get(refused.slot) or await self._found(refused.slot)
        return await self._newer(kept, refused)

    async def reload(self, slots: Iterable[str] | None = None) -> None:
        """Take over what other processes have changed, in all slots or in these."""
        before = {slot: kept.login for slot, kept in self._kept.items()}
        found = {login.slot: login for login in await self._all(slots)}
        for slot in before.keys() - found.keys() if slots is None else set(slots) - found.keys():
            self._take(slot, None)
        for slot, login in found.items():
            known = self._kept.get(slot)
            if known is None or known.login is before.get(slot):  # else it was renewed in the meantime
                self._take(slot, login)
        self._woken.set()

    async def run(self) -> None:
        """Renew in time, and ask Twitch about each login at the start and every hour, until cancelled."""
        await self.reload()
        while True:
            now = self._clock.time()
            for kept in tuple(self._kept.values()):
                if kept.next_at <= now:
                    self._attend(kept, now)
            await self._rest()

    async def _rest(self) -> None:
        """Wait until something is due, or has changed."""
        due_at = min((kept.next_at for kept in self._kept.values()), default=float("inf"))
        seconds = min(max(due_at - self._clock.time(), SHORTEST), LONGEST)
        self._woken.clear()
        try:
            async with asyncio.timeout(seconds):
                await self._woken.wait()
        except TimeoutError:
            pass

    def _attend(self, kept: _Kept, now: float) -> None:
        if kept.due_at <= now:
            self._start_renewing(kept)
        else:
            kept.check_at = now + HOUR * self._chance.uniform(0.5, 1)  # spread over the hour
            self._tasks.start(self._check(kept), f"validate {kept.login.slot}")

    async def _check(self, kept: _Kept) -> None:
        """Ask Twitch whether a login is good. What it refuses is renewed; only a refusal of that is final."""
        async with self._few:
            login = kept.login
            try:
                await self._oauth.validate(login.token, login.slot)
            except Refused:
                if kept.login is login:
                    self._start_renewing(kept)
            except (BadLogin, aiohttp.ClientError, TimeoutError) as error:
                kept.check_at = self._clock.time() + LONGEST
                log.warning("login_unchecked", slot=login.slot, error=_said(error))

    def _start_renewing(self, kept: _Kept) -> None:
        """Begin to renew a login, unless that is under way, or has failed a moment ago."""
        if not kept.renewing and kept.not_before <= self._clock.time():
            kept.renewing = self._tasks.start(self._renew(kept), f"renew {kept.login.slot}")

    async def _newer(self, kept: _Kept, old: Login) -> Login:
        """Wait for another generation than `old`."""
        if kept.login.generation == old.generation and not kept.login.retired:
            self._start_renewing(kept)
            if kept.renewing:
                await asyncio.wait({kept.renewing}, timeout=PATIENCE)
        if kept.login.retired:
            raise _over(kept.login)
        if kept.login.generation != old.generation:
            return kept.login
        raise OutOfReach(f"{whose(old)} cannot be renewed right now: {kept.trouble or 'it takes too long'}")

    async def _renew(self, kept: _Kept) -> None:
        """One attempt; when it fails, the next one comes later."""
        try:
            trouble = await self._attempt(kept, kept.login)
        finally:
            kept.renewing = None
            self._woken.set()
        if trouble:
            wait = kept.backoff.next()
            kept.trouble, kept.not_before = trouble, self._clock.time() + wait
            log.warning("login_trouble", slot=kept.login.slot, error=trouble, again_in_seconds=round(wait, 1))

    async def _attempt(self, kept: _Kept, old: Login) -> str:
        """Have a login renewed, unless another process did; what went wrong. None of it costs the login."""
        trouble = "it was not renewed"
        try:
            if await self._changed(kept, old):
                return ""
            try:
                await self._renewer(old.slot, old.generation)
            except Exception as error:
                trouble = _said(error)
            return "" if await self._changed(kept, old) else trouble
        except Exception as error:
            return _said(error)

    async def _changed(self, kept: _Kept, old: Login) -> bool:
        """Read a slot again; whether it holds something else than before."""
        self._take(old.slot, await self._logins.get(old.slot))
        return kept.login.generation != old.generation or bool(kept.login.retired)

    async def _found(self, slot: str) -> _Kept:
        """What a slot holds that was not known so far. Raises `BadLogin`."""
        self._take(slot, await self._logins.get(slot))
        if slot == APP and slot not in self._kept:
            nothing_yet = Login(slot=APP, client_id=self._oauth.client_id, token="", expires_at=0)
            self._kept[APP] = _Kept(nothing_yet, due_at=float("inf"), check_at=float("inf"))
        if slot not in self._kept:
            raise _nobody(slot)
        return self._kept[slot]

    async def _all(self, slots: Iterable[str] | None) -> Iterable[Login]:
        if slots is None:
            return await self._logins.all()
        return [login for slot in slots if (login := await self._logins.get(slot))]

    def _take(self, slot: str, login: Login | None) -> None:
        """Believe what is stored in a slot."""
        kept, now = self._kept.get(slot), self._clock.time()
        if login is None:
            if kept and kept.login.generation:
                kept.login = replace(kept.login, retired="it was logged out")
            return
        foreign = login.client_id != self._oauth.client_id
        if foreign:
            login = replace(login, retired=_FOREIGN)
        if kept is None:
            self._kept[slot] = _Kept(login, _due_at(login, now), check_at=now)
        elif kept.login == login:
            return
        else:
            kept.login, kept.due_at = login, _due_at(login, now)
            kept.not_before, kept.trouble = 0, ""
            kept.backoff.reset()
        if login.retired:
            log.error("login_retired", whose=whose(login), why=login.retired, remedy=how_to_log_in(login))
            if not foreign:
                self._tasks.start(self._tell(login), f"tell of {slot}")

    async def _tell(self, login: Login) -> None:
        """Say that a login is over: one process does, once."""
        if await self._notes.claim(f"retired:{login.slot}:{login.generation}", TOLD_FOR) == 0:
            self._on_retired(login, login.retired)


class Slot:
    """One slot of `Tokens`."""

    def __init__(self, tokens: Tokens, slot: str) -> None:
        self._tokens, self._slot = tokens, slot

    @property
    def latest(self) -> Login:
        """The login as it is known now."""
        return self._tokens.latest(self._slot)

    async def login(self) -> Login:
        """A login that can be used now."""
        return await self._tokens.login(self._slot)

    async def renewed(self, refused: Login) -> Login:
        """A login instead of one that was refused."""
        return await self._tokens.renewed(refused)


def _nobody(slot: str) -> BadLogin:
    nobody = Login(slot=slot, client_id="", token="")
    return BadLogin(f"{whose(nobody)} is not there yet. Log in with: {how_to_log_in(nobody)}")


def _over(login: Login) -> BadLogin:
    return BadLogin(f"{whose(login)} cannot be used: {login.retired}. Log in with: {how_to_log_in(login)}")


def _why(login: Login, refused: Refused) -> str:
    if login.refresh_token:
        return f"Twitch refused to renew it ({refused})"
    return "it has expired or was revoked, and came without a refresh token"


def _due_at(login: Login, now: float) -> float:
    """When to renew it: some time before it ends, if it can be renewed at all."""
    if not login.refresh_token and login.slot != APP:
        return login.expires_at
    return login.expires_at - max(0, min(MARGIN, (login.expires_at - now) * SHARE))


def _said(error: Exception) -> str:
    return str(error) or type(error).__name__
