"""The EventSub session as a protocol: frames and times in, events and decisions out. No network.

Source: Twitch, "Getting Events Using WebSockets" and the EventSub WebSocket reference.
"""

from datetime import datetime
from typing import Final

import msgspec
from msgspec import Struct

from kissbot.chat.messages import ChatMessage
from kissbot.transports.twitch.payloads import (
    CHAT_MESSAGE,
    ChatEvent,
    ChatFrame,
    Frame,
    Subscription,
    chat_message,
)

KEEPALIVE_SECONDS: Final = 10
"""What we ask for: the shortest that Twitch offers, so that a deaf socket is noticed soonest."""

KEEPALIVE_SLACK: Final = 2.0
"""Seconds a keep-alive may be late before the socket counts as dead."""

_CHAT_MARK: Final = b'"subscription_type":"channel.chat.message"'

_CLOSE_CODES: Final = {
    4000: "Twitch had an internal error",
    4001: "we sent something, which is forbidden",
    4002: "our pong did not arrive",
    4003: "nothing was subscribed in time",
    4004: "the reconnect came too late",
    4005: "a network timeout on Twitch's side",
    4006: "a network error on Twitch's side",
    4007: "the reconnect address was not valid",
}


class BadFrame(ValueError):
    """A frame that is not what Twitch documents; it is logged and passed over."""


class Welcome(Struct, frozen=True):
    """The session is open under this id."""

    session_id: str


class KeepAlive(Struct, frozen=True):
    """Nothing happened, and the socket is well."""


class Notification(Struct, frozen=True):
    """Something happened that is not a chat message; `event` is its undecoded JSON."""

    id: str
    subscription: Subscription
    event: bytes
    at: datetime
    """When Twitch told it (aware, UTC)."""


class Reconnect(Struct, frozen=True):
    """Move to this address within 30 seconds; subscriptions move along."""

    url: str


class Revocation(Struct, frozen=True):
    """A subscription ended, for the reason in its status."""

    subscription: Subscription


class Unknown(Struct, frozen=True):
    """A kind of frame that is newer than we are."""

    message_type: str


Event = ChatMessage | Welcome | KeepAlive | Notification | Reconnect | Revocation | Unknown

_KEEP_ALIVE: Final = KeepAlive()


class Session:
    """One EventSub session: understands its frames, and knows when it has been silent for too long."""

    def __init__(self, now: float) -> None:
        self.id = ""
        self.heard_at = now
        """When the last frame came, on the clock of the caller (seconds)."""
        self._patience = KEEPALIVE_SECONDS + KEEPALIVE_SLACK
        self._decode_chat = msgspec.json.Decoder(ChatFrame).decode
        self._decode_any = msgspec.json.Decoder(Frame).decode

    @property
    def dead_at(self) -> float:
        """When the socket counts as dead, unless something is heard before."""
        return self.heard_at + self._patience

    def receive(self, data: bytes, now: float) -> Event:
        """What a frame means. Raises `BadFrame`."""
        self.heard_at = now
        try:
            if _CHAT_MARK in data:
                frame = self._decode_chat(data)
                if event := frame.payload.event:
                    return chat_message(event, frame.metadata.message_timestamp)
            return self._understand(self._decode_any(data))
        except (ValueError, RecursionError) as error:
            raise BadFrame(f"{error} in a frame of {len(data)} bytes") from None

    def _understand(self, frame: Frame) -> Event:
        session, subscription = frame.payload.session, frame.payload.subscription
        match frame.metadata.message_type:
            case "session_keepalive":
                return _KEEP_ALIVE
            case "session_welcome" if session:
                self.id = session.id
                if session.keepalive_timeout_seconds:
                    self._patience = session.keepalive_timeout_seconds + KEEPALIVE_SLACK
                return Welcome(session.id)
            case "session_reconnect" if session and session.reconnect_url:
                return Reconnect(session.reconnect_url)
            case "revocation" if subscription:
                return Revocation(subscription)
            case "notification" if subscription and subscription.type == CHAT_MESSAGE:
                event = msgspec.json.decode(frame.payload.event, type=ChatEvent)
                return chat_message(event, frame.metadata.message_timestamp)
            case "notification" if subscription and (event_json := bytes(frame.payload.event)):
                told = frame.metadata
                return Notification(told.message_id, subscription, event_json, told.message_timestamp)
            case "session_welcome" | "session_reconnect" | "revocation" | "notification" as kind:
                raise BadFrame(f"a {kind} without its payload")
            case kind:
                return Unknown(kind)


def why_closed(code: int | None) -> str:
    """What a close code means, for the log."""
    if code is None:
        return "the connection broke"
    return _CLOSE_CODES.get(code, f"close code {code}")


def is_our_fault(code: int | None) -> bool:
    """Whether the same would happen again at once: we sent something, or subscribed to nothing."""
    return code in (4001, 4003)
