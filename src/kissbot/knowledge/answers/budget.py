"""What channels and viewers may ask of models: requests and tokens, by the hour and by the day. Pure.

An hour is one of the clock (UTC), and a day is the latest 24 of them: a few numbers for each hour are enough,
and those of several processes can simply be added.
"""

from collections.abc import Iterable, Iterator
from typing import Final, Literal, Protocol

from msgspec import Struct

HOUR: Final = 3600.0
HOURS: Final = 24
"""In a day; what is older is forgotten."""

Measure = Literal["requests", "tokens"]
Period = Literal["hour", "day"]
Whose = Literal["channel", "viewer"]


class Allowance(Struct, frozen=True):
    """How much there is for one channel, or for one viewer in it; 0: as much as they like."""

    requests_an_hour: int = 0
    tokens_an_hour: int = 0
    requests_a_day: int = 0
    tokens_a_day: int = 0

    def limits(self) -> Iterator[tuple[Measure, Period, int]]:
        """Those that there are."""
        every: tuple[tuple[Measure, Period, int], ...] = (
            ("requests", "hour", self.requests_an_hour),
            ("tokens", "hour", self.tokens_an_hour),
            ("requests", "day", self.requests_a_day),
            ("tokens", "day", self.tokens_a_day),
        )
        return (each for each in every if each[2])


class Spending(Struct, frozen=True):
    """What was spent in one hour: by a viewer, or by a whole channel."""

    channel_id: str
    viewer_id: str
    """Empty: all of the channel."""
    hour: int
    """Since the epoch."""
    requests: int = 0
    tokens: int = 0


class Exhausted(Struct, frozen=True):
    """Why nothing more may be asked for a while."""

    whose: Whose
    measure: Measure
    period: Period
    again_at: float
    """When there is something left again: seconds since the epoch."""


class Left(Struct, frozen=True):
    """What is left of one limit."""

    measure: Measure
    period: Period
    left: int
    limit: int


_Hours = dict[int, Spending]


class Budget:
    """Counts what is spent. Times are seconds since the epoch; what is a day old is forgotten."""

    def __init__(self, channel: Allowance, viewer: Allowance, kept: Iterable[Spending] = ()) -> None:
        self._channel, self._viewer = channel, viewer
        self._spent: dict[tuple[str, str], _Hours] = {}
        self._swept = 0
        for each in kept:
            self._add(each)

    def __len__(self) -> int:
        return len(self._spent)

    def admits(self, channel_id: str, viewer_id: str, now: float) -> Exhausted | None:
        """None when one more may be asked: then spend a request at once, and tokens when they are known."""
        return self._check("channel", (channel_id, ""), now) or self._check(
            "viewer", (channel_id, viewer_id), now
        )

    def _check(self, whose: Whose, key: tuple[str, str], now: float) -> Exhausted | None:
        hour, allowance = _hour(now), self._channel if whose == "channel" else self._viewer
        for measure, period, limit in allowance.limits():
            if self._total(key, measure, period, hour) >= limit:
                return Exhausted(whose, measure, period, self._again(key, measure, period, limit, hour))
        return None

    def spend(
        self, channel_id: str, viewer_id: str, now: float, requests: int = 0, tokens: int = 0
    ) -> tuple[Spending, Spending]:
        """Take note of what is spent; the same for the store, of the channel and of the viewer."""
        hour = _hour(now)
        self._sweep(hour)
        of_channel = Spending(channel_id, "", hour, requests, tokens)
        of_viewer = Spending(channel_id, viewer_id, hour, requests, tokens)
        for each in (of_channel, of_viewer):
            self._add(each)
        return of_channel, of_viewer

    def left(self, channel_id: str, now: float) -> list[Left]:
        """What a channel has left of each of its limits."""
        key, hour = (channel_id, ""), _hour(now)
        return [
            Left(measure, period, max(0, limit - self._total(key, measure, period, hour)), limit)
            for measure, period, limit in self._channel.limits()
        ]

    def forget(self, viewer_id: str) -> None:
        """Forget a viewer; the channels' numbers stay."""
        for key in [key for key in self._spent if key[1] == viewer_id]:
            del self._spent[key]

    def _add(self, spent: Spending) -> None:
        hours = self._spent.setdefault((spent.channel_id, spent.viewer_id), {})
        hours[spent.hour] = together(hours[spent.hour], spent) if spent.hour in hours else spent

    def _total(self, key: tuple[str, str], measure: Measure, period: Period, hour: int) -> int:
        first = hour if period == "hour" else hour - HOURS + 1
        return sum(_of(spent, measure) for at, spent in self._spent.get(key, {}).items() if at >= first)

    def _again(self, key: tuple[str, str], measure: Measure, period: Period, limit: int, hour: int) -> float:
        """When the oldest hours that are too much are no longer counted."""
        if period == "hour":
            return (hour + 1) * HOUR
        total = self._total(key, measure, period, hour)
        for at, spent in sorted(self._spent.get(key, {}).items()):
            if at > hour - HOURS:
                total -= _of(spent, measure)
                if total < limit:
                    return (at + HOURS) * HOUR
        return (hour + HOURS) * HOUR

    def _sweep(self, hour: int) -> None:
        """Once an hour, forget what is a day old."""
        if hour == self._swept:
            return
        self._swept = hour
        for key, hours in list(self._spent.items()):
            self._spent[key] = {at: spent for at, spent in hours.items() if at > hour - HOURS}
            if not self._spent[key]:
                del self._spent[key]


def together(one: Spending, other: Spending) -> Spending:
    """Both, of the same hour, in one."""
    requests, tokens = one.requests + other.requests, one.tokens + other.tokens
    return Spending(one.channel_id, one.viewer_id, one.hour, requests, tokens)


def first_hour(now: float) -> int:
    """The oldest hour that still counts."""
    return _hour(now) - HOURS + 1


def _hour(now: float) -> int:
    return int(now // HOUR)


def _of(spent: Spending, measure: Measure) -> int:
    return spent.requests if measure == "requests" else spent.tokens


class Spendings(Protocol):
    """What was spent: for every process, and the next start."""

    async def since(self, hour: int) -> list[Spending]:
        """What was spent in this hour and later; what was noted a moment ago included."""
        ...

    def note(self, spent: Spending) -> None:
        """Add this to what is kept; returns at once."""
        ...
