"""What can go wrong on demand: each kind of fault and how long it lasts. The time is passed in."""

from collections import Counter
from typing import Annotated, Any, Final, TypeVar, get_args

import msgspec
from msgspec import Meta, Struct

Count = Annotated[int, Meta(ge=1)]
Seconds = Annotated[float, Meta(ge=0)]


class _Fault(
    Struct, tag_field="kind", tag=str.lower, forbid_unknown_fields=True, omit_defaults=True, kw_only=True
):
    """A fault, under its kind's name."""


class Narrow(_Fault, tag=str.lower):
    """Which sockets a fault is about: one by its session's id, or those of a shard; else all."""

    socket: str = ""
    shard: str = ""

    @property
    def everywhere(self) -> bool:
        """Whether it strikes all sockets."""
        return not (self.socket or self.shard)


EVERY_SOCKET: Final = Narrow()


class Drop(Narrow):
    """Connections break, without a word."""


class Close(Narrow):
    """Sockets are closed with a code."""

    code: Annotated[int, Meta(ge=1000, le=4999)] = 4000


class Reconnect(Narrow):
    """Sessions are asked to move to a new socket."""


class ShardLoss(_Fault, tag="shard_loss"):
    """A shard (none in particular: each) is disabled although its socket stays open."""

    shard: str = ""


class IrcReconnect(_Fault, tag="irc_reconnect"):
    """Every client of IRC is asked to connect anew."""


class Unplug(_Fault):
    """Every connection breaks, and no call gets through until `plug`."""


class Plug(_Fault):
    """The end of `unplug`."""


class Clear(_Fault):
    """The end of all faults that are in force."""


class Revoke(_Fault):
    """The subscriptions, all or those of one type or channel, are taken away."""

    status: str = "authorization_revoked"
    type: str = ""
    channel: str = ""


class Silence(Narrow, kw_only=True):
    """Sockets that are open stay so, but nothing is written to them; what happens meanwhile is lost."""

    seconds: Seconds


class Duplicate(_Fault):
    """The next notifications are sent twice."""

    count: Count = 1
    same_id: bool = True
    """As the very same message; else as another one that tells the same."""


class Delay(_Fault):
    """The next notifications are held back."""

    seconds: Seconds
    count: Count = 1


class Refuse(_Fault):
    """The next calls (to one path, if given) fail with a status."""

    status: Annotated[int, Meta(ge=400, le=599)]
    path: str = ""
    count: Count = 1


class Slow(_Fault):
    """The next calls (to one path, if given) take that long."""

    seconds: Seconds
    path: str = ""
    count: Count = 1


class Hangup(_Fault):
    """The next calls (to one path, if given) get no answer: their connections break."""

    path: str = ""
    count: Count = 1


class LostAnswer(_Fault, tag="lost_answer"):
    """The next calls (to one path, if given) are done, but their connections break before the answer."""

    path: str = ""
    count: Count = 1


class DropReason(_Fault, tag="drop_reason"):
    """The next lines are accepted but not delivered."""

    code: str
    count: Count = 1


Fault = (
    Drop
    | Close
    | Reconnect
    | IrcReconnect
    | ShardLoss
    | Unplug
    | Plug
    | Clear
    | Revoke
    | Silence
    | Duplicate
    | Delay
    | Refuse
    | Slow
    | Hangup
    | LostAnswer
    | DropReason
)
Counted = Duplicate | Delay | Refuse | Slow | Hangup | LostAnswer | DropReason
Struck = TypeVar("Struck", Duplicate, Delay, Refuse, Slow, Hangup, LostAnswer, DropReason)
KINDS: Final = {fault.__struct_config__.tag: fault for fault in get_args(Fault)}


def fault_of(details: dict[str, Any]) -> Fault:
    """A fault from its details. Raises `ValueError` saying which kinds there are, or what is wrong."""
    kind = details.get("kind")
    if kind not in KINDS:
        raise ValueError(f"There is no fault {kind!r}; there are: {', '.join(map(str, KINDS))}.")
    try:
        fault: Fault = msgspec.convert(details, Fault)
    except msgspec.ValidationError as error:
        wanted = ", ".join(KINDS[kind].__struct_fields__) or "nothing else"
        raise ValueError(f"{error}. {kind!r} takes: {wanted}.") from None
    return fault


class Faults:
    """The faults in force, each used up as it strikes."""

    def __init__(self) -> None:
        self.unplugged = False
        self.refused: Counter[str] = Counter()
        """How many calls were refused, by call."""
        self._counted: list[Counted] = []
        self._silences: list[tuple[float, Silence]] = []

    def add(self, fault: Counted) -> None:
        """Put a fault in force for its next occasions."""
        self._counted.append(fault)

    def silence(self, silence: Silence, now: float) -> None:
        """Remember a silence, to report it."""
        self._silences.append((now + silence.seconds, silence))

    def clear(self) -> None:
        """Nothing is wrong any more."""
        self.unplugged = False
        self._counted.clear()
        self._silences.clear()

    @property
    def quiet(self) -> bool:
        """Whether nothing that is counted is in force."""
        return not self._counted

    def in_force(self, now: float) -> list[Fault]:
        """What is wrong at the moment."""
        silences = [silence for until, silence in self._silences if now < until]
        unplugged = [Unplug()] if self.unplugged else []
        return [*unplugged, *silences, *self._counted]

    def copy(self) -> Duplicate | None:
        """Whether to send the next notification twice."""
        return self._strike(Duplicate)

    def delay(self) -> float:
        """How long to hold back the next notification."""
        delay = self._strike(Delay)
        return delay.seconds if delay else 0

    def refusal(self, call: str) -> int:
        """The status with which the next call fails, or 0."""
        refuse = self._strike(Refuse, call)
        self.refused[call] += refuse is not None
        return refuse.status if refuse else 0

    def slowness(self, call: str) -> float:
        """How much longer the next call takes."""
        slow = self._strike(Slow, call)
        return slow.seconds if slow else 0

    def hangs_up(self, call: str) -> bool:
        """Whether the next call gets no answer."""
        return self._strike(Hangup, call) is not None

    def loses_answer(self, call: str) -> bool:
        """Whether the answer of this call gets lost."""
        return self._strike(LostAnswer, call) is not None

    def drop_code(self) -> str:
        """Why the next line is not delivered, or nothing."""
        reason = self._strike(DropReason)
        return reason.code if reason else ""

    def _strike(self, kind: type[Struck], call: str = "") -> Struck | None:
        for fault in self._counted:
            if isinstance(fault, kind) and _concerns(fault, call):
                fault.count -= 1
                if not fault.count:
                    self._counted.remove(fault)
                return fault
        return None


def _concerns(fault: Counted, call: str) -> bool:
    return not isinstance(fault, Refuse | Slow | Hangup | LostAnswer) or call.endswith(fault.path)
