"""The bus inside one process. It encodes too: what cannot travel fails on the laptop."""

from collections.abc import Callable
from typing import TypeVar

from msgspec import msgpack

from kissbot.bus.delivery import Delivery

T = TypeVar("T")


class MemoryBus:
    """Delivers at once, in the order of publishing."""

    def __init__(self) -> None:
        self._delivery = Delivery()
        self._encode = msgpack.Encoder().encode
        self._decode: dict[type, Callable[[bytes], object]] = {}

    def publish(self, value: object, key: str) -> None:
        """Deliver to this process; `key` has no meaning where there is one process only."""
        kind = type(value)
        decode = self._decode.get(kind)
        if decode is None:
            decode = self._decode[kind] = msgpack.Decoder(kind).decode
        self._delivery.deliver(decode(self._encode(value)))

    def subscribe(self, kind: type[T], receiver: Callable[[T], None]) -> None:
        """Have `receiver` called with every value of `kind`; it must return at once."""
        self._delivery.subscribe(kind, receiver)
