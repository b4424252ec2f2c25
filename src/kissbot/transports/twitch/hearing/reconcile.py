"""What is wanted, what Twitch lists, and what follows from the difference. Pure: no network, no clock."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final

from msgspec import Struct, field

from kissbot.transports.twitch.hearing.kinds import Wish, wish_of
from kissbot.transports.twitch.payloads import Subscription

GRACE: Final = 10.0
"""Seconds for which a subscription may be missing in Twitch's list, or still be in it: it lags."""

SOCKETS: Final = 3
PER_SOCKET: Final = 300
"""What Twitch allows one account to have over WebSockets."""

_GONE: Final = "websocket_"
"""How the states of subscriptions begin whose socket is gone."""


class Kept(Struct, frozen=True):
    """A subscription that we have."""

    id: str
    """Empty until Twitch's list tells it."""
    place: str
    """The connection or conduit it is on, by our own name."""
    at: float
    """When it was made; for one that was found in the list, long enough ago to stay in it."""
    cost: int = 0


class Verdict(Struct, frozen=True):
    """What follows."""

    found: dict[Wish, Kept] = field(default_factory=dict)
    """Wanted, and there."""
    missing: set[Wish] = field(default_factory=set)
    """We thought that they were there."""
    ended: dict[Wish, str] = field(default_factory=dict)
    """Twitch has ended them, under this status."""
    orphans: list[str] = field(default_factory=list)
    """Ids of subscriptions of ours that nobody needs: not wanted, there twice, or dead."""


class View(Struct, frozen=True):
    """What we know before we look at the list."""

    bot_id: str
    wanted: Collection[Wish]
    have: Mapping[Wish, Kept]
    addresses: Mapping[str, str]
    """Our places, by the session or the conduit."""
    spared: Collection[Wish] = ()
    """What others want on places that we share with them."""
    judged_until: float = float("inf")
    """Epoch seconds: what was made later is too young to be called an orphan."""

    def is_orphan(self, one: Subscription, wish: Wish) -> bool:
        """Whether nobody wants a subscription on a place of ours."""
        made_at = one.created_at.timestamp() if one.created_at else 0.0
        return wish not in self.spared and made_at <= self.judged_until


def compare(view: View, listed: Iterable[Subscription], now: float) -> Verdict:
    """What is to be believed, made again, and removed. `now` is when the list was asked for."""
    verdict = Verdict()
    for one in listed:
        place = view.addresses.get(one.transport.address)
        if place is None:
            if one.status.startswith(_GONE) and one.cost:  # it may still count
                verdict.orphans.append(one.id)
        elif wish := wish_of(one, view.bot_id):
            had = view.have.get(wish)
            made_at = had.at if had and had.id in ("", one.id) else now - GRACE
            _judge(view, verdict, one, wish, Kept(one.id, place, made_at, one.cost))
    for wish, kept in view.have.items():
        if wish not in verdict.found and wish not in verdict.ended and kept.at <= now - GRACE:
            verdict.missing.add(wish)
    return verdict


def _judge(view: View, verdict: Verdict, one: Subscription, wish: Wish, kept: Kept) -> None:
    had, before = view.have.get(wish), verdict.found.get(wish)
    if one.status != "enabled":
        if had and had.id == one.id:
            verdict.ended[wish] = one.status
        verdict.orphans.append(one.id)
    elif wish not in view.wanted:
        if view.is_orphan(one, wish):
            verdict.orphans.append(one.id)
    elif before is None:
        verdict.found[wish] = kept
    elif had and had.id == one.id:
        verdict.orphans.append(before.id)
        verdict.found[wish] = kept
    else:
        verdict.orphans.append(one.id)


def room(live: Sequence[str], load: Mapping[str, int]) -> str | None:
    """The first socket that takes one more subscription."""
    return next((place for place in live if load.get(place, 0) < PER_SOCKET), None)
