"""Twitch's JSON, only the fields we use; unknown fields and values are nobody's problem.

Source: Twitch's EventSub and API references. Structs named as in the reference.
"""

from datetime import datetime
from typing import Annotated, Final, Generic, TypeVar

import msgspec
from aiohttp import ClientPayloadError
from msgspec import Meta, Raw, Struct

from kissbot.chat.messages import Channel, ChatMessage, Rank, Viewer

T = TypeVar("T")

CHAT_MESSAGE: Final = "channel.chat.message"

MOST: Final = 10**12
"""More than Twitch ever counts to; what is more is no number of bits, viewers or months."""

Count = Annotated[int, Meta(ge=0, le=MOST)]
Moment = Annotated[datetime, Meta(tz=True)]
"""A time that says where it is."""

_RANKS: Final = {
    "subscriber": Rank.SUBSCRIBER,
    "founder": Rank.SUBSCRIBER,
    "vip": Rank.VIP,
    "moderator": Rank.MODERATOR,
    "lead_moderator": Rank.MODERATOR,
    "lead-moderator": Rank.MODERATOR,
    "broadcaster": Rank.BROADCASTER,
}


class Metadata(Struct):
    """The head of every EventSub frame."""

    message_id: str
    message_type: str
    message_timestamp: Moment
    subscription_type: str = ""


class Session(Struct):
    """An EventSub session, as in a welcome or a reconnect."""

    id: str
    keepalive_timeout_seconds: int | None = None
    reconnect_url: str | None = None


class Transport(Struct):
    """Where the events of a subscription go."""

    method: str = ""
    session_id: str | None = None
    conduit_id: str | None = None

    @property
    def address(self) -> str:
        """The session or the conduit."""
        return self.conduit_id or self.session_id or ""


class Subscription(Struct):
    """An EventSub subscription."""

    id: str
    type: str
    version: str = "1"
    status: str = "enabled"
    condition: dict[str, str] = {}
    transport: Transport = msgspec.field(default_factory=Transport)
    cost: int = 0
    created_at: datetime | None = None


class Pagination(Struct):
    """Where the rest of a list begins; empty at its end."""

    cursor: str = ""


class Subscriptions(Struct):
    """Get and Create EventSub Subscriptions: a page of them, and what they cost together."""

    data: list[Subscription] = []
    total_cost: int = 0
    max_total_cost: int = 0
    pagination: Pagination = msgspec.field(default_factory=Pagination)


class Conduit(Struct):
    """Get Conduits."""

    id: str
    shard_count: int = 0


class Shard(Struct):
    """Get Conduit Shards."""

    id: str
    status: str = ""
    transport: Transport = msgspec.field(default_factory=Transport)


class ShardProblem(Struct):
    """Why one shard was not updated."""

    id: str = ""
    message: str = ""
    code: str = ""


class Shards(Struct):
    """Get and Update Conduit Shards: those that are well, and those that were not updated."""

    data: list[Shard] = []
    errors: list[ShardProblem] = []
    pagination: Pagination = msgspec.field(default_factory=Pagination)


class ModeratedRow(Struct):
    """A channel that an account moderates."""

    broadcaster_id: str


class ModeratedPage(Struct):
    """Get Moderated Channels."""

    data: list[ModeratedRow] = []
    pagination: Pagination = msgspec.field(default_factory=Pagination)


class ShardDisabled(Struct):
    """`conduit.shard.disabled`, version 1."""

    conduit_id: str
    shard_id: str
    status: str = ""
    transport: Transport = msgspec.field(default_factory=Transport)


class Payload(Struct):
    """The body of any EventSub frame."""

    session: Session | None = None
    subscription: Subscription | None = None
    event: Raw = Raw()


class Frame(Struct):
    """Any EventSub frame; its event still undecoded."""

    metadata: Metadata
    payload: Payload


class Badge(Struct):
    """A badge that somebody wears in a chat."""

    set_id: str


class Message(Struct):
    """The text of a chat message."""

    text: str


class Reply(Struct):
    """What a chat message answers."""

    parent_message_id: str


class Cheer(Struct):
    """What a chat message was cheered with."""

    bits: Count


class ChatEvent(Struct):
    """`channel.chat.message`, version 1."""

    broadcaster_user_id: str
    broadcaster_user_login: str
    chatter_user_id: str
    chatter_user_login: str
    chatter_user_name: str
    message_id: str
    message: Message
    badges: list[Badge] = []
    cheer: Cheer | None = None
    reply: Reply | None = None
    source_broadcaster_user_id: str | None = None


class ChatPayload(Struct):
    """The body of a chat message's frame; a revocation of the same type has no event."""

    event: ChatEvent | None = None


class ChatFrame(Struct):
    """A frame known to be about chat messages, decoded in one go."""

    metadata: Metadata
    payload: ChatPayload


class Rows(Struct, Generic[T]):
    """The envelope of a Helix answer."""

    data: list[T]


class User(Struct):
    """Get Users."""

    id: str
    login: str
    display_name: str = ""


class StreamRow(Struct):
    """Get Streams; only live streams have a row."""

    user_id: str
    id: str = ""
    game_id: str = ""
    game_name: str = ""
    title: str = ""
    type: str = ""
    """`live`; empty when Twitch does not know."""
    viewer_count: int = 0
    started_at: datetime | None = None


class ChannelRow(Struct):
    """Get Channel Information."""

    broadcaster_id: str
    game_name: str = ""
    title: str = ""


class GameRow(Struct):
    """Get Games. `igdb_id` is empty for categories that are no game."""

    id: str
    name: str
    igdb_id: str = ""


class DropReason(Struct):
    """Why a message was not shown."""

    code: str
    message: str = ""


class SentRow(Struct):
    """Send Chat Message."""

    message_id: str
    is_sent: bool
    drop_reason: DropReason | None = None


class Sent(Struct):
    """The envelope of a sent message: one row, always."""

    data: tuple[SentRow]


class Problem(Struct):
    """The body of an error."""

    message: str = ""
    error: str = ""
    status: int = 0


class Validation(Struct):
    """What `/validate` says of a token; `login` and `user_id` are missing for an app token."""

    client_id: str
    scopes: list[str] | None = None
    expires_in: int = 0
    login: str | None = None
    user_id: str | None = None


class DeviceAnswer(Struct):
    """What `/device` gives."""

    device_code: str
    user_code: str
    verification_uri: str
    expires_in: float = 1800
    interval: float = 5


class TokenAnswer(Struct):
    """What `/token` gives; an app token comes without the middle two."""

    access_token: str
    refresh_token: str = ""
    scope: list[str] | str | None = None
    expires_in: float = 0


def decoded(content: bytes, kind: type[T]) -> T:
    """The body of an answer. One that cannot be read counts as spoilt on its way: `ClientPayloadError`."""
    try:
        return msgspec.json.decode(content, type=kind)
    except (ValueError, RecursionError) as error:  # also broken UTF-8, and nesting without end
        raise ClientPayloadError(f"Twitch's answer cannot be read: {error}") from None


def chat_message(event: ChatEvent, sent_at: datetime) -> ChatMessage:
    """The event as the chat's own value."""
    return ChatMessage(
        event.message_id,
        Channel(event.broadcaster_user_id, event.broadcaster_user_login),
        Viewer(event.chatter_user_id, event.chatter_user_login, event.chatter_user_name, rank(event.badges)),
        plain(event.message.text),
        sent_at,
        event.reply.parent_message_id if event.reply else None,
        event.source_broadcaster_user_id,
        event.cheer.bits if event.cheer else 0,
    )


def plain(text: str) -> str:
    """What somebody said; also where they let it be shown as an action (`/me`)."""
    if not text.startswith("\x01ACTION"):
        return text
    return text.removeprefix("\x01ACTION").removesuffix("\x01").removeprefix(" ")


def rank(badges: list[Badge]) -> Rank:
    """The highest rank that somebody's badges show."""
    highest = Rank.EVERYONE
    for badge in badges:
        here = _RANKS.get(badge.set_id)
        if here is not None and here > highest:
            highest = here
    return highest
