"""Frames and events as Twitch documents them, field by field."""

import re
from collections.abc import Callable
from functools import lru_cache
from time import gmtime, strftime
from typing import Any, Final

import msgspec
from msgspec import Raw, Struct

from kissbot.sandbox.world import Channel, Line, Person, Rank, Stream

Fields = dict[str, Any]
encode: Final = msgspec.json.Encoder().encode

BADGES: Final[dict[Rank, list[Fields]]] = {
    "everyone": [],
    "subscriber": [{"set_id": "subscriber", "id": "3", "info": "5"}],
    "vip": [{"set_id": "vip", "id": "1", "info": ""}],
    "moderator": [{"set_id": "moderator", "id": "1", "info": ""}],
    "lead_moderator": [{"set_id": "lead_moderator", "id": "1", "info": ""}],
    "broadcaster": [{"set_id": "broadcaster", "id": "1", "info": ""}],
}
EMOTES: Final = {
    "Kappa": "25",
    "BibleThump": "86",
    "NotLikeThis": "58765",
    "HeyGuys": "30259",
    "LUL": "425618",
    "PogChamp": "305954156",
    "<3": "555555584",
    ":)": "1",
}
TIERS: Final = (10_000, 5_000, 1_000, 100, 1)
SPECIAL: Final = re.compile(
    rf"(?<!\S)(?:(?P<emote>{'|'.join(map(re.escape, EMOTES))})|Cheer(?P<bits>[1-9]\d{{0,5}}))(?!\S)"
    r"|@(?P<login>\w+)"
)
SURPRISE: Final = 7
"""Every so many events carry a field that is not documented."""


@lru_cache(maxsize=64)
def _second(at: int) -> str:
    return strftime("%Y-%m-%dT%H:%M:%S", gmtime(at))


def second(at: float) -> str:
    """A time as Helix writes it."""
    return f"{_second(int(at))}Z"


def nanosecond(at: float) -> str:
    """A time as EventSub writes it."""
    return f"{_second(int(at))}.{int(at % 1 * 1e9):09d}Z"


def fragments(text: str, find: Callable[[str], Person | None]) -> list[Fields]:
    """The text cut at emotes, cheers and mentions of people who exist."""
    found: list[Fields] = []
    end = 0
    for match in SPECIAL.finditer(text):
        special = _special(match, find)
        if special is None:
            continue
        if match.start() > end:
            found.append(_fragment("text", text[end : match.start()]))
        found.append(special)
        end = match.end()
    if end < len(text) or not found:
        found.append(_fragment("text", text[end:]))
    return found


def _fragment(kind: str, text: str) -> Fields:
    return {"type": kind, "text": text, "cheermote": None, "emote": None, "mention": None}


def _special(match: re.Match[str], find: Callable[[str], Person | None]) -> Fields | None:
    if name := match["emote"]:
        emote = {"id": EMOTES[name], "emote_set_id": "0", "owner_id": "0", "format": ["static"]}
        return {**_fragment("emote", match[0]), "emote": emote}
    if amount := match["bits"]:
        bits = int(amount)
        tier = next(tier for tier in TIERS if bits >= tier)
        return {
            **_fragment("cheermote", match[0]),
            "cheermote": {"prefix": "cheer", "bits": bits, "tier": tier},
        }
    person = find(match["login"])
    if person is None:
        return None
    mention = {"user_id": person.id, "user_name": person.name, "user_login": person.login}
    return {**_fragment("mention", match[0]), "mention": mention}


def _named(prefix: str, person: Person) -> Fields:
    return {
        f"{prefix}_user_id": person.id,
        f"{prefix}_user_login": person.login,
        f"{prefix}_user_name": person.name,
    }


def chat_message(line: Line, find: Callable[[str], Person | None]) -> Fields:
    """The event of `channel.chat.message`."""
    owner, chatter = line.channel.owner, line.person
    parts = fragments(line.text, find)
    bits = sum(part["cheermote"]["bits"] for part in parts if part["cheermote"])
    event = {
        "broadcaster_user_id": owner.id,
        "broadcaster_user_login": owner.login,
        "broadcaster_user_name": owner.name,
        "chatter_user_id": chatter.id,
        "chatter_user_login": chatter.login,
        "chatter_user_name": chatter.name,
        "message_id": line.id,
        "message": {"text": line.text, "fragments": parts},
        "color": chatter.color,
        "badges": BADGES[line.rank],
        "message_type": "text",
        "cheer": {"bits": bits} if bits else None,
        "reply": line.reply,
        "channel_points_custom_reward_id": None,
        "channel_points_animation_id": None,
        "source_broadcaster_user_id": None,
        "source_broadcaster_user_login": None,
        "source_broadcaster_user_name": None,
        "source_message_id": None,
        "source_badges": None,
    }
    return event if line.source is None else {**event, **_origin(line, line.source)}


def _origin(line: Line, source: Person) -> Fields:
    """In a shared chat: where a line comes from."""
    return {
        **_named("source_broadcaster", source),
        "source_message_id": line.source_id,
        "source_badges": BADGES[line.source_rank or line.rank],
        "is_source_only": False,
    }


def stream_online(channel: Channel, stream: Stream) -> Fields:
    """The event of `stream.online`."""
    return {
        "id": stream.id,
        **_named("broadcaster", channel.owner),
        "type": stream.kind,
        "started_at": second(stream.began_at),
    }


def stream_offline(channel: Channel, stream: Stream) -> Fields:
    """The event of `stream.offline`."""
    return {"id": stream.id, **_named("broadcaster", channel.owner)}


def channel_update(channel: Channel) -> Fields:
    """The event of `channel.update`."""
    game = channel.game
    return {
        **_named("broadcaster", channel.owner),
        "title": channel.title,
        "language": channel.language,
        "category_id": game.id if game else "",
        "category_name": game.name if game else "",
        "content_classification_labels": [],
    }


class Metadata(Struct, omit_defaults=True):
    """The head of every frame."""

    message_id: str
    message_type: str
    message_timestamp: str
    subscription_type: str | None = None
    subscription_version: str | None = None


class Payload(Struct):
    """What a notification carries, both halves encoded before."""

    subscription: Raw
    event: Raw


class Notification(Struct):
    """A frame that tells of an event."""

    metadata: Metadata
    payload: Payload


def session_frame(kind: str, message_id: str, session: Fields, now: float) -> bytes:
    """A `session_welcome` or `session_reconnect`."""
    metadata = Metadata(message_id, kind, nanosecond(now))
    return encode({"metadata": metadata, "payload": {"session": session}})


def keepalive(message_id: str, now: float) -> bytes:
    """A `session_keepalive`."""
    return encode({"metadata": Metadata(message_id, "session_keepalive", nanosecond(now)), "payload": {}})
