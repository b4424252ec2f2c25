"""Helix's rate limit as Twitch reports it: a bucket of points per token. Times in, waits out.

Source: Twitch API guide, "Twitch rate limits": headers Ratelimit-Limit, -Remaining, -Reset.
"""

from collections.abc import Mapping


class PointsBucket:
    """Counts down between answers, believes each answer's headers, and refills as a bucket does."""

    def __init__(self) -> None:
        self._left, self._at = 1.0, 0.0
        self._per_second = 0.0
        self._full_at = 0.0

    def take(self, now: float) -> float:
        """Spend a point; seconds to wait first (0 when there is one). `now` is epoch seconds."""
        if wait := self.wait(now):
            return wait
        self._left -= 1
        return 0.0

    def wait(self, now: float, reserve: int = 0) -> float:
        """Seconds until there is a point besides so many that are left for more important calls."""
        lacking = 1 + reserve - self._level(now)
        if lacking <= 0 or now >= self._full_at:
            return 0.0
        refilled_in = lacking / self._per_second if self._per_second else float("inf")
        return min(self._full_at - now, refilled_in)

    def learn(self, headers: Mapping[str, str], now: float) -> None:
        """Read the headers of an answer; missing or strange ones change nothing."""
        try:
            remaining, full_at = int(headers["Ratelimit-Remaining"]), int(headers["Ratelimit-Reset"])
        except (KeyError, ValueError):
            self._left = max(self._left, 1)
            return
        self._left, self._at = remaining, now
        self._full_at = min(full_at, now + 60)
        limit = headers.get("Ratelimit-Limit", "")
        known = limit.isdecimal() and limit.isascii() and len(limit) < 7
        self._per_second = int(limit) / 60 if known else 0.0

    def _level(self, now: float) -> float:
        """What should be in it now."""
        return self._left + max(0.0, now - self._at) * self._per_second
