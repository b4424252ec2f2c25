"""Helix's rate limit as Twitch reports it: a bucket of points per token. Times in, waits out.

Source: Twitch API guide, "Twitch rate limits": headers Ratelimit-Limit, -Remaining, -Reset.
"""

from collections.abc import Mapping


class PointsBucket:
    """Counts down between answers, and believes each answer's headers."""

    def __init__(self) -> None:
        self._remaining = 1
        self._full_at = 0.0

    def take(self, now: float) -> float:
        """Spend a point; seconds to wait first (0 when there is one). `now` is epoch seconds."""
        if self._remaining > 0 or now >= self._full_at:
            self._remaining -= 1
            return 0.0
        return self._full_at - now

    def learn(self, headers: Mapping[str, str], now: float) -> None:
        """Read the headers of an answer; missing or strange ones change nothing."""
        try:
            remaining, full_at = int(headers["Ratelimit-Remaining"]), int(headers["Ratelimit-Reset"])
        except (KeyError, ValueError):
            self._remaining = max(self._remaining, 1)
            return
        self._remaining = remaining
        self._full_at = min(full_at, now + 60)
