"""Local delivery, written once: every bus hands the values that reach this process to it."""

from collections import defaultdict
from collections.abc import Callable
from typing import Any

import structlog

log = structlog.get_logger(__name__)


class Delivery:
    """Who in this process wants which kind of value."""

    def __init__(self) -> None:
        self._receivers: dict[type, list[Callable[[Any], None]]] = defaultdict(list)

    def subscribe(self, kind: type, receiver: Callable[[Any], None]) -> None:
        """Have `receiver` called with every value of `kind`."""
        self._receivers[kind].append(receiver)

    def deliver(self, value: object) -> None:
        """Hand on a value; a receiver that fails spoils nothing for the others."""
        for receiver in self._receivers.get(type(value), ()):
            try:
                receiver(value)
            except Exception:
                log.exception("receiver_failed", kind=type(value).__name__)
