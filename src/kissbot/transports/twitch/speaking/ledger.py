"""The ledger of an account, which all its processes share: one after the other decides what may be said."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Final, Protocol, TypeVar

from msgspec import msgpack

from kissbot.chat.lines import REPEAT_MARK
from kissbot.chat.messages import ChatMessage
from kissbot.chat.ports import Clock
from kissbot.transports.twitch.speaking.limiter import (
    REPEATS_WITHIN,
    WITHIN,
    Ledger,
    Limits,
    Settled,
    Slot,
    Wait,
    Wish,
    mark_of,
)

T = TypeVar("T")

REMEMBERED: Final = 20
"""How many texts of a channel are known as said lately, where there are no limits."""

MOST_MARKS: Final = 3
"""How many marks a line of full length has room for."""

_encode = msgpack.Encoder().encode
_decode = msgpack.Decoder(Ledger).decode


class Ledgers(Protocol):
    """Keeps a few bytes for each account, for every process of the bot."""

    async def update(self, account: str, change: Callable[[bytes | None], tuple[bytes, T]]) -> T:
        """Replace what is kept (None: nothing) by what `change` makes of it; what `change` returns besides.

        Atomic over all processes. `change` may run in another thread, and is pure but for the time.
        """
        ...


class Slots(Protocol):
    """Decides which lines may be sent now."""

    @property
    def pace(self) -> float:
        """Seconds between two lines that nobody waits for, so that they do not crowd the others."""
        ...

    async def book(self, wishes: Sequence[Wish], settled: Sequence[Settled]) -> Sequence[Slot | Wait]:
        """An answer to each wish, the most important first; `settled` became known since the last time."""
        ...


class SharedSlots:
    """One account's slots. What is granted is in the ledger before anybody is told."""

    pace: Final = 0.15  # twice as fast as an account can go on

    def __init__(self, ledgers: Ledgers, account: str, clock: Clock, limits: Limits) -> None:
        self._ledgers, self._account, self._clock, self._limits = ledgers, account, clock, limits

    async def book(self, wishes: Sequence[Wish], settled: Sequence[Settled]) -> Sequence[Slot | Wait]:
        """Decide, in one transaction."""
        return await self._ledgers.update(self._account, partial(self._book, wishes, settled))

    async def ours(self, message: ChatMessage) -> bool:
        """Whether any process of the bot said this a moment ago, where it was heard."""
        marks = frozenset(map(mark_of, _readings(message)))
        return await self._ledgers.update(self._account, partial(self._has, message.channel.id, marks))

    def _book(
        self, wishes: Sequence[Wish], settled: Iterable[Settled], content: bytes | None
    ) -> tuple[bytes, list[Slot | Wait]]:
        ledger = _decode(content) if content else Ledger()
        for one in settled:
            ledger.settle(one)
        answers = ledger.reserve(wishes, self._clock.time(), self._limits)
        return _encode(ledger), answers

    def _has(self, channel_id: str, marks: frozenset[bytes], content: bytes | None) -> tuple[bytes, bool]:
        has = bool(content) and _decode(content or b"").has(channel_id, marks, self._clock.time())
        return content or b"", has


class FreeSlots:
    """For places without limits: every line may be sent; only repeats are varied, in this process."""

    pace: Final = 0.0

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._said: dict[str, dict[str, float]] = {}

    async def book(self, wishes: Sequence[Wish], settled: Sequence[Settled]) -> Sequence[Slot | Wait]:
        """Grant everything."""
        now = self._clock.time()
        return [Slot(0, self._varied(wish, now), now + WITHIN) for wish in wishes]

    def _varied(self, wish: Wish, now: float) -> str:
        """The text; marked invisibly, so that it differs from all that the channel was told lately."""
        said = self._said.setdefault(wish.channel, {})
        marked = [wish.text + REPEAT_MARK * marks for marks in range(MOST_MARKS + 1)]
        text = next((text for text in marked if now - said.get(text, 0.0) >= REPEATS_WITHIN), marked[0])
        said.pop(text, None)
        said[text] = now
        if len(said) > REMEMBERED:
            del said[next(iter(said))]
        return text


def _readings(message: ChatMessage) -> Iterable[str]:
    """The text as it may have been sent: the platform begins a reply with the name of whom it answers."""
    yield message.text
    if message.reply_to and message.text.startswith("@"):
        yield message.text.partition(" ")[2]
