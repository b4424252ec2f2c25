"""Notes that live as long as the process."""

from kissbot.chat.ports import Clock

SWEEP_EVERY = 1000


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

    def _sweep(self, now: float) -> None:
        """Forget what has expired, at a cost that is spread over many claims."""
        self._claims_since_sweep += 1
        if self._claims_since_sweep >= max(SWEEP_EVERY, len(self._until)):
            self._claims_since_sweep = 0
            self._until = {key: until for key, until in self._until.items() if until > now}
