"""`supervisor`: how the bot is divided into processes, and what each may take."""

from collections.abc import Iterator
from typing import Final, Literal

from msgspec import Struct

LEAST_MB: Final = 100.0
"""Less, and no bot can start."""

Isolation = Literal["none"]


class Supervision(Struct, kw_only=True, forbid_unknown_fields=True):
    """`supervisor`: how `kissbot up` looks after the bot."""

    isolation: Isolation = "none"
    """Which channels have a process of their own; none: one process serves them all."""
    memory_mb: float = 0
    """A process that takes more is replaced; 0: it may take whatever it likes."""


def bad_supervision(supervisor: Supervision) -> Iterator[str]:
    """Values of the right type that cannot work."""
    if supervisor.memory_mb and not supervisor.memory_mb >= LEAST_MB:
        yield f"supervisor.memory_mb: must be 0 or at least {LEAST_MB:g}."
