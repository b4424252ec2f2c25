"""Who sends to which shard: a fair share for each process, and what one of them does about its own. Pure."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Final

from msgspec import Struct

from kissbot.chat.leases import Lease, Leases

LEASE: Final = 6.0
"""Seconds for which a process has a shard unless it renews that: so long is a dead one waited for."""

RENEW: Final = 1.5
"""Seconds between two renewals."""

ATTACHED: Final = 1
"""The mark of a shard to which Twitch sends."""


def _still_there(holder: str) -> bool:
    return False


@dataclass(frozen=True)
class Shared:
    """What every process that hears through the conduit shares."""

    leases: Leases
    shards: int
    """In all processes together."""
    holder: str
    """The name of this process among them."""
    is_gone: Callable[[str], bool] = _still_there
    """Whether the process of that name certainly runs no more."""


class Moves(Struct, frozen=True):
    """What a process does next."""

    take: tuple[int, ...] = ()
    """Shards that nobody has."""
    give: tuple[int, ...] = ()
    """Its own that others should have; it goes on reading them until those do."""
    leave: tuple[int, ...] = ()
    """Those that it may stop to read."""


def moves(
    me: str, members: Collection[str], shards: int, leases: Mapping[int, Lease], reading: Collection[int]
) -> Moves:
    """What is due, given who is there and who has which shard, and which of them are read here."""
    mine = sorted(shard for shard, lease in leases.items() if lease.holder == me)
    share = fair_share(me, members, shards)
    free = [shard for shard in range(shards) if shard not in leases]
    surplus = [shard for shard in mine if shard >= shards]
    kept = [shard for shard in mine if shard < shards]
    return Moves(
        take=tuple(free[: max(0, share - len(kept))]),
        give=(*kept[share:], *surplus),
        leave=tuple(shard for shard in reading if shard not in mine and _is_served(shard, shards, leases)),
    )


def fair_share(me: str, members: Collection[str], shards: int) -> int:
    """How many shards a process should have; the first by name have one more where they do not divide."""
    everybody = sorted({me, *members})
    each, over = divmod(shards, len(everybody))
    return each + (everybody.index(me) < over)


def _is_served(shard: int, shards: int, leases: Mapping[int, Lease]) -> bool:
    """Whether somebody else reads it, or nobody needs to."""
    return shard >= shards or (shard in leases and leases[shard].mark == ATTACHED)
