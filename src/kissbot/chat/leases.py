"""The port of leases: what one process at a time has, and the others may take over when it is gone."""

from typing import Protocol

from msgspec import Struct


class Lease(Struct, frozen=True):
    """What a process has for some seconds more, unless it renews that."""

    holder: str
    until: float
    """Seconds since the epoch."""
    mark: int = 0
    """Whatever the holder wants the others to know."""


class Leases(Protocol):
    """Leases and small facts that every process of the bot shares."""

    async def take(self, name: str, holder: str, seconds: float, mark: int = 0) -> bool:
        """Have a lease from now on, or have it longer; False when somebody else has it.

        Atomic: of any number who want it at once, one has it.
        """
        ...

    async def give(self, name: str, holder: str) -> None:
        """Give a lease back; one that somebody else has is nothing to worry about."""
        ...

    async def held(self, prefix: str) -> dict[str, Lease]:
        """The leases that somebody has, by what follows the prefix in their names."""
        ...

    async def fact(self, name: str) -> str:
        """What was written under a name; empty when nothing was."""
        ...

    async def write(self, name: str, value: str) -> None:
        """Write a fact."""
        ...
