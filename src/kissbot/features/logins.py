"""Tells a broadcaster, once, that their login needs them."""

from kissbot.chat.commands import Feature, Reply
from kissbot.chat.messages import LoginLost
from kissbot.chat.texts import text

feature = Feature("logins")


@feature.on(LoginLost)
async def ask_to_log_in(lost: LoginLost) -> Reply:
    """Where to log in again; whose account it must be is checked there."""
    if lost.link:
        return text(
            "🔑 @{channel}, Twitch has ended the login you gave me. "
            "Please log in again within 30 minutes: {link}",
            channel=lost.channel.login,
            link=lost.link,
        )
    return text(
        "🔑 @{channel}, Twitch has ended the login you gave me. Please ask whoever runs me for a new one.",
        channel=lost.channel.login,
    )
