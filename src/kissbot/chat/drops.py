"""Why a platform does not show what the bot says: each reason in words, and what mends it.

Source: Twitch API reference, Send Chat Message; Twitch IRC reference, NOTICE message ids.
"""

from typing import Final

from msgspec import Struct

from kissbot.chat.texts import Text, text


class Drop(Struct, frozen=True):
    """What happened, and what to do. Blanks: `channel` and `bot`, their logins. Commands are no `text`."""

    says: Text
    remedy: Text


UNTOLD: Final = "untold"
"""Nobody said in time what became of the line."""

_MODERATOR: Final = text("make it a moderator: /mod {bot}")
_LATER: Final = text("it passes by itself; the next line is tried as usual")

_DROPS: Final = {
    "msg_banned": Drop(text("the bot is banned in {channel}"), text("lift the ban: /unban {bot}")),
    "msg_timedout": Drop(text("the bot is timed out in {channel}"), text("end it: /untimeout {bot}")),
    "msg_channel_blocked": Drop(
        text("{channel} has blocked the bot's account"), text("the broadcaster can unblock {bot}")
    ),
    "msg_channel_suspended": Drop(
        text("the channel {channel} is suspended or gone"), Text("kissbot part {channel}")
    ),
    "msg_suspended": Drop(
        text("Twitch has suspended the bot's account"), text("appeal at Twitch, logged in as {bot}")
    ),
    "msg_bad_characters": Drop(
        text("the line had characters that Twitch does not show"), text("ask in other words")
    ),
    "msg_duplicate": Drop(
        text("the bot had said the very same less than 30 seconds before"), text("ask again in half a minute")
    ),
    "msg_ratelimit": Drop(
        text("the bot said more than Twitch lets it"),
        text("wait a while; a moderator may say more: /mod {bot}"),
    ),
    "msg_slowmode": Drop(text("the chat is in slow mode"), _MODERATOR),
    "msg_emoteonly": Drop(text("the chat shows emotes only"), text("end it: /emoteonlyoff")),
    "msg_subsonly": Drop(text("the chat is for subscribers only"), _MODERATOR),
    "msg_followersonly": Drop(text("the chat is for followers only"), _MODERATOR),
    "msg_followersonly_followed": Drop(
        text("the chat is for followers only, and the bot has not followed for long enough"), _MODERATOR
    ),
    "msg_followersonly_zero": Drop(
        text("the chat is for followers only, and the bot does not follow {channel}"), _MODERATOR
    ),
    "msg_r9k": Drop(text("the chat wants every line to be unique, and this one was not"), _MODERATOR),
    "msg_rejected": Drop(
        text("AutoMod holds the line back"), text("a moderator can let it through; to be trusted: /mod {bot}")
    ),
    "msg_rejected_mandatory": Drop(
        text("the channel's moderation refused the line"),
        text("look at its blocked terms and AutoMod levels"),
    ),
    "msg_requires_verified_phone_number": Drop(
        text("the chat wants a verified phone number"), text("verify one, logged in to Twitch as {bot}")
    ),
    "msg_verified_email": Drop(
        text("the chat wants a verified e-mail address"), text("verify one, logged in to Twitch as {bot}")
    ),
    "expired": Drop(text("the line had waited for so long that it was left unsaid"), _LATER),
    "overflow": Drop(text("too many lines were waiting to be said in {channel}"), _LATER),
    "penalty": Drop(
        text("the bot said more than Twitch lets it, so Twitch ignores it for up to an hour"),
        text("it is tried again by itself; a moderator is heard all the while: /mod {bot}"),
    ),
    "stopped": Drop(text("the bot was stopped before it could say the line"), text("ask again")),
    "storage": Drop(
        text("the bot's database did not work, so it did not know what it may say"),
        Text("kissbot doctor"),
    ),
    "network": Drop(text("Twitch was out of reach"), _LATER),
    "http_400": Drop(
        text("Twitch could not read the request"), text("tell the bot's owner to look at the log")
    ),
    "http_401": Drop(text("Twitch refused the bot's login"), Text("kissbot login --bot")),
    "http_403": Drop(text("the bot may not speak in {channel}"), text("lift the ban: /unban {bot}")),
    "http_422": Drop(text("the line was too long for Twitch"), text("ask for less at once")),
    "http_429": Drop(text("the bot asked more of Twitch than it may"), _LATER),
}

_TWITCH_TROUBLE: Final = Drop(text("Twitch has trouble of its own ({code})"), _LATER)
_UNKNOWN: Final = Drop(
    text("Twitch did not show the line and calls it {code}"), text("look for that word in Twitch's help")
)


_PASSING: Final = frozenset(
    ("expired", "network", "http_401", "http_429", "msg_ratelimit", "msg_slowmode", UNTOLD)
)


def passes(code: str) -> bool:
    """Whether the same line may be shown a little later."""
    return code in _PASSING or code.startswith("http_5")


def in_doubt(code: str) -> bool:
    """Whether the line may have been shown all the same: the answer to sending it was lost, or an error."""
    return code == "network" or code.startswith("http_5")


def familiar(code: str) -> str:
    """The same reason where it is one of those known here; `http_5xx` and `other` stand for the rest."""
    if code in _DROPS or code == UNTOLD:
        return code
    return "http_5xx" if code.startswith("http_5") else "other"


def drop(code: str, channel: str, bot: str) -> Drop:
    """A drop reason in words; one that nobody here knows is named as it is."""
    found = _DROPS.get(code) or (_TWITCH_TROUBLE if code.startswith("http_5") else _UNKNOWN)
    values = {"code": code, "channel": channel, "bot": bot}
    return Drop(text(found.says.msgid, **values), text(found.remedy.msgid, **values))
