"""Frames and rows have exactly the fields that Twitch documents."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kissbot.sandbox.payloads import fragments, nanosecond, second
from kissbot.sandbox.twitch import Sandbox
from kissbot.sandbox.world import Person

from .client import Client

Json = Any
UNDOCUMENTED = {"sandbox_surprise"}
NEWER = {"channel_points_animation_id"}
"""Documented since the stored examples were taken; at least one client insists on it."""
VERA = Person("7", "vera", "Vera", "")


def read(path: Path) -> Iterator[Json]:
    with path.open() as lines:
        yield from map(json.loads, lines)


def documented(shared: Path, kind: str) -> Iterator[Json]:
    for row in read(shared / "data/api/eventsub_ws_frames.jsonl"):
        if kind == row["message_type"] or (
            kind == row["subscription_type"] and "event" in row["frame"]["payload"]
        ):
            yield row["frame"]


def shape(value: Json) -> Json:
    """The names of all fields, however deep."""
    if isinstance(value, dict):
        return {name: shape(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return None


def find(login: str) -> Person | None:
    return VERA if login.lower() == "vera" else None


def kinds(text: str) -> list[tuple[str, str]]:
    return [(part["type"], part["text"]) for part in fragments(text, find)]


@given(st.text())
def test_the_fragments_of_a_text_are_the_text(text: str) -> None:
    assert "".join(part["text"] for part in fragments(text, find)) == text


@given(st.lists(st.sampled_from(["Kappa", "<3", "@vera", "@nobody", "Cheer100", "Cheer0", "hello", " "])))
def test_the_fragments_of_a_mixed_text_are_the_text(words: list[str]) -> None:
    text = " ".join(words)
    assert "".join(part["text"] for part in fragments(text, find)) == text


def test_a_text_is_cut_at_emotes_cheers_and_mentions() -> None:
    assert kinds("Hi @Vera, LUL Cheer100") == [
        ("text", "Hi "),
        ("mention", "@Vera"),
        ("text", ", "),
        ("emote", "LUL"),
        ("text", " "),
        ("cheermote", "Cheer100"),
    ]


def test_what_only_looks_special_is_text() -> None:
    for text in ("@nobody", "LULW", "Cheer0", "mail@host", "", "Cheerful"):
        assert kinds(text) == [("text", text)]


def test_a_cheer_knows_its_tier() -> None:
    tiers = [fragments(f"Cheer{bits}", find)[0]["cheermote"]["tier"] for bits in (1, 99, 100, 4999, 20_000)]
    assert tiers == [1, 1, 100, 1_000, 10_000]


@given(st.floats(0, 4e9))
def test_times_have_nanoseconds_on_eventsub_and_seconds_on_helix(at: float) -> None:
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z", nanosecond(at))
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", second(at))


async def test_a_chat_line_has_the_documented_fields(shared: Path, twitch: Sandbox, client: Client) -> None:
    socket = await client.listen("ada")
    examples = list(documented(shared, "channel.chat.message"))
    twitch.say("ada", user="vera", text="hello", rank="moderator")
    frame = await socket.frame()
    fields = set.intersection(*(set(example["payload"]["event"]) for example in examples))
    assert set(frame["payload"]["event"]) == fields | NEWER
    assert shape(frame["metadata"]) == shape(examples[0]["metadata"])
    assert shape(frame["payload"]["subscription"]) == shape(examples[0]["payload"]["subscription"])


async def test_every_part_of_a_chat_line_is_documented(shared: Path, twitch: Sandbox, client: Client) -> None:
    """Replies, cheers, emotes, mentions, badges and shared chat: no part has a field too many or too few."""
    socket = await client.listen("ada")
    first = twitch.say("ada", user="vera", text="Cheer100 <3", rank="subscriber")
    twitch.say("ada", user="sam", text="@vera hi", reply_to=first)
    twitch.say("ada", user="vic", text="from there", rank="vip", shared_from="bob")
    ours = merged([await socket.event() for _ in range(3)])
    theirs = merged([frame["payload"]["event"] for frame in documented(shared, "channel.chat.message")])
    for name in set(ours) - NEWER - {"message"}:
        assert ours[name] <= theirs[name], name
    assert set(ours) - NEWER <= set(theirs)
    for part in ("text", "emote", "cheermote", "mention"):
        assert ours["message"] >= {f"fragments.{part}"}
    known = {name for name in theirs["message"] if not name.startswith("fragments.mention.")}
    mention = {f"fragments.mention.{name}" for name in ("user_id", "user_name", "user_login")}
    assert ours["message"] <= known | mention


def merged(events: list[Json]) -> dict[str, set[str]]:
    """Field by field, the paths that occur inside it in any of the events."""
    found: dict[str, set[str]] = {}
    for event in events:
        for name, value in event.items():
            found.setdefault(name, set()).update(paths(value))
    return found


def paths(value: Json, prefix: str = "") -> Iterator[str]:
    if isinstance(value, list):
        for inner in value:
            yield from paths(inner, prefix)
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield f"{prefix}{name}"
            yield from paths(inner, f"{prefix}{name}.")


@pytest.mark.parametrize(
    ("kind", "version"), [("stream.online", "1"), ("stream.offline", "1"), ("channel.update", "2")]
)
async def test_what_happens_to_streams_has_the_documented_fields(
    shared: Path, twitch: Sandbox, client: Client, kind: str, version: str
) -> None:
    socket = await client.connect()
    ordered = await client.order(kind, version, {"broadcaster_user_id": await client.id_of("ada")}, socket.id)
    assert ordered.status == 202
    twitch.set_stream("ada", live=True, title="Escaping", game="Hades")
    twitch.set_stream("ada", live=False)
    events = [
        frame["payload"]["event"]
        for frame in documented(shared, kind)
        if frame["metadata"]["subscription_version"] == version
    ]
    widest = max(events, key=len)
    assert set(await socket.event()) == set(widest)


async def test_session_frames_have_the_documented_fields(
    shared: Path, twitch: Sandbox, client: Client
) -> None:
    socket = await client.listen("ada")
    assert shape(socket.welcome) in [shape(frame) for frame in documented(shared, "session_welcome")]
    twitch.fault("reconnect")
    ours = shape(await socket.frame())
    ours["payload"]["session"].pop("recovery_url")
    assert ours in [shape(frame) for frame in documented(shared, "session_reconnect")]
    twitch.fault("revoke")
    assert shape(await socket.frame()) in [
        {**shape(frame), "payload": {"subscription": shape(frame["payload"]["subscription"])}}
        for frame in documented(shared, "revocation")
        if frame["metadata"]["subscription_type"] == "channel.chat.message"
    ]


@pytest.mark.parametrize(
    ("path", "endpoint"),
    [
        ("users?login=ada", "users/get_users"),
        ("streams", "streams/get_streams"),
        ("games?name=Hades", "games/get_games"),
        ("games/top", "games/get_top_games"),
        ("search/categories?query=hades", "search/search_categories"),
        ("channels?broadcaster_id={ada}", "channels/get_channel_information"),
    ],
)
async def test_rows_have_the_documented_fields(
    shared: Path, twitch: Sandbox, client: Client, path: str, endpoint: str
) -> None:
    twitch.set_stream("ada", live=True, title="Escaping", game="Hades")
    answer = await client.helix(path.format(ada=await client.id_of("ada")))
    examples = [
        set(row["body"]["data"][0])
        for row in read(shared / "data/api/helix_responses.jsonl")
        if row["endpoint"] == endpoint and row["kind"] == "response" and row["body"].get("data")
    ]
    assert set(answer.body["data"][0]) in [fields - {"email"} for fields in examples]


async def test_now_and_then_an_event_has_a_field_that_nobody_documented(
    twitch: Sandbox, client: Client
) -> None:
    socket = await client.listen("ada")
    for number in range(14):
        twitch.say("ada", user="vera", text=f"{number}")
    surprised = [bool(UNDOCUMENTED & set(await socket.event())) for _ in range(14)]
    assert [number for number, odd in enumerate(surprised, 1) if odd] == [7, 14]
