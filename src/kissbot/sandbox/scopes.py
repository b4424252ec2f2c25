"""The scopes that there are on Twitch: any other is refused. Source: Twitch, "Twitch Access Token Scopes"."""

from collections.abc import Iterable
from typing import Final

_ALONE: Final = """
bits:read channel:bot channel:moderate chat:edit chat:read clips:edit editor:manage:clips moderation:read
openid user:bot user:edit user:edit:broadcast user:write:chat whispers:read
analytics:read:extensions analytics:read:games channel:edit:commercial channel:read:stream_key
"""
_CHANNEL_READ: Final = """
ads charity editors goals guest_star hype_train polls predictions redemptions subscriptions vips
"""
_CHANNEL_MANAGE: Final = """
ads broadcast clips extensions guest_star moderators polls predictions raids redemptions schedule videos vips
"""
_MODERATOR_READ: Final = """
automod_settings banned_users blocked_terms chat_messages chat_settings chatters followers guest_star
moderators shield_mode shoutouts suspicious_users unban_requests vips warnings
"""
_MODERATOR_MANAGE: Final = """
announcements automod automod_settings banned_users blocked_terms chat_messages chat_settings guest_star
shield_mode shoutouts suspicious_users unban_requests warnings
"""
_USER_READ: Final = """
blocked_users broadcast chat email emotes follows moderated_channels subscriptions whispers
"""
_USER_MANAGE: Final = "blocked_users chat_color whispers"


def _of(area: str, names: str) -> Iterable[str]:
    return (f"{area}:{name}" for name in names.split())


SCOPES: Final = frozenset(
    (
        *_ALONE.split(),
        *_of("channel:read", _CHANNEL_READ),
        *_of("channel:manage", _CHANNEL_MANAGE),
        *_of("moderator:read", _MODERATOR_READ),
        *_of("moderator:manage", _MODERATOR_MANAGE),
        *_of("user:read", _USER_READ),
        *_of("user:manage", _USER_MANAGE),
    )
)
