"""How often a source may be asked, and when it had better be left alone: times go in, values come out."""

from collections import deque


class Pace:
    """At most `count` requests begin within any `seconds`."""

    def __init__(self, count: int, seconds: float) -> None:
        self._seconds = seconds
        self._begun: deque[float] = deque(maxlen=count)

    def wait(self, now: float) -> float:
        """The seconds until one more may begin."""
        if len(self._begun) < (self._begun.maxlen or 0):
            return 0.0
        return max(0.0, self._begun[0] + self._seconds - now)

    def take(self, now: float) -> float:
        """Begin one more after the seconds that are returned: nobody else gets that place."""
        wait = self.wait(now)
        self._begun.append(now + wait)
        return wait


class Breaker:
    """Leaves a source alone that failed `allowed` times in a row, and then sends one request ahead."""

    def __init__(self, allowed: int = 4, rest: float = 20.0, longest: float = 300.0) -> None:
        self._allowed, self._rest, self._longest = allowed, rest, longest
        self._failures = self._rests = 0
        self._until = 0.0
        self._is_trying = False

    def admits(self, now: float) -> bool:
        """Whether a request may be sent; then tell what became of it."""
        if now < self._until or self._is_trying:
            return False
        self._is_trying = self._rests > 0
        return True

    def left(self, now: float) -> float:
        """The seconds of rest that are left."""
        return max(0.0, self._until - now)

    def succeeded(self) -> None:
        """The source is well."""
        self._failures = self._rests = 0
        self._is_trying = False

    def woken(self) -> None:
        """The source was seen to be well again: its rest is over."""
        self.succeeded()
        self._until = 0.0

    def failed(self, now: float, wait: float = 0.0) -> None:
        """The source is not well; `wait`: the seconds for which it asked to be left alone."""
        self._is_trying = False
        self._failures += 1
        if self._rests or self._failures >= self._allowed:
            wait = max(wait, self._rest * 2**self._rests)
        if wait:
            self._rests += 1
            self._until = now + min(wait, self._longest)

    def gave_up(self) -> None:
        """Nobody waited for what would have become of it."""
        self._is_trying = False
