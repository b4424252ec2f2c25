"""What may not be done again too soon. The time is passed in."""

from collections.abc import Mapping

from kissbot.sandbox.answers import Refused


class Pauses:
    """When each thing was done last."""

    def __init__(self) -> None:
        self._done_at: dict[tuple[str, ...], float] = {}

    def once(self, pauses: Mapping[tuple[str, ...], float], now: float) -> None:
        """Note that things are done; of each its pause in seconds.

        Raises `Refused` when one of them was done too short a time ago; then nothing is noted.
        """
        for what, seconds in pauses.items():
            if now - self._done_at.get(what, float("-inf")) < seconds:
                raise Refused(429, "Too Many Requests")
        self._done_at |= dict.fromkeys(pauses, now)
