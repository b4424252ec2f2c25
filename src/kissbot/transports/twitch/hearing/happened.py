"""EventSub's notifications as what happened in a channel. Pure.

Source: Twitch, EventSub reference and "EventSub Subscription Types". Structs named as in the reference, only
the fields we use.
"""

from collections.abc import Callable
from typing import Any, Final

import msgspec
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
from kissbot.chat.messages import Channel, ChatMessage, Viewer
from kissbot.transports.twitch.hearing.eventsub import BadFrame, Notification
from kissbot.transports.twitch.payloads import Badge, Count, Moment, rank

SOMEBODY: Final = Viewer("", "ananonymouscheerer", "AnAnonymousCheerer")
"""Who cheers without giving a name; Twitch's own name for them."""

_TIERS: Final = {"1000": 1, "2000": 2, "3000": 3, "Prime": 1}


class _Event(Struct):
    """What nearly every event begins with."""

    broadcaster_user_id: str
    broadcaster_user_login: str

    @property
    def channel(self) -> Channel:
        return Channel(self.broadcaster_user_id, self.broadcaster_user_login)


class _UserEvent(_Event):
    """An event that somebody brought about; nobody knows who where these are null."""

    user_id: str | None
    user_login: str | None
    user_name: str | None

    @property
    def viewer(self) -> Viewer | None:
        return _viewer(self.user_id, self.user_login, self.user_name)


class _StreamOnline(_Event):
    """`stream.online`, version 1."""

    id: str
    type: str
    started_at: Moment


class _StreamOffline(_Event):
    """`stream.offline`, version 1; it had no `id` before June 2026."""

    id: str | None = None


class _Raid(Struct):
    """`channel.raid`, version 1."""

    from_broadcaster_user_id: str
    from_broadcaster_user_login: str
    from_broadcaster_user_name: str
    to_broadcaster_user_id: str
    to_broadcaster_user_login: str
    viewers: Count


class _Cheer(_UserEvent):
    """`channel.cheer`, version 1."""

    bits: Count


class _Subscribe(_UserEvent):
    """`channel.subscribe`, version 1."""

    tier: str
    is_gift: bool = False


class _SubscriptionMessage(_UserEvent):
    """`channel.subscription.message`, version 1."""

    tier: str
    cumulative_months: Count


class _SubscriptionGift(_UserEvent):
    """`channel.subscription.gift`, version 1."""

    tier: str
    total: Count


class _Sub(Struct):
    """`sub`, `resub` and `prime_paid_upgrade` in a notice."""

    sub_tier: str
    cumulative_months: Count = 1


class _SubGift(Struct):
    """`sub_gift` in a notice."""

    sub_tier: str
    recipient_user_name: str
    community_gift_id: str | None = None


class _CommunitySubGift(Struct):
    """`community_sub_gift` in a notice."""

    id: str
    total: Count
    sub_tier: str


class _NoticeRaid(Struct):
    """`raid` in a notice."""

    user_id: str
    user_login: str
    user_name: str
    viewer_count: Count


class _Notice(_Event):
    """`channel.chat.notification`, version 1."""

    message_id: str
    notice_type: str
    chatter_user_id: str | None = None
    chatter_user_login: str | None = None
    chatter_user_name: str | None = None
    badges: list[Badge] = []
    sub: _Sub | None = None
    resub: _Sub | None = None
    prime_paid_upgrade: _Sub | None = None
    sub_gift: _SubGift | None = None
    community_sub_gift: _CommunitySubGift | None = None
    raid: _NoticeRaid | None = None

    @property
    def chatter(self) -> Viewer | None:
        known = _viewer(self.chatter_user_id, self.chatter_user_login, self.chatter_user_name)
        return Viewer(known.id, known.login, known.name, rank(self.badges)) if known else None


def happening(notification: Notification) -> Happening | None:
    """What happened; None for what nobody reacts to. Raises `BadFrame`."""
    kind = _KINDS.get(notification.subscription.type)
    if kind is None:
        return None
    struct, convert = kind
    try:
        found: Happening | None = convert(msgspec.json.decode(notification.event, type=struct), notification)
    except (ValueError, RecursionError) as error:
        raise BadFrame(f"{error} in the event of a {notification.subscription.type}") from None
    return found


def cheered(message: ChatMessage) -> Cheered | None:
    """The cheer in a chat line, if there is one and it was for this channel."""
    if not message.bits or message.source:
        return None
    return Cheered(
        channel=message.channel,
        id=message.id,
        at=message.sent_at,
        viewer=message.viewer,
        bits=message.bits,
        message_id=message.id,
    )


def tier(plan: str) -> int:
    """1 to 3 for what Twitch calls `1000`, `2000`, `3000` and `Prime`."""
    return _TIERS.get(plan, 1)


def _viewer(user_id: str | None, login: str | None, name: str | None) -> Viewer | None:
    return Viewer(user_id, login, name or login) if user_id and login else None


def _known(viewer: Viewer | None) -> Viewer:
    if viewer is None:
        raise BadFrame("nobody did it")
    return viewer


def _online(event: _StreamOnline, told: Notification) -> Happening | None:
    if event.type != "live":
        return None
    return StreamOnline(channel=event.channel, id=told.id, at=event.started_at, stream_id=event.id)


def _offline(event: _StreamOffline, told: Notification) -> Happening:
    return StreamOffline(channel=event.channel, id=told.id, at=told.at, stream_id=event.id or "")


def _raid(event: _Raid, told: Notification) -> Happening:
    return Raided(
        channel=Channel(event.to_broadcaster_user_id, event.to_broadcaster_user_login),
        id=told.id,
        at=told.at,
        raider=Viewer(
            event.from_broadcaster_user_id,
            event.from_broadcaster_user_login,
            event.from_broadcaster_user_name,
        ),
        viewers=event.viewers,
    )


def _follow(event: _UserEvent, told: Notification) -> Happening:
    return Followed(channel=event.channel, id=told.id, at=told.at, viewer=_known(event.viewer))


def _cheer(event: _Cheer, told: Notification) -> Happening:
    """Twitch does not say here which chat line it was."""
    return Cheered(
        channel=event.channel,
        id=told.id,
        at=told.at,
        viewer=event.viewer or SOMEBODY,
        bits=event.bits,
        message_id=told.id,
    )


def _subscribe(event: _Subscribe, told: Notification) -> Happening | None:
    if event.is_gift:  # the gift is told by itself
        return None
    return Subscribed(
        channel=event.channel, id=told.id, at=told.at, viewer=_known(event.viewer), tier=tier(event.tier)
    )


def _subscribed_again(event: _SubscriptionMessage, told: Notification) -> Happening:
    return Subscribed(
        channel=event.channel,
        id=told.id,
        at=told.at,
        viewer=_known(event.viewer),
        tier=tier(event.tier),
        months=event.cumulative_months,
    )


def _gift(event: _SubscriptionGift, told: Notification) -> Happening:
    return Gifted(
        channel=event.channel,
        id=told.id,
        at=told.at,
        giver=event.viewer,
        tier=tier(event.tier),
        count=event.total,
    )


def _notice(event: _Notice, told: Notification) -> Happening | None:
    """Under the id of the line in chat, which IRC tells as well."""
    match event.notice_type:
        case "sub" | "resub" | "prime_paid_upgrade" as kind:
            return _sub(event, getattr(event, kind), told)
        case "gift_paid_upgrade":  # of which tier, Twitch does not say
            return _sub(event, _Sub("1000"), told)
        case "sub_gift":
            return _sub_gift(event, _there(event.sub_gift, event), told)
        case "community_sub_gift":
            return _bomb(event, _there(event.community_sub_gift, event), told)
        case "raid":
            return _raid_notice(event, _there(event.raid, event), told)
        case _:  # a gift that is paid forward is told as a gift, too; the rest is no happening
            return None


def _there(part: Any, event: _Notice) -> Any:
    if part is None:
        raise BadFrame(f"a {event.notice_type} without its facts")
    return part


def _sub(event: _Notice, part: _Sub | None, told: Notification) -> Happening:
    facts: _Sub = _there(part, event)
    return Subscribed(
        channel=event.channel,
        id=event.message_id,
        at=told.at,
        viewer=_known(event.chatter),
        tier=tier(facts.sub_tier),
        months=facts.cumulative_months,
    )


def _sub_gift(event: _Notice, facts: _SubGift, told: Notification) -> Happening | None:
    if facts.community_gift_id:  # a part of a bomb
        return None
    return Gifted(
        channel=event.channel,
        id=event.message_id,
        at=told.at,
        giver=event.chatter,
        tier=tier(facts.sub_tier),
        receiver=facts.recipient_user_name,
    )


def _bomb(event: _Notice, facts: _CommunitySubGift, told: Notification) -> Happening:
    return Gifted(
        channel=event.channel,
        id=event.message_id,
        at=told.at,
        giver=event.chatter,
        tier=tier(facts.sub_tier),
        count=facts.total,
        gift_id=facts.id,
    )


def _raid_notice(event: _Notice, facts: _NoticeRaid, told: Notification) -> Happening:
    return Raided(
        channel=event.channel,
        id=event.message_id,
        at=told.at,
        raider=Viewer(facts.user_id, facts.user_login, facts.user_name),
        viewers=facts.viewer_count,
    )


_KINDS: Final[dict[str, tuple[type, Callable[[Any, Notification], Happening | None]]]] = {
    "stream.online": (_StreamOnline, _online),
    "stream.offline": (_StreamOffline, _offline),
    "channel.raid": (_Raid, _raid),
    "channel.follow": (_UserEvent, _follow),
    "channel.cheer": (_Cheer, _cheer),
    "channel.subscribe": (_Subscribe, _subscribe),
    "channel.subscription.message": (_SubscriptionMessage, _subscribed_again),
    "channel.subscription.gift": (_SubscriptionGift, _gift),
    "channel.chat.notification": (_Notice, _notice),
}
