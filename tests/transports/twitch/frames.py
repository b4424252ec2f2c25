"""EventSub frames for tests: the documented shape, with the values that a test cares about."""

from typing import Any

Json = dict[str, Any]
AT = "2026-11-22T10:11:12.123456321Z"


def frame(kind: str, payload: Json, subscription_type: str = "") -> Json:
    """Any frame."""
    metadata = {"message_id": f"f-{kind}", "message_type": kind, "message_timestamp": AT}
    if subscription_type:
        metadata |= {"subscription_type": subscription_type, "subscription_version": "1"}
    return {"metadata": metadata, "payload": payload}


def welcome(session_id: str, keepalive: int = 10) -> Json:
    """The first frame of a session."""
    session = {
        "id": session_id,
        "status": "connected",
        "connected_at": AT,
        "keepalive_timeout_seconds": keepalive,
        "reconnect_url": None,
        "recovery_url": None,
    }
    return frame("session_welcome", {"session": session})


def reconnect(url: str, session_id: str = "s1") -> Json:
    """The request to move."""
    session = {
        "id": session_id,
        "status": "reconnecting",
        "connected_at": AT,
        "keepalive_timeout_seconds": None,
        "reconnect_url": url,
    }
    return frame("session_reconnect", {"session": session})


def badges(*names: str) -> list[Json]:
    """What somebody wears."""
    return [{"set_id": name, "id": "1", "info": ""} for name in names]


def chat(text: str, *, id: str = "m1", **fields: object) -> Json:  # noqa: A002 (the field's name)
    """A chat line of Vera in the channel of Ada."""
    event: Json = {
        "broadcaster_user_id": "10",
        "broadcaster_user_login": "ada",
        "broadcaster_user_name": "Ada",
        "chatter_user_id": "20",
        "chatter_user_login": "vera",
        "chatter_user_name": "Vera",
        "message_id": id,
        "message": {"text": text, "fragments": [{"type": "text", "text": text}]},
        "color": "",
        "badges": [],
        "message_type": "text",
        "cheer": None,
        "reply": None,
        "channel_points_custom_reward_id": None,
        "source_broadcaster_user_id": None,
        "source_message_id": None,
        "source_badges": None,
    }
    subscription = {
        "id": "sub-1",
        "status": "enabled",
        "type": "channel.chat.message",
        "version": "1",
        "condition": {"broadcaster_user_id": "10", "user_id": "30"},
        "transport": {"method": "websocket", "session_id": "s1"},
        "created_at": AT,
        "cost": 0,
    }
    payload = {"subscription": subscription, "event": event | fields}
    return frame("notification", payload, "channel.chat.message")
