"""What may not be done again too soon. The time is passed in."""

from kissbot.sandbox.answers import Refused


class Pauses:
    """When each thing was done last."""

    def __init__(self) -> None:
        self._done_at: dict[tuple[str, ...], float] = {}

    def once(self, what: tuple[str, ...], seconds: float, now: float) -> None:
        """Note that something is done. Raises `Refused` when it was done too short a time ago."""
        if now - self._done_at.get(what, float("-inf")) < seconds:
            raise Refused(429, "Too Many Requests")
        self._done_at[what] = now
