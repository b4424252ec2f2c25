"""Notes, logins and the trail that live as long as the process."""

from collections import defaultdict, deque

import msgspec

from kissbot.chat.leases import Lease
from kissbot.chat.logins import Login
from kissbot.chat.ports import Clock
from kissbot.chat.trail import Step

SWEEP_EVERY = 1000

KEPT = 200
"""Steps of each channel that the trail keeps."""


class MemoryNotes:
    """Claims in a dictionary; one event loop makes them atomic."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._until: dict[str, float] = {}
        self._claims_since_sweep = 0

    def __len__(self) -> int:
        return len(self._until)

    async def claim(self, key: str, seconds: float) -> float:
        """Take `key` for `seconds`, if nobody holds it: 0 when it is yours now, else the seconds left."""
        now = self._clock.time()
        left = self._until.get(key, now) - now
        if left > 0:
            return left
        self._until[key] = now + seconds
        self._sweep(now)
        return 0

    async def release(self, key: str) -> None:
        """Give a claim back before its time."""
        self._until.pop(key, None)

    async def peek(self, key: str) -> float:
        """How many seconds `key` is still held; 0 when it is free. Claims nothing."""
        return max(0.0, self._until.get(key, 0) - self._clock.time())

    async def forget(self, viewer_id: str) -> int:
        """Release every key that has the viewer's id as a part between colons; how many that were."""
        found = [key for key in self._until if viewer_id in key.split(":")]
        for key in found:
            del self._until[key]
        return len(found)

    def _sweep(self, now: float) -> None:
        """Forget what has expired, at a cost that is spread over many claims."""
        self._claims_since_sweep += 1
        if self._claims_since_sweep >= max(SWEEP_EVERY, len(self._until)):
            self._claims_since_sweep = 0
            self._until = {key: until for key, until in self._until.items() if until > now}


class MemoryLeases:
    """Leases in a dictionary."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._leases: dict[str, Lease] = {}
        self._facts: dict[str, str] = {}

    async def take(self, name: str, holder: str, seconds: float, mark: int = 0) -> bool:
        """Have a lease from now on, or have it longer; False when somebody else has it."""
        now, found = self._clock.time(), self._leases.get(name)
        if found and found.until > now and found.holder != holder:
            return False
        self._leases[name] = Lease(holder, now + seconds, mark)
        return True

    async def give(self, name: str, holder: str) -> None:
        """Give a lease back."""
        if (found := self._leases.get(name)) and found.holder == holder:
            del self._leases[name]

    async def held(self, prefix: str) -> dict[str, Lease]:
        """The leases that somebody has, by what follows the prefix."""
        now = self._clock.time()
        return {
            name.removeprefix(prefix): lease
            for name, lease in self._leases.items()
            if name.startswith(prefix) and lease.until > now
        }

    async def fact(self, name: str) -> str:
        """What was written under a name."""
        return self._facts.get(name, "")

    async def write(self, name: str, value: str) -> None:
        """Write a fact."""
        self._facts[name] = value


class MemoryLogins:
    """Logins in a dictionary."""

    def __init__(self) -> None:
        self._by_slot: dict[str, Login] = {}
        self._highest: dict[str, int] = {}

    async def all(self) -> tuple[Login, ...]:
        """Every login there is, by slot."""
        return tuple(login for _, login in sorted(self._by_slot.items()))

    async def get(self, slot: str) -> Login | None:
        """The login of a slot."""
        return self._by_slot.get(slot)

    async def put(self, login: Login) -> Login:
        """Fill a slot; the login with its new generation."""
        generation = self._highest[login.slot] = self._highest.get(login.slot, 0) + 1
        filled = msgspec.structs.replace(login, generation=generation)
        self._by_slot[login.slot] = filled
        return filled

    async def renew(self, login: Login) -> Login | None:
        """Replace the generation that `login` carries by its next; None when somebody else was faster."""
        return await self.put(msgspec.structs.replace(login, retired="")) if self._newest(login) else None

    async def retire(self, login: Login, why: str) -> bool:
        """Mark that generation as of no use; False when it is retired already, or no longer the newest."""
        newest = self._newest(login)
        if newest is None or newest.retired:
            return False
        self._by_slot[login.slot] = msgspec.structs.replace(newest, retired=why)
        return True

    async def remove(self, slot: str) -> bool:
        """Empty a slot; False when it was empty."""
        return self._by_slot.pop(slot, None) is not None

    def _newest(self, login: Login) -> Login | None:
        found = self._by_slot.get(login.slot)
        return found if found and found.generation == login.generation else None


class MemoryTrail:
    """The latest steps of each channel."""

    def __init__(self) -> None:
        self._steps: defaultdict[str, deque[Step]] = defaultdict(lambda: deque(maxlen=KEPT))

    def note(self, step: Step) -> None:
        """Take a step."""
        self._steps[step.channel_id].appendleft(step)

    async def latest(self, channel_id: str, limit: int = 50) -> list[Step]:
        """The latest steps of a channel, newest first."""
        return list(self._steps.get(channel_id, ()))[:limit]
