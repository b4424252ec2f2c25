"""The EventSub session understands what Twitch documents, and survives what it does not."""

import json
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kissbot.chat.messages import Channel, ChatMessage, Rank, Viewer
from kissbot.transports.twitch.hearing.eventsub import (
    KEEPALIVE_SECONDS,
    KEEPALIVE_SLACK,
    BadFrame,
    Event,
    KeepAlive,
    Notification,
    Reconnect,
    Revocation,
    Session,
    Unknown,
    Welcome,
    why_closed,
)

from ..frames import badges, chat, frame, welcome

Json = dict[str, Any]


def receive(raw: Json | bytes, now: float = 0) -> Event:
    return Session(now).receive(raw if isinstance(raw, bytes) else tight(raw), now)


def tight(raw: Json) -> bytes:
    """JSON as Twitch writes it: without blanks."""
    return json.dumps(raw, separators=(",", ":")).encode()


def rows(path: Path) -> list[Json]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


# What is documented


def test_every_documented_frame_means_what_it_says(shared: Path) -> None:
    for row in rows(shared / "data/api/eventsub_ws_frames.jsonl"):
        if complete(row["frame"]):
            assert_understood(row["frame"])


def test_every_documented_event_arrives_in_its_frame(shared: Path) -> None:
    for row in rows(shared / "data/api/eventsub_payloads.jsonl"):
        if "challenge" not in row["payload"]:  # only webhooks are challenged
            kind = "notification" if "event" in row["payload"] else "revocation"
            assert_understood(frame(kind, row["payload"], row["type"]))


def complete(raw: Json) -> bool:
    """A few samples only show a frame around nothing, or come from webhooks."""
    payload = raw["payload"]
    return raw["metadata"]["message_type"] != "notification" or bool(payload.get("event"))


def assert_understood(raw: Json) -> None:
    """The frame becomes the right event, with the same facts; blanks in its JSON change nothing."""
    event = receive(raw)
    loose = receive(json.dumps(raw, indent=2).encode())
    payload = raw["payload"]
    match raw["metadata"]["message_type"], event, loose:
        case "session_welcome", Welcome(session_id), _:
            assert session_id == payload["session"]["id"]
        case "session_keepalive", KeepAlive(), _:
            pass
        case "session_reconnect", Reconnect(url), _:
            assert url == payload["session"]["reconnect_url"]
        case "revocation", Revocation(subscription), _:
            assert subscription.status == payload["subscription"]["status"]
            assert subscription.type == payload["subscription"]["type"]
        case "notification", ChatMessage(), _:
            assert_same_message(event, raw)
        case "notification", Notification(id=message_id), Notification() as again:
            assert message_id == raw["metadata"]["message_id"]
            assert json.loads(event.event) == json.loads(again.event) == payload["event"]
            assert event.subscription.type == payload["subscription"]["type"] != "channel.chat.message"
            return
        case kind, other, _:
            pytest.fail(f"{kind} became {other}")
    assert loose == event


def assert_same_message(message: ChatMessage, raw: Json) -> None:
    event = raw["payload"]["event"]
    assert message.id == event["message_id"]
    assert message.channel == Channel(event["broadcaster_user_id"], event["broadcaster_user_login"])
    assert message.viewer.id == event["chatter_user_id"]
    assert (message.viewer.login, message.viewer.name) == (
        event["chatter_user_login"],
        event["chatter_user_name"],
    )
    assert message.text == event["message"]["text"]
    assert message.reply_to == (event["reply"] and event["reply"]["parent_message_id"])
    assert message.source == event.get("source_broadcaster_user_id")
    sent_at = datetime.fromisoformat(raw["metadata"]["message_timestamp"][:19]).replace(tzinfo=UTC)
    assert message.sent_at.replace(microsecond=0) == sent_at


def test_a_chat_line_with_all_its_facts() -> None:
    assert receive(chat("!gi hades", id="m7")) == ChatMessage(
        "m7",
        Channel("10", "ada"),
        Viewer("20", "vera", "Vera", Rank.EVERYONE),
        "!gi hades",
        datetime(2026, 11, 22, 10, 11, 12, 123456, UTC),
    )


def test_a_reply_names_the_message_that_it_answers() -> None:
    raw = chat("@Vera yes", reply={"parent_message_id": "m1", "parent_user_login": "vera"})
    message = receive(raw)
    assert isinstance(message, ChatMessage)
    assert message.reply_to == "m1"


def test_a_line_from_another_channel_of_a_shared_chat_says_so() -> None:
    message = receive(chat("hi", source_broadcaster_user_id="99"))
    assert isinstance(message, ChatMessage)
    assert message.source == "99"


@pytest.mark.parametrize(
    ("worn", "rank"),
    [
        ((), Rank.EVERYONE),
        (("premium", "sub-gifter", "newer-than-we-are"), Rank.EVERYONE),
        (("subscriber",), Rank.SUBSCRIBER),
        (("founder",), Rank.SUBSCRIBER),
        (("vip", "subscriber"), Rank.VIP),
        (("moderator",), Rank.MODERATOR),
        (("lead_moderator",), Rank.MODERATOR),
        (("lead-moderator",), Rank.MODERATOR),
        (("subscriber", "moderator", "vip"), Rank.MODERATOR),
        (("broadcaster", "subscriber"), Rank.BROADCASTER),
    ],
)
def test_the_highest_badge_gives_the_rank(worn: tuple[str, ...], rank: Rank) -> None:
    message = receive(chat("hi", badges=badges(*worn)))
    assert isinstance(message, ChatMessage)
    assert message.viewer.rank is rank


# What is newer than we are


def test_a_frame_of_an_unknown_kind_is_named_and_passed_over() -> None:
    assert receive(frame("session_party", {"cake": True})) == Unknown("session_party")


def test_unknown_fields_are_nobodys_problem() -> None:
    raw = chat("hi", aura={"colour": "gold"})
    raw["extra"] = raw["metadata"]["extra"] = raw["payload"]["extra"] = [{}, None]
    assert isinstance(receive(raw), ChatMessage)


def test_an_unknown_message_type_is_a_message_all_the_same() -> None:
    assert isinstance(receive(chat("hi", message_type="hologram")), ChatMessage)


def test_a_line_that_quotes_a_frame_is_only_a_line() -> None:
    quote = '"subscription_type":"channel.chat.message"'
    message = receive(chat(quote))
    assert isinstance(message, ChatMessage)
    assert message.text == quote
    raw = frame("notification", {"subscription": {"id": "s", "type": "x"}, "event": {"quote": 1}}, "x")
    assert isinstance(receive(tight(raw).replace(b'"quote"', quote.split(":")[0].encode())), Notification)


# What is not right


@pytest.mark.parametrize("kind", ["session_welcome", "session_reconnect", "revocation", "notification"])
def test_a_frame_without_its_payload_is_bad(kind: str) -> None:
    with pytest.raises(BadFrame, match=kind):
        receive(frame(kind, {}))


def test_a_notification_without_its_event_is_bad() -> None:
    for kind in ("channel.chat.message", "channel.follow"):
        with pytest.raises(BadFrame):
            receive(frame("notification", {"subscription": {"id": "s", "type": kind}}, kind))


@given(st.binary(max_size=300))
@example(b"")
@example(b"null")
@example(b"\xff")
@example(b'{"metadata":' + b"[" * 100_000)
@example(b'{"x":' + b"[" * 100_000)
def test_noise_is_a_bad_frame_and_nothing_worse(noise: bytes) -> None:
    with pytest.raises(BadFrame):
        receive(noise)


SAMPLES = [
    tight(raw)
    for raw in (
        chat("hi", reply={"parent_message_id": "m1"}, badges=badges("vip")),
        welcome("s1"),
        frame("session_keepalive", {}),
        frame("session_reconnect", {"session": {"id": "s1", "reconnect_url": "ws://x"}}),
        frame("revocation", {"subscription": {"id": "s", "type": "x", "status": "user_removed"}}, "x"),
        frame("notification", {"subscription": {"id": "s", "type": "x"}, "event": {"a": [1]}}, "x"),
    )
]


@given(st.sampled_from(SAMPLES), st.data())
def test_a_damaged_frame_is_understood_or_bad_and_nothing_worse(sample: bytes, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(sample)))
    end = data.draw(st.integers(start, min(len(sample), start + 20)))
    damaged = sample[:start] + data.draw(st.binary(max_size=8)) + sample[end:]
    with suppress(BadFrame):
        receive(damaged)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=4,
)


@given(st.sampled_from(SAMPLES), st.data())
def test_a_value_of_the_wrong_kind_is_passed_over_or_bad(sample: bytes, data: st.DataObject) -> None:
    raw = json.loads(sample)
    place = raw
    while True:
        key = data.draw(st.sampled_from(sorted(place)))
        if not (isinstance(place[key], dict) and place[key]) or data.draw(st.booleans()):
            break
        place = place[key]
    place[key] = data.draw(VALUES)
    with suppress(BadFrame):
        receive(raw)


# Silence


def test_a_socket_is_dead_a_little_after_its_keep_alive_is_due() -> None:
    session = Session(100)
    assert session.dead_at == 100 + KEEPALIVE_SECONDS + KEEPALIVE_SLACK
    session.receive(tight(welcome("s1", keepalive=30)), 101)
    assert session.dead_at == 101 + 30 + KEEPALIVE_SLACK


@pytest.mark.parametrize("raw", [chat("hi"), frame("session_keepalive", {}), frame("session_party", {})])
def test_whatever_is_heard_is_a_sign_of_life(raw: Json) -> None:
    session = Session(0)
    session.receive(tight(welcome("s1", keepalive=10)), 0)
    session.receive(tight(raw), 9)
    assert session.dead_at == 9 + 10 + KEEPALIVE_SLACK


def test_even_a_bad_frame_is_a_sign_of_life() -> None:
    session = Session(0)
    with pytest.raises(BadFrame):
        session.receive(b"?", 5)
    assert session.heard_at == 5


def test_a_session_is_known_by_the_id_in_its_welcome() -> None:
    session = Session(0)
    session.receive(tight(welcome("s1")), 0)
    assert session.id == "s1"


# Close codes


@pytest.mark.parametrize("code", range(4000, 4008))
def test_every_documented_close_code_has_words(code: int) -> None:
    assert str(code) not in why_closed(code)


def test_other_close_codes_are_named() -> None:
    assert "4999" in why_closed(4999)
    assert why_closed(None) == "the connection broke"
