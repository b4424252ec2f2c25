"""How long to wait before a process that fell is started again, and when to give it up. No I/O."""

from msgspec import Struct


class Resilience(Struct, frozen=True):
    """When a process is started again. Seconds."""

    first: float = 0.1
    longest_after_ready: float = 1.0
    """For one that has worked: it comes back within two seconds, its start included."""
    longest: float = 30.0
    """For one that never gets ready."""
    most: int = 10
    """So many falls at the start, one after the other, and it is given up."""
    healthy_after: float = 60.0
    """One that was up for so long begins anew."""


class Falls:
    """The falls of one process."""

    def __init__(self, rules: Resilience) -> None:
        self._rules = rules
        self.at_start = 0
        """How often it fell before it was ready, one after the other."""
        self._in_a_row = 0

    def next(self, ready_for: float | None) -> float | None:
        """It fell, having been ready for so long (None: never). Seconds to wait; None: it is given up."""
        rules = self._rules
        if ready_for is not None and ready_for >= rules.healthy_after:
            self._in_a_row = 0
        self._in_a_row += 1
        self.at_start = 0 if ready_for is not None else self.at_start + 1
        if self.at_start >= rules.most:
            return None
        longest = rules.longest if ready_for is None else rules.longest_after_ready
        return min(longest, rules.first * 2.0 ** min(self._in_a_row - 1, 30))
