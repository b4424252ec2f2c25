"""A storm: faults at moments that follow from a seed, and nothing else. The same seed is the same storm."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Any, Final

from msgspec import Struct

CALM: Final = 5.0
"""Seconds at the end in which nothing goes wrong any more, so that everything can settle."""

EVERY: Final = 0.8
"""Seconds between two faults, on average."""

SENDS: Final = "/chat/messages"

Details = dict[str, Any]
Maker = Callable[[Random], Details]


def _some(chance: Random, most: int) -> int:
    return chance.randint(1, most)


def _shard(chance: Random) -> str:
    return chance.choice(("0", "1"))


MAKERS: Final[tuple[tuple[int, Maker], ...]] = (
    (6, lambda chance: {"kind": "drop", "shard": _shard(chance)}),
    (3, lambda chance: {"kind": "drop"}),
    (2, lambda chance: {"kind": "close", "code": chance.choice((4000, 4005, 4006)), "shard": _shard(chance)}),
    (4, lambda chance: {"kind": "reconnect", "shard": _shard(chance)}),
    (1, lambda chance: {"kind": "reconnect"}),
    (3, lambda chance: {"kind": "shard_loss", "shard": _shard(chance)}),
    (6, lambda chance: {"kind": "duplicate", "count": _some(chance, 200)}),
    (6, lambda chance: {"kind": "duplicate", "count": _some(chance, 200), "same_id": False}),
    (3, lambda chance: {"kind": "delay", "seconds": chance.uniform(0.05, 0.5), "count": _some(chance, 50)}),
    (3, lambda chance: {"kind": "refuse", "status": 429, "path": SENDS, "count": _some(chance, 3)}),
    (3, lambda chance: {"kind": "refuse", "status": chance.choice((500, 503)), "count": _some(chance, 3)}),
    (2, lambda chance: {"kind": "refuse", "status": 429, "path": "/shards"}),
    (2, lambda chance: {"kind": "refuse", "status": 503, "path": "/streams", "count": _some(chance, 2)}),
    (4, lambda chance: {"kind": "slow", "seconds": chance.uniform(0.1, 2), "count": _some(chance, 5)}),
    (3, lambda chance: {"kind": "hangup", "count": _some(chance, 2)}),
    (2, lambda chance: {"kind": "hangup", "path": SENDS}),
    (3, lambda chance: {"kind": "lost_answer", "path": SENDS}),
    (1, lambda chance: {"kind": "lost_answer"}),
    (2, lambda chance: {"kind": "drop_reason", "code": chance.choice(("msg_rejected", "msg_slowmode"))}),
    (2, lambda chance: {"kind": "revoke", "status": "version_removed", "type": "stream.online"}),
)
"""How often each is chosen, and what it is then."""


class Storm(Struct, frozen=True):
    """What goes wrong when."""

    seed: int
    seconds: float
    faults: tuple[tuple[float, Details], ...]
    """Seconds from the beginning, and a fault as `POST /control/fault` takes it."""

    @property
    def counts(self) -> Mapping[str, int]:
        """How many of each kind."""
        return Counter(fault["kind"] for _, fault in self.faults)


def storm(seed: int, seconds: float, channels: Sequence[str] = (), *, shards: bool = True) -> Storm:
    """The storm of a seed; with channels, single ones lose their subscriptions, too.

    Without shards, what would strike one of them strikes every socket.
    """
    chance = Random(seed)  # noqa: S311 (it is to be the same each time)
    makers = [*MAKERS]
    if channels:
        makers.append((3, lambda chance: {"kind": "revoke", "channel": chance.choice(channels)}))
    weights, acts = [weight for weight, _ in makers], [maker for _, maker in makers]
    faults: list[tuple[float, Details]] = []
    at = chance.expovariate(1 / EVERY)
    while at < seconds - CALM:
        fault = chance.choices(acts, weights)[0](chance)
        faults.append((at, fault if shards else {key: fault[key] for key in fault if key != "shard"}))
        at += chance.expovariate(1 / EVERY)
    return Storm(seed, seconds, tuple(faults))


async def blow(clouds: Storm, strike: Callable[[Details], object]) -> None:
    """Let a storm happen; at its end everything that is still in force is over."""
    began = time.perf_counter()
    for at, fault in clouds.faults:
        await asyncio.sleep(max(0, began + at - time.perf_counter()))
        strike(dict(fault))
    await asyncio.sleep(max(0, began + clouds.seconds - CALM - time.perf_counter()))
    strike({"kind": "clear"})
