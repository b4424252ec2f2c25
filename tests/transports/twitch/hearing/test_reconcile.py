"""What is wanted, what Twitch lists, and what follows."""

from datetime import UTC, datetime
from typing import Any

import pytest

from kissbot.chat.happenings import Cheered, Followed, Gifted, Raided, StreamOffline, StreamOnline, Subscribed
from kissbot.transports.twitch.hearing.kinds import CHAT_ONLY, KINDS, Wish, kinds_for, wish_of
from kissbot.transports.twitch.hearing.reconcile import GRACE, Kept, View, compare, room
from kissbot.transports.twitch.payloads import CHAT_MESSAGE, Subscription, Transport

BOT = "30"
ADA, BOB = Wish("10", CHAT_MESSAGE), Wish("11", CHAT_MESSAGE)
NOW = 1000.0


def listed(wish: Wish, number: int = 1, *, session: str = "s1", **fields: Any) -> Subscription:
    """A subscription as Twitch lists it."""
    kind = KINDS[wish.kind]
    return Subscription(
        id=f"id-{number}",
        type=kind.name,
        version=kind.version,
        condition=kind.condition(wish.channel_id, BOT),
        transport=Transport("websocket", session),
        **fields,
    )


def view(*wanted: Wish, have: dict[Wish, Kept] | None = None, **fields: Any) -> View:
    return View(BOT, wanted, have or {}, {"s1": "socket 1", "s2": "socket 2"}, **fields)


def made(number: int = 1, at: float = 0, place: str = "socket 1") -> Kept:
    return Kept(f"id-{number}", place, at)


def test_what_is_wanted_and_there_is_found() -> None:
    verdict = compare(view(ADA, BOB), [listed(ADA), listed(BOB, 2, session="s2", cost=1)], NOW)
    assert verdict.found == {ADA: made(1, NOW - GRACE), BOB: Kept("id-2", "socket 2", NOW - GRACE, 1)}
    assert not verdict.missing
    assert not verdict.orphans


def test_what_is_believed_but_not_listed_is_missing() -> None:
    """A set in memory that says "subscribed" must never keep a channel deaf."""
    assert compare(view(ADA, have={ADA: made()}), [], NOW).missing == {ADA}


def test_twitch_may_be_late_to_list_what_was_just_made() -> None:
    assert not compare(view(ADA, have={ADA: made(at=NOW - GRACE + 1)}), [], NOW).missing


def test_what_nobody_wants_is_an_orphan_and_costs_no_more() -> None:
    assert compare(view(ADA), [listed(BOB, 2)], NOW).orphans == ["id-2"]


def test_what_another_process_wants_is_no_orphan() -> None:
    assert compare(view(ADA, spared={BOB}), [listed(BOB, 2)], NOW).orphans == []


def test_what_another_process_made_a_moment_ago_is_no_orphan() -> None:
    young = listed(BOB, 2, created_at=datetime.fromtimestamp(500, UTC))
    assert compare(view(ADA, judged_until=499), [young], NOW).orphans == []
    assert compare(view(ADA, judged_until=501), [young], NOW).orphans == ["id-2"]


def test_what_is_there_twice_is_kept_once() -> None:
    verdict = compare(view(ADA, have={ADA: made(2)}), [listed(ADA, 1), listed(ADA, 2), listed(ADA, 3)], NOW)
    assert verdict.found[ADA].id == "id-2"
    assert sorted(verdict.orphans) == ["id-1", "id-3"]


def test_sockets_of_another_process_are_left_alone() -> None:
    theirs = listed(ADA, session="of another")
    verdict = compare(view(ADA), [theirs], NOW)
    assert not verdict.found
    assert not verdict.orphans


def test_what_is_left_of_a_socket_that_is_gone_is_removed_when_it_may_still_cost() -> None:
    gone = {"session": "gone", "status": "websocket_disconnected"}
    rows = [listed(ADA, 1, **gone), listed(ADA, 2, cost=1, **gone)]
    assert compare(view(ADA), rows, NOW).orphans == ["id-2"]


def test_what_twitch_ended_is_told_with_its_reason() -> None:
    row = listed(ADA, status="chat_user_banned")
    verdict = compare(view(ADA, have={ADA: made()}), [row], NOW)
    assert verdict.ended == {ADA: "chat_user_banned"}
    assert not verdict.missing
    assert verdict.orphans == ["id-1"]


def test_what_ended_long_ago_says_nothing_of_its_successor() -> None:
    rows = [listed(ADA, 1, status="authorization_revoked"), listed(ADA, 2)]
    verdict = compare(view(ADA, have={ADA: made(2)}), rows, NOW)
    assert not verdict.ended
    assert verdict.found[ADA].id == "id-2"


def test_the_chat_of_another_bot_is_none_of_ours() -> None:
    row = listed(ADA)
    row.condition["user_id"] = "somebody else"
    assert wish_of(row, BOT) is None
    assert compare(view(), [row], NOW).orphans == []


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_recognised_in_the_list(kind: str) -> None:
    row = listed(Wish("10", kind))
    assert wish_of(row, BOT) == Wish("10", kind)
    row.condition["reward_id"] = ""  # Twitch lists what was left out, too
    assert wish_of(row, BOT) == Wish("10", kind)
    row.version = "99"
    assert wish_of(row, BOT) is None


def test_a_further_socket_only_when_the_others_are_full() -> None:
    assert room(["socket 1", "socket 2"], {"socket 1": 299}) == "socket 1"
    assert room(["socket 1", "socket 2"], {"socket 1": 300, "socket 2": 5}) == "socket 2"
    assert room(["socket 1"], {"socket 1": 300}) is None


def test_what_brings_a_happening_is_the_cheapest() -> None:
    assert kinds_for([]) == CHAT_ONLY
    assert kinds_for([Cheered]) == CHAT_ONLY
    assert kinds_for([Raided, Gifted, Subscribed]) == CHAT_ONLY | {"channel.chat.notification"}
    assert kinds_for([StreamOnline, StreamOffline]) == CHAT_ONLY | {"stream.online", "stream.offline"}
    assert kinds_for([Followed]) == CHAT_ONLY | {"channel.follow"}
