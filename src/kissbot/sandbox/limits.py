"""How often an account may chat and a token may call. Counts and decides; the time is passed in."""

from collections import Counter, defaultdict, deque
from collections.abc import Iterator
from math import ceil
from typing import Final

from msgspec import Struct

CALLS_PER_MINUTE: Final = 800
SENDS_PER_MINUTE: Final = 2_000
"""Sending chat lines has points of its own."""
WINDOW: Final = 30.0
LINES: Final = 20
LINES_PRIVILEGED: Final = 100
GAP: Final = 1.0
"""Seconds between two lines in a channel, without privileges."""
PENALTY: Final = 3600.0
FEW_TEXTS: Final = 1_000
"""How many texts are remembered before the old ones are looked for."""
INSTANT: Final = 1e-6
"""Seconds by which the difference of two times of day may be wrong."""


class Allowance(Struct, frozen=True):
    """What is left in a bucket after a call, or that the call was one too many."""

    limit: int
    remaining: int
    reset: int
    """The second since the epoch at which the bucket is full again."""
    spent: bool = True

    @property
    def headers(self) -> dict[str, str]:
        """As the API tells it."""
        return {
            "Ratelimit-Limit": str(self.limit),
            "Ratelimit-Remaining": str(self.remaining),
            "Ratelimit-Reset": str(self.reset),
        }


class Points:
    """Buckets that refill steadily: one for each token or user, every call takes a point."""

    def __init__(self, per_minute: int) -> None:
        self._limit = per_minute
        self._levels: dict[str, tuple[float, float]] = {}

    def spend(self, bucket: str, now: float) -> Allowance:
        """Take a point if there is one."""
        level, at = self._levels.get(bucket, (float(self._limit), now))
        level = min(self._limit, level + (now - at) * self._limit / 60)
        spent = level >= 1
        level -= spent
        self._levels[bucket] = level, now
        full_at = ceil(now + (self._limit - level) * 60 / self._limit)
        return Allowance(self._limit, int(level), full_at, spent)


class ChatLimits:
    """The rules for sending. When they are not enforced, what breaks them is only counted."""

    def __init__(self, enforced: bool = True) -> None:
        self.enforced = enforced
        self.violations: Counter[str] = Counter()
        self._sent: defaultdict[str, deque[float]] = defaultdict(deque)
        self._last: dict[tuple[str, str], float] = {}
        self._texts: dict[tuple[str, str, str], float] = {}
        self._most_texts = FEW_TEXTS
        self._ignored_until: dict[str, float] = {}

    def judge(self, account: str, channel: str, text: str, privileged: bool, now: float) -> str:
        """The drop code for a line, or nothing when it goes out."""
        if not privileged and self.ignored(account, now):
            return "msg_ratelimit"
        broken = [*self._too_fast(account, channel, privileged, now)]
        self.violations.update(broken)
        if broken and self.enforced:
            self._ignored_until[account] = now + PENALTY
            return "msg_ratelimit"
        if not privileged and self._repeated(account, channel, text, now):
            self.violations["duplicate"] += 1
            if self.enforced:
                return "msg_duplicate"
        self._note(account, channel, text, now)
        return ""

    def ignored(self, account: str, now: float) -> bool:
        """Whether the account serves the penalty."""
        return now < self._ignored_until.get(account, 0)

    def _too_fast(self, account: str, channel: str, privileged: bool, now: float) -> Iterator[str]:
        """Each limit that this line breaks."""
        sent = self._sent[account]
        while sent and not _within(WINDOW, sent[0], now):
            sent.popleft()
        if len(sent) >= (LINES_PRIVILEGED if privileged else LINES):
            yield "account"
        if not privileged and _within(GAP, self._last.get((account, channel)), now):
            yield "channel"

    def _repeated(self, account: str, channel: str, text: str, now: float) -> bool:
        return _within(WINDOW, self._texts.get((account, channel, text)), now)

    def _note(self, account: str, channel: str, text: str, now: float) -> None:
        self._sent[account].append(now)
        self._last[account, channel] = now
        if len(self._texts) > self._most_texts:
            self._texts = {key: at for key, at in self._texts.items() if _within(WINDOW, at, now)}
            self._most_texts = 2 * len(self._texts) + FEW_TEXTS
        self._texts[account, channel, text] = now


def _within(seconds: float, before: float | None, now: float) -> bool:
    """Whether something was less than so many seconds ago: exactly as many are enough."""
    return before is not None and now - before < seconds - INSTANT
