"""Twitch's chat over IRC: what a line means. Pure.

Source: Twitch, "IRC Concepts", "IRC Commands", "IRC Tags". What is unknown is nobody's problem.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

from msgspec import Struct

from kissbot.chat.happenings import Gifted, Happening, Raided, Subscribed
from kissbot.chat.messages import Channel, ChatMessage, Rank, Viewer
from kissbot.transports.twitch.hearing.eventsub import BadFrame
from kissbot.transports.twitch.hearing.happened import tier
from kissbot.transports.twitch.irc.lines import Line
from kissbot.transports.twitch.payloads import MOST, Badge, plain, rank

_NOBODY: Final = "ananonymousgifter"
"""Who gives without giving a name."""


class Ping(Struct, frozen=True):
    """Twitch wants to know whether we are there."""

    text: str


class Pong(Struct, frozen=True):
    """Twitch is there."""


class Welcome(Struct, frozen=True):
    """The login is good."""


class Unable(Struct, frozen=True):
    """Twitch does not give what was asked for, without which nothing can be understood."""

    wanted: str


class Moving(Struct, frozen=True):
    """Twitch will close this connection soon."""


class Entered(Struct, frozen=True):
    """Somebody is in a room now: we, unless there is a name."""

    room: str
    who: str = ""


class State(Struct, frozen=True):
    """What we are in a room: told on entering, and after each line that we said there."""

    room: str
    rank: Rank
    message_id: str = ""
    """Of the line that was said."""
    nonce: str = ""


class Notice(Struct, frozen=True):
    """Twitch has something to say, in a room or (empty) of the connection."""

    room: str
    code: str
    text: str


Event = ChatMessage | Happening | Ping | Pong | Welcome | Unable | Moving | Entered | State | Notice


def understood(line: Line) -> Event | None:
    """What a line means; None for what is of no use here. Raises `BadFrame`."""
    meaning = _COMMANDS.get(line.command)
    if meaning is None:
        return None
    try:
        return meaning(line)
    except (ValueError, OverflowError, OSError) as error:  # numbers that are none, times that were never
        raise BadFrame(f"{error} in a {line.command}") from None


def _message(line: Line) -> ChatMessage | None:
    if len(line.params) < 2:
        raise BadFrame("a PRIVMSG without a text")
    if not _complete(line):
        return None
    channel, source = _channel(line), line.tag("source-room-id")
    return ChatMessage(
        line.tag("id"),
        channel,
        _viewer(line, line.nick),
        plain(line.text),
        _time(line),
        line.tag("reply-parent-msg-id") or None,
        source if source and source != channel.id else None,
        _count(line.tag("bits") or "0"),
    )


def _complete(line: Line) -> bool:
    """Whether it says who, where, when, and what tells it from its repetition; Twitch's lines do."""
    tags = line.tags
    return bool(
        tags.get("id")
        and tags.get("room-id")
        and tags.get("user-id")
        and tags.get("tmi-sent-ts")
        and line.room
    )


def _channel(line: Line) -> Channel:
    return Channel(line.tag("room-id"), line.room)


def _time(line: Line) -> datetime:
    return datetime.fromtimestamp(int(line.tag("tmi-sent-ts")) / 1000, UTC)


def _count(said: str) -> int:
    number = int(said)
    if not 0 <= number <= MOST:
        raise BadFrame(f"{said[:40]} is nothing that Twitch counts")
    return number


def _viewer(line: Line, login: str) -> Viewer:
    name = line.tag("display-name")
    return Viewer(line.tag("user-id"), login or name.lower(), name or login, _rank(line))


def _rank(line: Line) -> Rank:
    """The highest that a badge shows. A moderator may wear another badge instead."""
    worn = line.tag("badges")
    shown = rank([Badge(badge.partition("/")[0]) for badge in worn.split(",")]) if worn else Rank.EVERYONE
    return max(shown, Rank.MODERATOR) if line.tag("mod") == "1" else shown


def _happening(line: Line) -> Happening | None:
    """What a USERNOTICE tells; what happened in another channel of a shared chat has a kind of its own."""
    kind = _NOTICES.get(line.tag("msg-id"))
    if kind is None or not _complete(line):
        return None
    told = {"channel": _channel(line), "id": line.tag("id"), "at": _time(line)}
    return kind(line, _viewer(line, line.tag("login")), told)


Told = dict[str, Any]
"""What every happening has."""


def _subscribed(line: Line, viewer: Viewer, told: Told) -> Happening:
    return Subscribed(
        **told,
        viewer=viewer,
        tier=tier(line.tag("msg-param-sub-plan")),
        months=_count(line.tag("msg-param-cumulative-months") or "1"),
    )


def _gift(line: Line, viewer: Viewer, told: Told) -> Happening | None:
    if line.tag("msg-param-community-gift-id"):  # a part of a bomb
        return None
    name = line.tag("msg-param-recipient-display-name") or line.tag("msg-param-recipient-user-name")
    return Gifted(
        **told, giver=_giver(line, viewer), tier=tier(line.tag("msg-param-sub-plan")), receiver=name
    )


def _bomb(line: Line, viewer: Viewer, told: Told) -> Happening:
    return Gifted(
        **told,
        giver=_giver(line, viewer),
        tier=tier(line.tag("msg-param-sub-plan")),
        count=_count(line.tag("msg-param-mass-gift-count")),
        gift_id=line.tag("msg-param-community-gift-id") or line.tag("msg-param-origin-id"),
    )


def _giver(line: Line, viewer: Viewer) -> Viewer | None:
    anonymous = viewer.login == _NOBODY or line.tag("msg-id").startswith("anon")
    return None if anonymous else viewer


def _raid(line: Line, viewer: Viewer, told: Told) -> Happening:
    return Raided(**told, raider=viewer, viewers=_count(line.tag("msg-param-viewerCount")))


_NOTICES: Final[dict[str, Callable[[Line, Viewer, Told], Happening | None]]] = {
    "sub": _subscribed,
    "resub": _subscribed,
    "primepaidupgrade": _subscribed,
    "giftpaidupgrade": _subscribed,
    "anongiftpaidupgrade": _subscribed,
    "subgift": _gift,
    "anonsubgift": _gift,
    "submysterygift": _bomb,
    "anonsubmysterygift": _bomb,
    "raid": _raid,
}
"""A gift that is paid forward is told as a gift, too."""


def _capability(line: Line) -> Unable | None:
    return Unable(line.text.strip()) if "NAK" in line.params[:-1] else None


def _entered(line: Line) -> Entered | None:
    return Entered(line.room, line.nick) if line.room else None


def _room(line: Line) -> Entered | None:
    """The first word of a room; later ones only tell of a change, which is as good."""
    return Entered(line.room) if line.room else None


def _state(line: Line) -> State | None:
    return State(line.room, _rank(line), line.tag("id"), line.tag("client-nonce")) if line.room else None


def _notice(line: Line) -> Notice:
    return Notice(line.room, line.tag("msg-id"), line.text)


_COMMANDS: Final[dict[str, Callable[[Line], Event | None]]] = {
    "PRIVMSG": _message,
    "USERNOTICE": _happening,
    "PING": lambda line: Ping(line.text),
    "PONG": lambda line: Pong(),
    "001": lambda line: Welcome(),
    "CAP": _capability,
    "RECONNECT": lambda line: Moving(),
    "JOIN": _entered,
    "ROOMSTATE": _room,
    "USERSTATE": _state,
    "NOTICE": _notice,
}
