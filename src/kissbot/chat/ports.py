"""What the chat needs from the outside, as small interfaces."""

from collections.abc import Callable
from typing import Protocol, TypeVar

T = TypeVar("T")


class Clock(Protocol):
    """The time of day."""

    def time(self) -> float:
        """Seconds since the epoch."""
        ...


class Notes(Protocol):
    """Small facts that every process of the bot shares."""

    async def claim(self, key: str, seconds: float) -> float:
        """Take `key` for `seconds`, if nobody holds it: 0 when it is yours now, else the seconds left.

        Atomic: of any number of simultaneous claims, one gets 0.
        """
        ...

    async def release(self, key: str) -> None:
        """Give a claim back before its time; unknown keys are nothing to worry about."""
        ...


class Bus(Protocol):
    """Carries frozen values from role to role: at least once, and in order for one key."""

    def publish(self, value: object, key: str) -> None:
        """Hand on a value of `messages`; returns at once. `key` is the channel's id."""
        ...

    def subscribe(self, kind: type[T], receiver: Callable[[T], None]) -> None:
        """Have `receiver` called with every value of `kind`; it must return at once."""
        ...
