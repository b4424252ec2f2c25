"""The kinds of EventSub subscriptions that the bot uses: whom they ask, what they cost, what they bring.

Source: Twitch, "EventSub Subscription Types".
"""

from collections.abc import Collection, Mapping
from typing import Final

from msgspec import Struct

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
from kissbot.transports.twitch.payloads import CHAT_MESSAGE, Subscription

SHARD_DISABLED: Final = "conduit.shard.disabled"
"""Of the application, not of a channel."""

_BROADCASTER: Final = "broadcaster_user_id"


class Kind(Struct, frozen=True, kw_only=True):
    """A subscription type."""

    name: str
    version: str = "1"
    about: str = _BROADCASTER
    """What its condition calls the channel."""
    reader: str = ""
    """What its condition calls the bot, if it names it."""
    scopes: tuple[str, ...] = ()
    """What the bot's login must allow."""
    importance: int = 2
    """0: without it the bot is deaf."""
    by_any: bool = False
    """Whether a user token may have it where an application may not."""
    brings: tuple[type[Happening], ...] = ()

    @property
    def is_free(self) -> bool:
        """Whether it never costs anything; else it does in channels that granted the application nothing."""
        return bool(self.scopes)

    def condition(self, channel_id: str, bot_id: str) -> dict[str, str]:
        """Whom Twitch is asked about."""
        return {self.about: channel_id} | ({self.reader: bot_id} if self.reader else {})


_READ_CHAT: Final = ("user:read:chat",)

KINDS: Final[Mapping[str, Kind]] = {
    kind.name: kind
    for kind in (
        Kind(
            name=CHAT_MESSAGE,
            reader="user_id",
            scopes=_READ_CHAT,
            importance=0,
            by_any=True,
            brings=(Cheered,),
        ),
        Kind(
            name="channel.chat.notification",
            reader="user_id",
            scopes=_READ_CHAT,
            by_any=True,
            brings=(Raided, Subscribed, Gifted),
        ),
        Kind(name="stream.online", importance=1, brings=(StreamOnline,)),
        Kind(name="stream.offline", importance=1, brings=(StreamOffline,)),
        Kind(
            name="channel.follow",
            version="2",
            reader="moderator_user_id",
            scopes=("moderator:read:followers",),
            brings=(Followed,),
        ),
        Kind(name="channel.raid", about="to_broadcaster_user_id", brings=(Raided,)),
    )
}
"""By name, the cheapest first of those that bring the same."""

CHAT_ONLY: Final = frozenset([CHAT_MESSAGE])


class Wish(Struct, frozen=True):
    """One kind of event of one channel."""

    channel_id: str
    kind: str

    @property
    def is_chat(self) -> bool:
        """Whether the bot is deaf without it."""
        return self.kind == CHAT_MESSAGE


def kinds_for(happenings: Collection[type[Happening]]) -> frozenset[str]:
    """The subscriptions that bring these, besides chat."""
    return CHAT_ONLY | {
        next(kind.name for kind in KINDS.values() if happening in kind.brings) for happening in happenings
    }


def wish_of(subscription: Subscription, bot_id: str) -> Wish | None:
    """What a subscription was made for; None when it is of another bot, or of no kind of ours."""
    if subscription.type == SHARD_DISABLED:
        return Wish("", SHARD_DISABLED)
    kind = KINDS.get(subscription.type)
    if kind is None or kind.version != subscription.version:
        return None
    channel_id = subscription.condition.get(kind.about, "")
    ours = kind.condition(channel_id, bot_id)
    given = {key: value for key, value in subscription.condition.items() if value}
    return Wish(channel_id, kind.name) if channel_id and given == ours else None
