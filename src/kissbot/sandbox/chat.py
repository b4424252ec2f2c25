"""Send Chat Message: who may send what where, and how a drop is told."""

from typing import Final

from msgspec import Struct

from kissbot.sandbox.answers import Answer, Refused
from kissbot.sandbox.helix import Call
from kissbot.sandbox.platform import Platform
from kissbot.sandbox.tokens import Token
from kissbot.sandbox.world import Channel, Person

LONGEST: Final = 500
"""Code points in a chat line."""
DROPPED: Final = {
    "msg_duplicate": "Your message was not sent because it is identical to the previous one you sent, "
    "less than 30 seconds ago.",
    "msg_ratelimit": "Your message was not sent because you are sending messages too quickly.",
    "msg_rejected": "Your message is being checked by mods and has not been sent.",
}


class NewLine(Struct):
    """The body of Send Chat Message."""

    broadcaster_id: str = ""
    sender_id: str = ""
    message: str = ""
    reply_parent_message_id: str | None = None
    for_source_only: bool | None = None


def send_message(platform: Platform, call: Call) -> Answer:
    """Send Chat Message."""
    line = call.read(NewLine)
    channel, sender = _chat_of(platform, line), _sender_of(platform, line)
    if call.token.user and line.for_source_only is not None:
        raise Refused(400, 'The parameter "for_source_only" may not be set with a user access token')
    _may_send(platform, call.token, sender, channel)
    text = line.message.strip()
    if not text:
        raise Refused(400, 'Missing required parameter "message"')
    if len(text) > LONGEST:
        raise Refused(422, "The message is too large")
    reply_to = line.reply_parent_message_id or ""
    if reply_to and platform.world.line(reply_to) is None:
        raise Refused(400, "The ID in reply_parent_message_id is not valid")
    here_only = call.token.user is None and line.for_source_only is not False
    sent = platform.send(sender, channel, text, reply_to, here_only=here_only)
    if sent.drop_reason is None:
        return Answer({"data": [{"message_id": sent.id, "is_sent": True, "drop_reason": None}]})
    words = DROPPED.get(sent.drop_reason, "Your message was not sent.")
    reason = {"code": sent.drop_reason, "message": words}
    return Answer({"data": [{"message_id": "", "is_sent": False, "drop_reason": reason}]})


def _chat_of(platform: Platform, line: NewLine) -> Channel:
    channel = platform.world.channel_of(line.broadcaster_id)
    if channel is None:
        raise Refused(400, _bad_id("broadcaster_id", line.broadcaster_id))
    return channel


def _sender_of(platform: Platform, line: NewLine) -> Person:
    sender = platform.world.person_of(line.sender_id)
    if sender is None:
        raise Refused(400, _bad_id("sender_id", line.sender_id))
    return sender


def _bad_id(name: str, value: str) -> str:
    return f"The ID in {name} is not valid" if value else f'Missing required parameter "{name}"'


def _may_send(platform: Platform, token: Token, sender: Person, channel: Channel) -> None:
    """A user sends for itself; an app needs the consent of the sender and of the channel."""
    if token.user is not None:
        if token.user is not sender:
            raise Refused(403, "The sender_id must be the user of the access token")
        return
    granted = platform.tokens.granted
    welcome = platform.moderates(sender, channel)
    if not granted(sender.id) >= {"user:bot", "user:write:chat"}:
        raise Refused(403, "The sender has not granted user:bot and user:write:chat")
    if not welcome and "channel:bot" not in granted(channel.owner.id):
        raise Refused(403, "The sender is not permitted to send chat messages to the broadcaster's chat room")
