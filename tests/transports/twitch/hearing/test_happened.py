"""What EventSub tells of becomes what happened in a channel, or is left alone."""

import json
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kissbot.chat.happenings import (
    Cheered,
    Followed,
    Gifted,
    Happening,
    Raided,
    StreamOffline,
    StreamOnline,
    Subscribed,
)
from kissbot.chat.messages import Channel, ChatMessage, Rank, Viewer
from kissbot.transports.twitch.hearing.eventsub import BadFrame, Notification, Session
from kissbot.transports.twitch.hearing.happened import SOMEBODY, cheered, happening
from kissbot.transports.twitch.payloads import Subscription

from ..frames import badges, chat, frame

AT = datetime(2026, 11, 22, 10, 11, 12, 123456, UTC)
ADA = Channel("10", "ada")
VERA = Viewer("20", "vera", "Vera")
HERE = {"broadcaster_user_id": "10", "broadcaster_user_login": "ada", "broadcaster_user_name": "Ada"}
WHO = {"user_id": "20", "user_login": "vera", "user_name": "Vera"}
NOBODY = {"user_id": None, "user_login": None, "user_name": None}
TOLD: Any = {"channel": ADA, "id": "n1", "at": AT}
NOTED: Any = TOLD | {"id": "m1"}

KINDS = {
    "stream.online": StreamOnline,
    "stream.offline": StreamOffline,
    "channel.raid": Raided,
    "channel.follow": Followed,
    "channel.cheer": Cheered,
    "channel.subscribe": Subscribed,
    "channel.subscription.message": Subscribed,
    "channel.subscription.gift": Gifted,
    "resub": Subscribed,
    "community_sub_gift": Gifted,
}


def told(kind: str, event: Mapping[str, object]) -> Happening | None:
    return happening(Notification("n1", Subscription("s", kind), json.dumps(event).encode(), AT))


def noted(notice_type: str, facts: object = None, **fields: object) -> Happening | None:
    """A notice of Vera in the channel of Ada."""
    event = {
        **HERE,
        **{f"chatter_{key}": value for key, value in WHO.items()},
        "chatter_is_anonymous": False,
        "message_id": "m1",
        "badges": badges("vip"),
        "notice_type": notice_type,
        notice_type: facts,
        **fields,
    }
    return told("channel.chat.notification", event)


# What is documented


def test_every_documented_event_is_a_happening_or_nobodys_business(shared: Path) -> None:
    for line in (shared / "data/api/eventsub_payloads.jsonl").read_text(encoding="utf-8").splitlines():
        row: dict[str, Any] = json.loads(line)
        if "event" in row["payload"]:
            event = Session(0).receive(
                json.dumps(frame("notification", row["payload"], row["type"])).encode(), 0
            )
            if isinstance(event, Notification):
                found = happening(event)
                kind = row["payload"]["event"].get("notice_type", row["type"])
                assert type(found) is KINDS.get(kind, type(None)), row


def test_every_documented_frame_is_a_happening_or_nobodys_business(shared: Path) -> None:
    seen = set[type]()
    for line in (shared / "data/api/eventsub_ws_frames.jsonl").read_text(encoding="utf-8").splitlines():
        with suppress(BadFrame):  # samples that show a frame around nothing
            event = Session(0).receive(json.dumps(json.loads(line)["frame"]).encode(), 0)
            if isinstance(event, Notification):
                seen.add(type(happening(event)))
    assert seen == {*KINDS.values(), type(None)}


def test_a_stream_begins_and_ends() -> None:
    began = "2026-11-22T10:00:00Z"
    assert told("stream.online", {**HERE, "id": "9", "type": "live", "started_at": began}) == StreamOnline(
        channel=ADA, id="n1", at=datetime(2026, 11, 22, 10, tzinfo=UTC), stream_id="9"
    )
    assert told("stream.offline", {**HERE, "id": "9"}) == StreamOffline(**TOLD, stream_id="9")
    assert told("stream.offline", HERE) == StreamOffline(**TOLD)


@pytest.mark.parametrize("kind", ["playlist", "watch_party", "premiere", "rerun", "newer-than-we-are"])
def test_only_a_live_stream_counts(kind: str) -> None:
    event = {**HERE, "id": "9", "type": kind, "started_at": "2026-11-22T10:00:00Z"}
    assert told("stream.online", event) is None


def test_a_raid_is_the_same_whoever_tells_it() -> None:
    ends = {
        **{key.replace("broad", "from_broad"): f"{value}2" for key, value in HERE.items()},
        **{key.replace("broad", "to_broad"): value for key, value in HERE.items()},
    }
    by_event = told("channel.raid", {**ends, "viewers": 430})
    facts = {"user_id": "102", "user_login": "ada2", "user_name": "Ada2", "viewer_count": 430}
    by_notice = noted("raid", facts)
    raider = Viewer("102", "ada2", "Ada2")
    assert by_event == Raided(**TOLD, raider=raider, viewers=430)
    assert by_notice == Raided(**NOTED, raider=raider, viewers=430)
    assert by_event.subject == by_notice.subject


def test_a_follow() -> None:
    assert told("channel.follow", {**HERE, **WHO, "followed_at": "x"}) == Followed(**TOLD, viewer=VERA)


def test_a_cheer_by_somebody_and_by_nobody_knows_whom() -> None:
    facts = {"bits": 100, "message": "Cheer100"}
    assert told("channel.cheer", {**HERE, **WHO, **facts}) == Cheered(
        **TOLD, viewer=VERA, bits=100, message_id="n1"
    )
    anonymous = told("channel.cheer", {**HERE, **NOBODY, **facts, "is_anonymous": True})
    assert isinstance(anonymous, Cheered)
    assert anonymous.viewer == SOMEBODY


def test_a_subscription_says_its_tier_and_months() -> None:
    assert told("channel.subscribe", {**HERE, **WHO, "tier": "2000", "is_gift": False}) == Subscribed(
        **TOLD, viewer=VERA, tier=2
    )
    again = {**HERE, **WHO, "tier": "3000", "cumulative_months": 15, "message": {"text": "hi"}}
    assert told("channel.subscription.message", again) == Subscribed(**TOLD, viewer=VERA, tier=3, months=15)


def test_a_gifted_subscription_is_told_as_a_gift_only() -> None:
    assert told("channel.subscribe", {**HERE, **WHO, "tier": "1000", "is_gift": True}) is None
    gift = {"tier": "1000", "total": 5, "cumulative_total": None}
    assert told("channel.subscription.gift", {**HERE, **WHO, **gift}) == Gifted(
        **TOLD, giver=VERA, tier=1, count=5
    )
    assert told("channel.subscription.gift", {**HERE, **NOBODY, **gift}) == Gifted(
        **TOLD, giver=None, tier=1, count=5
    )


@pytest.mark.parametrize(
    ("kind", "facts", "tier", "months"),
    [
        ("sub", {"sub_tier": "1000", "is_prime": True, "duration_months": 1}, 1, 1),
        ("resub", {"sub_tier": "2000", "cumulative_months": 10, "is_gift": True}, 2, 10),
        ("prime_paid_upgrade", {"sub_tier": "3000"}, 3, 1),
        ("gift_paid_upgrade", {"gifter_is_anonymous": True, "gifter_user_id": None}, 1, 1),
    ],
)
def test_a_notice_of_a_subscription(kind: str, facts: object, tier: int, months: int) -> None:
    vera = Viewer("20", "vera", "Vera", Rank.VIP)
    assert noted(kind, facts) == Subscribed(**NOTED, viewer=vera, tier=tier, months=months)


def test_a_gift_bomb_is_one_happening() -> None:
    """Twitch tells the bomb, and then each gift in it."""
    bomb = {"id": "b7", "total": 20, "sub_tier": "1000", "cumulative_total": 100}
    part = {"sub_tier": "1000", "recipient_user_name": "Bob", "duration_months": 1, "community_gift_id": "b7"}
    vera = Viewer("20", "vera", "Vera", Rank.VIP)
    assert noted("community_sub_gift", bomb) == Gifted(**NOTED, giver=vera, tier=1, count=20, gift_id="b7")
    assert noted("sub_gift", part) is None
    alone = part | {"community_gift_id": None}
    assert noted("sub_gift", alone) == Gifted(**NOTED, giver=vera, tier=1, receiver="Bob")


def test_a_giver_who_stays_unknown_is_nobody() -> None:
    bomb = {"id": "b7", "total": 1, "sub_tier": "1000"}
    gift = noted("community_sub_gift", bomb, chatter_user_id=None, chatter_user_login=None)
    assert isinstance(gift, Gifted)
    assert gift.giver is None


@pytest.mark.parametrize(
    "kind",
    [
        "announcement",
        "unraid",
        "pay_it_forward",
        "bits_badge_tier",
        "charity_donation",
        "modiversary",
        "shared_chat_resub",
        "shared_chat_raid",
        "unknown",
        "newer-than-we-are",
    ],
)
def test_other_notices_are_nobodys_business(kind: str) -> None:
    assert noted(kind, {"anything": [1]}) is None


def test_other_events_are_not_even_looked_at() -> None:
    assert happening(Notification("n1", Subscription("s", "channel.update"), b"?", AT)) is None


# A cheer in a chat line


def test_a_chat_line_with_a_cheer_says_how_much() -> None:
    message = Session(0).receive(json.dumps(chat("Cheer100 hi", cheer={"bits": 100})).encode(), 0)
    assert isinstance(message, ChatMessage)
    assert message.bits == 100
    assert cheered(message) == Cheered(**NOTED, viewer=VERA, bits=100, message_id="m1")


def test_a_line_without_a_cheer_or_for_another_channel_is_none() -> None:
    elsewhere: dict[str, Any] = {"cheer": {"bits": 5}, "source_broadcaster_user_id": "99"}
    for fields in ({}, elsewhere):
        message = Session(0).receive(json.dumps(chat("hi", **fields)).encode(), 0)
        assert isinstance(message, ChatMessage)
        assert cheered(message) is None


# What is not right


@pytest.mark.parametrize("kind", ["sub", "resub", "sub_gift", "community_sub_gift", "raid"])
def test_a_notice_without_its_facts_is_bad(kind: str) -> None:
    with pytest.raises(BadFrame):
        noted(kind)


def test_a_subscription_of_nobody_is_bad() -> None:
    with pytest.raises(BadFrame):
        noted("sub", {"sub_tier": "1000"}, chatter_user_id=None)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.just(2**64) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=4,
)
EVERYTHING = {
    **HERE,
    **WHO,
    **{f"chatter_{key}": value for key, value in WHO.items()},
    "message_id": "m1",
    "id": "9",
    "type": "live",
    "started_at": "2026-11-22T10:00:00Z",
    "tier": "1000",
    "total": 5,
    "bits": 7,
    "cumulative_months": 3,
    "notice_type": "sub",
    "sub": {"sub_tier": "1000"},
    "raid": {"user_id": "1", "user_login": "x", "user_name": "X", "viewer_count": 3},
    "sub_gift": {"sub_tier": "1000", "recipient_user_name": "Bob"},
    "community_sub_gift": {"id": "b7", "total": 20, "sub_tier": "1000"},
}
NOTICES = [
    "sub",
    "resub",
    "raid",
    "sub_gift",
    "community_sub_gift",
    "prime_paid_upgrade",
    "gift_paid_upgrade",
]


@given(
    st.sampled_from([*KINDS, "channel.chat.notification"]),
    st.sampled_from(NOTICES),
    st.dictionaries(st.sampled_from(sorted(EVERYTHING)), VALUES, max_size=3),
)
def test_an_event_of_the_wrong_shape_is_understood_or_bad_and_nothing_worse(
    kind: str, notice: str, damage: dict[str, object]
) -> None:
    with suppress(BadFrame):
        found = told(kind, EVERYTHING | {"notice_type": notice} | damage)
        msgspec.msgpack.encode(found)  # as it crosses the bus


@given(st.sampled_from([*KINDS, "channel.chat.notification"]), st.binary(max_size=100))
def test_an_event_of_noise_is_bad_or_nobodys_business(kind: str, noise: bytes) -> None:
    with suppress(BadFrame):
        assert happening(Notification("n1", Subscription("s", kind), noise, AT)) is None


@pytest.mark.parametrize("bits", [-1, 2**64, 10**30])
def test_a_number_that_cannot_cross_the_bus_is_bad(bits: int) -> None:
    with pytest.raises(BadFrame):
        Session(0).receive(json.dumps(chat("hi", cheer={"bits": bits})).encode(), 0)


def test_a_time_that_does_not_say_where_is_bad() -> None:
    event = {**HERE, "id": "9", "type": "live", "started_at": "2026-11-22T10:00:00"}
    with pytest.raises(BadFrame):
        told("stream.online", event)
