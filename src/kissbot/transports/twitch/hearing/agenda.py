"""What is to be subscribed and unsubscribed next, and what has to wait. Pure: times in, jobs out."""

from collections import Counter
from collections.abc import Iterable, Mapping
from random import Random
from typing import Final

from msgspec import Struct

from kissbot.chat.backoff import Backoff
from kissbot.transports.twitch.hearing.kinds import KINDS, Wish
from kissbot.transports.twitch.hearing.reconcile import Kept, Verdict

HOUR: Final = 3600.0
"""After which even what was refused for good is asked for once more."""

ONCE_MORE: Final = 60.0
"""Seconds after which a subscription that Twitch ended is asked for again."""

FAST: Final = 10.0
"""Seconds after a connection was made in which everything is asked for at once."""

_IMPORTANT: Final = 0


class Trouble(Struct, eq=False):
    """Why a wish has not come true."""

    backoff: Backoff
    why: str = ""
    retry_at: float = 0
    final: bool = False
    """It stays so unless something changes."""


class Job(Struct, frozen=True):
    """A subscription to be made, or one to be removed."""

    wish: Wish | None = None
    remove: str = ""


class Agenda:
    """Of one way to hear."""

    def __init__(self, chance: Random) -> None:
        self._chance = chance
        self.wanted: dict[Wish, None] = {}
        self.have: dict[Wish, Kept] = {}
        self.troubles: dict[Wish, Trouble] = {}
        self.load: Counter[str] = Counter()
        """How many subscriptions are on each place, or are being made there."""
        self._new: tuple[dict[Wish, None], ...] = ({}, {}, {})
        """Never tried since the connection was made, by importance."""
        self._again: dict[Wish, None] = {}
        self._parted: dict[str, None] = {}
        self._orphans: dict[str, None] = {}
        self._under_way: dict[Wish, str] = {}
        self._fast_until = 0.0

    # What is wanted

    def want(self, wish: Wish) -> None:
        """Ask for it, at once; once more, if it was refused."""
        self.wanted[wish] = None
        self.troubles.pop(wish, None)
        self._open(wish)

    def unwant(self, wish: Wish) -> None:
        """Ask for it no more, and end it."""
        self.wanted.pop(wish, None)
        self.troubles.pop(wish, None)
        self._shut(wish)
        if kept := self._forget(wish):
            self._parted[kept.id] = None
            self._parted.pop("", None)  # the next list will tell its id

    def try_again(self) -> None:
        """Something was mended: nothing is refused any more."""
        for wish in tuple(self.troubles):
            self.want(wish)

    def begin(self, now: float) -> None:
        """A connection was made: whatever is lacking is asked for at once."""
        self._fast_until = now + FAST
        self.try_again()
        for wish in self.wanted.keys() - self.have.keys():
            self._open(wish)

    def lose(self, place: str) -> list[Wish]:
        """A place is gone, with what was on it."""
        lost = [wish for wish, kept in self.have.items() if kept.place == place]
        for wish in lost:
            self._forget(wish)
            self._open(wish)
        return lost

    # What is next

    def urgent(self, now: float) -> Job | None:
        """What has no time to lose."""
        if wish := _first(self._new[_IMPORTANT]):
            return Job(wish)
        if subscription_id := next(iter(self._parted), ""):
            return Job(remove=subscription_id)
        rest = (wish for new in self._new for wish in new) if now < self._fast_until else ()
        return next((Job(wish) for wish in rest), None)

    def calm(self, now: float) -> Job | None:
        """What is mended at leisure."""
        for wish, trouble in self.troubles.items():
            if trouble.retry_at <= now:
                self._again[wish] = None
        waiting = [first for wishes in (*self._new, self._again) if (first := _first(wishes))]
        if waiting:
            return Job(min(waiting, key=_importance))
        return Job(remove=next(iter(self._orphans))) if self._orphans else None

    def next_at(self, now: float) -> float:
        """When something that failed is due again; what is due already waits for something else."""
        due = (trouble.retry_at for trouble in self.troubles.values() if trouble.retry_at > now)
        return min(due, default=float("inf"))

    def start(self, wish: Wish, place: str) -> None:
        """It is being asked for."""
        self._shut(wish)
        if trouble := self.troubles.get(wish):
            trouble.retry_at = float("inf")
        self._under_way[wish] = place
        self.load[place] += 1

    def start_removing(self, subscription_id: str) -> None:
        """It is being ended."""
        self._parted.pop(subscription_id, None)
        self._orphans.pop(subscription_id, None)

    @property
    def settled(self) -> bool:
        """Whether all that is important is there, or refused for good."""
        if self._new[_IMPORTANT] or self._parted or any(map(_is_important, self._under_way)):
            return False
        return all(trouble.final for wish, trouble in self.troubles.items() if _is_important(wish))

    @property
    def is_idle(self) -> bool:
        """Whether nothing is asked for, or about to be."""
        return not (any(self._new) or self._again or self._under_way)

    # What became of it

    def made(self, wish: Wish, kept: Kept) -> bool:
        """It is there. False when it is not wanted any more, so that it is to be removed."""
        self._done(wish)
        self.troubles.pop(wish, None)
        if wish not in self.wanted:
            self._parted[kept.id] = None
            self._parted.pop("", None)
            return False
        self._keep(wish, kept)
        return True

    def failed(self, wish: Wish, why: str, now: float, wait: float | None, *, final: bool) -> None:
        """It is not. `wait`: for so many seconds; None: longer each time."""
        self._done(wish)
        if wish not in self.wanted:
            return
        trouble = self.troubles.setdefault(wish, Trouble(Backoff(self._chance, first=0.5)))
        trouble.why, trouble.final = why, final
        trouble.retry_at = now + (trouble.backoff.next() if wait is None else wait)

    def abandoned(self, wish: Wish) -> None:
        """Its place went away while it was asked for: that tells nothing."""
        self._done(wish)
        self.troubles.pop(wish, None)
        self._open(wish)

    def ended(self, wish: Wish, why: str, now: float) -> None:
        """Twitch has ended it; whether for good is asked once, before it counts as refused."""
        self._forget(wish)
        self.failed(wish, why, now, ONCE_MORE, final=True)

    def removed(self, subscription_id: str, again: bool) -> None:
        """It is; or is to be tried `again`, at leisure."""
        if again:
            self._orphans[subscription_id] = None

    def believe(self, verdict: Verdict, now: float) -> list[Wish]:
        """Take over what Twitch's list says; the wishes that are there although we did not know."""
        news = [wish for wish in verdict.found if wish in self.wanted and wish not in self.have]
        for wish, kept in verdict.found.items():
            if wish in self.wanted:
                self.troubles.pop(wish, None)
                self._shut(wish)
                self._forget(wish)
                self._keep(wish, kept)
        for wish in verdict.missing:
            self._forget(wish)
            self._open(wish)
        for wish, status in verdict.ended.items():
            self.ended(wish, status, now)
        self._orphans |= dict.fromkeys(verdict.orphans)
        return news

    def _open(self, wish: Wish) -> None:
        if wish in self.wanted and wish not in self.have and wish not in self._under_way:
            self._new[_importance(wish)][wish] = None

    def _shut(self, wish: Wish) -> None:
        self._new[_importance(wish)].pop(wish, None)
        self._again.pop(wish, None)

    def _done(self, wish: Wish) -> None:
        if place := self._under_way.pop(wish, None):
            self.load[place] -= 1

    def _keep(self, wish: Wish, kept: Kept) -> None:
        self.have[wish] = kept
        self.load[kept.place] += 1

    def _forget(self, wish: Wish) -> Kept | None:
        kept = self.have.pop(wish, None)
        if kept:
            self.load[kept.place] -= 1
        return kept


def _first(wishes: Mapping[Wish, None]) -> Wish | None:
    return next(iter(wishes), None)


def _importance(wish: Wish) -> int:
    kind = KINDS.get(wish.kind)
    return kind.importance if kind else _IMPORTANT


def _is_important(wish: Wish) -> bool:
    return _importance(wish) == _IMPORTANT


def by_kind(wishes: Iterable[Wish]) -> Counter[str]:
    """How many of each kind."""
    return Counter(wish.kind for wish in wishes)
