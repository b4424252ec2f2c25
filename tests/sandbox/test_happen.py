"""What happens besides chat is told to whoever subscribed, as a notice in the chat, and over IRC."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from kissbot.sandbox.twitch import Sandbox

from .client import Client, Json, Socket
from .test_irc import tags_of, talking

SCOPES = ("channel:read:subscriptions", "bits:read", "moderator:read:followers", "user:read:chat")
RAID = "channel.raid"
NOTICE = "channel.chat.notification"


async def told_of(client: Client, *kinds: str) -> Socket:
    """A socket that is told of these in Ada's channel, by her own login."""
    client.login = client.twitch.log_in("ada", SCOPES)
    socket, ada = await client.connect(), client.twitch.id_of("ada")
    for kind in kinds:
        condition = {"to_broadcaster_user_id" if kind == RAID else "broadcaster_user_id": ada}
        if kind == NOTICE:
            condition["user_id"] = ada
        if kind == "channel.follow":
            condition["moderator_user_id"] = ada
        version = "2" if kind == "channel.follow" else "1"
        answer = await client.order(kind, version, condition, socket.id)
        assert answer.status == 202, answer
    return socket


async def events(socket: Socket, count: int) -> list[tuple[str, Json]]:
    """The types and events of so many notifications."""
    found: list[tuple[str, Json]] = []
    while len(found) < count:
        frame = await socket.frame()
        if frame["metadata"]["message_type"] == "notification":
            found.append((frame["metadata"]["subscription_type"], frame["payload"]["event"]))
    return found


CASES = [
    ("raid", {"user": "Rita", "viewers": 30}, [RAID, NOTICE]),
    ("follow", {"user": "vera"}, ["channel.follow"]),
    ("sub", {"user": "vera", "tier": 2}, ["channel.subscribe", NOTICE]),
    ("resub", {"user": "vera", "months": 9, "text": "hi"}, ["channel.subscription.message", NOTICE]),
    ("gift", {"user": "vera", "to": "bob"}, ["channel.subscription.gift", "channel.subscribe", NOTICE]),
    ("gift", {}, ["channel.subscription.gift", "channel.subscribe", NOTICE]),
    (
        "gift_bomb",
        {"user": "vera", "count": 2},
        ["channel.subscription.gift", NOTICE, *["channel.subscribe", NOTICE] * 2],
    ),
    ("cheer", {"user": "vera", "bits": 50}, ["channel.cheer", "channel.bits.use"]),
]


@pytest.mark.parametrize(("kind", "facts", "kinds"), CASES)
async def test_whoever_subscribed_is_told(
    twitch: Sandbox, client: Client, kind: Any, facts: Any, kinds: list[str]
) -> None:
    socket = await told_of(client, *dict.fromkeys(kinds))
    twitch.happen("ada", kind, **facts)
    assert [told for told, _ in await events(socket, len(kinds))] == kinds


@pytest.mark.parametrize(("kind", "facts", "kinds"), CASES)
async def test_the_events_have_every_documented_field(
    twitch: Sandbox, client: Client, shared: Path, kind: Any, facts: Any, kinds: list[str]
) -> None:
    documented: dict[str, set[str]] = {}
    for line in (shared / "data/api/eventsub_payloads.jsonl").read_text(encoding="utf-8").splitlines():
        row = msgspec.json.decode(line)
        if event := row["payload"].get("event"):
            documented.setdefault(row["type"], set()).update(event)
    socket = await told_of(client, *dict.fromkeys(kinds))
    twitch.happen("ada", kind, **facts)
    for told, event in await events(socket, len(kinds)):
        missing = {name for name in documented[told] - event.keys() if not name.startswith("shared_chat_")}
        assert missing <= {"redemption"}, told


async def test_a_gift_bomb_is_told_and_then_each_gift_in_it(twitch: Sandbox, client: Client) -> None:
    socket = await told_of(client, NOTICE)
    async with talking(twitch, "ada") as talk:
        told = twitch.happen("ada", "gift_bomb", "vera", count=2, tier=3)
        bomb, *gifts = [event for _, event in await events(socket, 3)]
        lines = [tags_of(await talk.line()) for _ in range(3)]
    assert (bomb["message_id"], bomb["notice_type"]) == (told, "community_sub_gift")
    facts = bomb["community_sub_gift"]
    assert (facts["total"], facts["sub_tier"]) == (2, "3000")
    assert [gift["sub_gift"]["community_gift_id"] for gift in gifts] == [facts["id"]] * 2
    assert [line["msg-id"] for line in lines] == ["submysterygift", "subgift", "subgift"]
    assert [line["msg-param-community-gift-id"] for line in lines] == [facts["id"]] * 3
    assert [line["id"] for line in lines] == [event["message_id"] for event in (bomb, *gifts)]


async def test_a_cheer_is_a_line_in_the_chat(twitch: Sandbox, client: Client) -> None:
    socket = await client.listen("ada")
    async with talking(twitch, "ada") as talk:
        told = twitch.happen("ada", "cheer", bits=200, text="nice")
        event = await socket.event()
        assert (event["message_id"], event["cheer"], event["message"]["text"]) == (
            told,
            {"bits": 200},
            "Cheer200 nice",
        )
        assert tags_of(await talk.line())["bits"] == "200"


async def test_who_gives_and_stays_unknown_is_nobody_by_eventsub_and_has_a_name_over_irc(
    twitch: Sandbox, client: Client
) -> None:
    socket = await told_of(client, NOTICE)
    async with talking(twitch, "ada") as talk:
        twitch.happen("ada", "gift")
        event = await socket.event()
        assert (event["chatter_is_anonymous"], event["chatter_user_id"]) == (True, None)
        assert tags_of(await talk.line())["login"] == "ananonymousgifter"


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"kind": "party"}, "party"),
        ({"kind": "raid"}, "needs a user"),
        ({"kind": "raid", "user": "vera", "viewers": 0}, "viewers"),
        ({"kind": "sub", "user": "vera", "tier": 4}, "tier"),
        ({"kind": "sub", "user": "vera", "colour": "red"}, "colour"),
    ],
)
async def test_what_cannot_happen_is_said(
    twitch: Sandbox, client: Client, facts: dict[str, Any], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        twitch.happen("ada", **facts)
    answer = await client.control("happen", "POST", json={"channel": "ada", **facts})
    assert answer.status == 400
    assert words in answer.body["error"]


async def test_the_control_makes_things_happen(twitch: Sandbox, client: Client) -> None:
    async with talking(twitch, "ada") as talk:
        body = {"channel": "ada", "kind": "raid", "user": "rita", "viewers": 12}
        answer = await client.control("happen", "POST", json=body)
        tags = tags_of(await talk.line())
        assert (tags["id"], tags["msg-param-viewerCount"]) == (answer.body["message_id"], "12")
    assert (await client.control("happen", "POST", json={**body, "channel": "no"})).status == 404
