"""What moderators do through the API: announcements, shoutouts; and what they may ask."""

from typing import Any, Final

from msgspec import Struct

from kissbot.sandbox.answers import Answer, Refused
from kissbot.sandbox.helix import Call, page
from kissbot.sandbox.platform import Platform
from kissbot.sandbox.world import Channel

ANNOUNCED_EVERY: Final = 2.0
SHOUTED_EVERY: Final = 120.0
SAME_SHOUTED_EVERY: Final = 3600.0
COLORS: Final = ("blue", "green", "orange", "purple", "primary")


class NewAnnouncement(Struct):
    """The body of Send Chat Announcement."""

    message: str = ""
    color: str = "primary"


def announce(platform: Platform, call: Call) -> Answer:
    """Send Chat Announcement: a line of the moderator, in colour."""
    channel = _moderated(platform, call, "broadcaster_id")
    said = call.read(NewAnnouncement)
    if not said.message:
        raise Refused(400, 'Missing required parameter "message"')
    if said.color not in COLORS:
        raise Refused(400, "The value in the color field is not valid")
    platform.pauses.once({("announcement", channel.owner.id): ANNOUNCED_EVERY}, platform.clock.time())
    assert call.token.user  # noqa: S101 (_moderated has seen it)
    platform.send(call.token.user, channel, said.message[:500], "")
    return Answer(None, 204)


def shout(platform: Platform, call: Call) -> Answer:
    """Send a Shoutout."""
    channel, now = _moderated(platform, call, "from_broadcaster_id"), platform.clock.time()
    to = platform.world.person_of(call.query.get("to_broadcaster_id", ""))
    if to is None or to is channel.owner:
        raise Refused(400, "The ID in to_broadcaster_id is not valid")
    if not channel.live:
        raise Refused(400, "The broadcaster is not streaming live or does not have one or more viewers")
    shouted = "shoutout", channel.owner.id
    platform.pauses.once({shouted: SHOUTED_EVERY, (*shouted, to.id): SAME_SHOUTED_EVERY}, now)
    platform.shoutouts.append((channel.owner.login, to.login))
    return Answer(None, 204)


def _moderated(platform: Platform, call: Call, name: str) -> Channel:
    """The channel in which the token's user moderates."""
    channel = platform.world.channel_of(call.query.get(name, ""))
    if channel is None:
        raise Refused(400, f"The ID in {name} is not valid")
    user = call.token.user
    if user is None or call.query.get("moderator_id") != user.id:
        raise Refused(401, "The ID in moderator_id must match the user ID in the access token")
    if not platform.moderates(user, channel):
        raise Refused(403, "The user in moderator_id is not one of the broadcaster's moderators")
    return channel


def moderated_channels(platform: Platform, call: Call) -> Answer:
    """Get Moderated Channels: those of the token's user."""
    user = call.token.user
    if user is None or call.query.get("user_id") != user.id:
        raise Refused(401, "The ID in user_id must match the user ID in the access token")
    found = [
        {
            "broadcaster_id": channel.owner.id,
            "broadcaster_login": channel.owner.login,
            "broadcaster_name": channel.owner.name,
        }
        for channel in platform.world.channels.values()
        if channel.owner is not user and platform.moderates(user, channel)
    ]
    return page(call, found)


def authorizations(platform: Platform, call: Call) -> Answer:
    """Get Authorization By User: what users granted the client."""
    ids = call.all("user_id")
    if not 1 <= len(ids) <= 10:
        raise Refused(400, "1 to 10 user ids must be given")
    return Answer({"data": [row for user_id in ids if (row := _authorization(platform, user_id))]})


def _authorization(platform: Platform, user_id: str) -> dict[str, Any] | None:
    person = platform.world.person_of(user_id)
    if person is None:
        return None
    scopes = sorted(platform.tokens.granted(user_id))
    return {
        "user_id": person.id,
        "user_name": person.name,
        "user_login": person.login,
        "scopes": scopes,
        "has_authorized": bool(scopes),
    }


def shared_session(platform: Platform, call: Call) -> Answer:
    """Get Shared Chat Session."""
    if "broadcaster_id" not in call.query:
        raise Refused(400, 'Missing required parameter "broadcaster_id"')
    shared = platform.sharing.of(call.query.get("broadcaster_id", ""))
    return Answer({"data": [shared.fields()] if shared else []})
