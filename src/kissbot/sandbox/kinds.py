"""The subscription types that EventSub knows here: version, condition, consent."""

from typing import Final

from msgspec import Struct


class Kind(Struct, frozen=True):
    """A subscription type.

    With scopes, the user that `subject` names must have granted one of them; without, `subject` is only
    whom the events are about, which decides the cost.
    """

    version: str
    condition: tuple[str, ...]
    subject: str
    scopes: tuple[str, ...] = ()
    one_of: bool = False
    """Whether a single key of the condition is enough."""
    app_only: bool = False
    """About the application itself: for its own token, and free."""

    @property
    def needed(self) -> tuple[str, ...]:
        """The keys that a condition must have."""
        if self.app_only:
            return self.condition[:1]
        return () if self.one_of else self.condition


BROADCASTER: Final = "broadcaster_user_id"
MODERATOR: Final = "moderator_user_id"


def _open(version: str = "1") -> Kind:
    return Kind(version, (BROADCASTER,), BROADCASTER)


def _own(*scopes: str, version: str = "1") -> Kind:
    return Kind(version, (BROADCASTER,), BROADCASTER, scopes)


def _moderated(*scopes: str, version: str = "1") -> Kind:
    return Kind(version, (BROADCASTER, MODERATOR), MODERATOR, scopes)


CHAT: Final = Kind("1", (BROADCASTER, "user_id"), "user_id", ("user:read:chat",))
"""An application reads chat as an account that granted it user:bot, too, where that account is let in."""

_SUBSCRIPTIONS: Final = _own("channel:read:subscriptions")
_REDEMPTIONS: Final = _own("channel:read:redemptions", "channel:manage:redemptions")
_POLLS: Final = _own("channel:read:polls", "channel:manage:polls")
_PREDICTIONS: Final = _own("channel:read:predictions", "channel:manage:predictions")
_HYPE: Final = _own("channel:read:hype_train", version="2")
_SHOUTOUTS: Final = _moderated("moderator:read:shoutouts", "moderator:manage:shoutouts")
_RAID_ENDS: Final = ("from_broadcaster_user_id", "to_broadcaster_user_id")

KINDS: Final[dict[str, Kind]] = {
    "channel.chat.message": CHAT,
    "channel.chat.clear": CHAT,
    "channel.chat.clear_user_messages": CHAT,
    "channel.chat.message_delete": CHAT,
    "channel.chat.notification": CHAT,
    "channel.chat_settings.update": CHAT,
    "stream.online": _open(),
    "stream.offline": _open(),
    "channel.update": _open("2"),
    "channel.raid": Kind("1", _RAID_ENDS, _RAID_ENDS[1], one_of=True),
    "channel.shared_chat.begin": _open(),
    "channel.shared_chat.update": _open(),
    "channel.shared_chat.end": _open(),
    "user.update": Kind("1", ("user_id",), "user_id"),
    "user.whisper.message": Kind(
        "1", ("user_id",), "user_id", ("user:read:whispers", "user:manage:whispers")
    ),
    "conduit.shard.disabled": Kind("1", ("client_id", "conduit_id"), "client_id", app_only=True),
    "channel.follow": _moderated("moderator:read:followers", version="2"),
    "channel.subscribe": _SUBSCRIPTIONS,
    "channel.subscription.end": _SUBSCRIPTIONS,
    "channel.subscription.gift": _SUBSCRIPTIONS,
    "channel.subscription.message": _SUBSCRIPTIONS,
    "channel.cheer": _own("bits:read"),
    "channel.bits.use": _own("bits:read"),
    "channel.channel_points_custom_reward_redemption.add": _REDEMPTIONS,
    "channel.channel_points_custom_reward_redemption.update": _REDEMPTIONS,
    **{f"channel.poll.{moment}": _POLLS for moment in ("begin", "progress", "end")},
    **{f"channel.prediction.{moment}": _PREDICTIONS for moment in ("begin", "progress", "lock", "end")},
    **{f"channel.hype_train.{moment}": _HYPE for moment in ("begin", "progress", "end")},
    "channel.ad_break.begin": _own("channel:read:ads"),
    "channel.shoutout.create": _SHOUTOUTS,
    "channel.shoutout.receive": _SHOUTOUTS,
    "channel.moderator.add": _own("moderation:read"),
    "channel.moderator.remove": _own("moderation:read"),
}
"""Of these, the sandbox sends chat messages and notices, what happens to streams, and what is made happen."""
