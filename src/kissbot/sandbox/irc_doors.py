"""How often an account may log in to IRC and enter rooms, and how many it may be in. The time is given."""

from collections import defaultdict, deque
from typing import Final

from kissbot.sandbox.limits import ChatLimits

JOINS: Final = 20
LOGINS: Final = 20
WINDOW: Final = 10.0
ROOMS: Final = 100


class Doors:
    """What is once too often is counted as a violation; it is let through where limits are not enforced."""

    def __init__(self, limits: ChatLimits) -> None:
        self._limits = limits
        self._joins: defaultdict[str, deque[float]] = defaultdict(deque)
        self._logins: defaultdict[str, deque[float]] = defaultdict(deque)

    def may_log_in(self, account: str, now: float) -> bool:
        """Whether an account may log in once more."""
        return self._within(self._logins[account], LOGINS, "irc_logins", now)

    def may_join(self, account: str, now: float) -> bool:
        """Whether an account may ask once more to be let into a room."""
        return self._within(self._joins[account], JOINS, "irc_joins", now)

    def has_place(self, rooms: int) -> bool:
        """Whether an account that is in so many rooms may be in another."""
        return rooms < ROOMS or self._counted("irc_rooms")

    def _within(self, times: deque[float], most: int, violation: str, now: float) -> bool:
        while times and times[0] <= now - WINDOW:
            times.popleft()
        if len(times) >= most:
            return self._counted(violation)
        times.append(now)
        return True

    def _counted(self, violation: str) -> bool:
        self._limits.violations[violation] += 1
        return not self._limits.enforced
