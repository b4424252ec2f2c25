"""A chat connection over IRC as a protocol: bytes and times in, events and bytes out. No network.

Source: Twitch, "IRC Concepts".
"""

from typing import Final

from msgspec import Struct

from kissbot.transports.twitch.hearing.eventsub import BadFrame
from kissbot.transports.twitch.irc.lines import Splitter, parse, written
from kissbot.transports.twitch.irc.meaning import (
    Entered,
    Event,
    Notice,
    Ping,
    Pong,
    State,
    Welcome,
    understood,
)
from kissbot.transports.twitch.irc.rooms import Barred, Pace, Rooms

QUIET: Final = 5.0
"""Seconds of silence after which Twitch is asked whether it is there."""

PATIENCE: Final = 10.0
"""Seconds that it has to answer before the connection counts as dead."""

_BARRED: Final = frozenset(("msg_channel_suspended", "tos_ban"))
"""Why nobody can be in a room."""

_DROPS: Final = frozenset(("no_permission", "unrecognized_cmd", "tos_ban"))
"""Why a line is not shown, besides all that begins with `msg_`."""


class Answer(Struct, frozen=True):
    """What became of a line that we said: it is shown, or (with a code) not."""

    nonce: str
    message_id: str = ""
    code: str = ""
    text: str = ""


class Spoilt(Struct, frozen=True):
    """A line that cannot be read; it is passed over."""

    why: str


Happened = Event | Barred | Answer | Spoilt


class Session:
    """One connection: logs in, stays alive, is in its rooms, and knows what became of what was said."""

    def __init__(self, login: str, token: str, pace: Pace, now: float) -> None:
        self.login = login
        self.rooms = Rooms(login, pace)
        self.welcomed = False
        self.heard_at = now
        """When something came last, on the clock of the caller (seconds)."""
        self._pinged = False
        self._relieved = False
        """Whether the answer that was waited for has come."""
        self._lines = Splitter()
        self._said: dict[str, str] = {}
        """The nonce of the line under way in each room."""
        self._known: set[str] = set()
        """The rooms where it was told what we are."""
        self._out = [
            written("CAP", "REQ", "twitch.tv/tags twitch.tv/commands"),
            f"PASS oauth:{token}",
            f"NICK {login}",
        ]

    def outgoing(self) -> bytes:
        """What is to be sent now; it counts as sent."""
        lines, self._out = self._out, []
        return "".join(f"{line}\r\n" for line in lines).encode()

    @property
    def calls(self) -> bool:
        """Whether it is to be tended to before `next_at`, as something came."""
        return bool(self._out) or self._relieved

    def dead(self, now: float) -> bool:
        """Whether Twitch has been silent for too long."""
        return now >= self.heard_at + QUIET + PATIENCE

    def next_at(self, now: float) -> float:
        """When there is something to `tend` to, or the connection is dead."""
        quiet_at = self.heard_at + (QUIET + PATIENCE if self._pinged or not self.welcomed else QUIET)
        return min(quiet_at, self.rooms.next_at(now)) if self.welcomed else quiet_at

    def tend(self, now: float) -> list[Barred]:
        """Do what is due."""
        self._relieved = False
        if not self.welcomed:
            return []
        if not self._pinged and now >= self.heard_at + QUIET:
            self._pinged = True
            self._out.append(written("PING", "kissbot"))
        asked, barred = self.rooms.tend(now)
        self._out += [f"JOIN #{room}" for room in asked]
        return barred

    def leave(self, room: str) -> None:
        """Be in a room no more."""
        self._known.discard(room)
        if self.rooms.leave(room):
            self._out.append(f"PART #{room}")

    def say(self, room: str, text: str, nonce: str, reply_to: str = "") -> None:
        """Say a line; `Answer` will tell what became of it. One at a time in each room."""
        self._said[room] = nonce
        self._out.append(
            written("PRIVMSG", f"#{room}", text, client_nonce=nonce, reply_parent_msg_id=reply_to)
        )

    def receive(self, data: bytes, now: float) -> list[Happened]:
        """What came, as events in their order. Nothing that may come raises."""
        self.heard_at, self._pinged, self._relieved = now, False, self._relieved or self._pinged
        events: list[Happened] = []
        for raw in self._lines.feed(data):
            try:
                event = understood(parse(raw))
            except BadFrame as error:
                events.append(Spoilt(str(error)))
            else:
                events += self._consequences(event) if event else ()
        return events

    def _consequences(self, event: Event) -> list[Happened]:
        match event:
            case Ping(text):
                self._out.append(written("PONG", text))
                return []
            case Pong():
                return []
            case Welcome():
                self.welcomed = True
            case Entered(room, who):
                return [event] if who in ("", self.login) and self.rooms.enter(room) else []
            case State(room, rank):
                self.rooms.rank(room, rank)
                return [event, *self._shown(event)]
            case Notice(room):
                return [event, *self._not_shown(event), *self._barred(event)]
        return [event]

    def _shown(self, state: State) -> list[Answer]:
        """A state after a line of ours answers it; the first one is told on entering the room."""
        nonce, first = self._said.get(state.room), state.room not in self._known
        self._known.add(state.room)
        if nonce is None or (state.nonce != nonce and (state.nonce or first)):
            return []
        del self._said[state.room]
        return [Answer(nonce, state.message_id)]

    def _not_shown(self, notice: Notice) -> list[Answer]:
        if not (notice.code.startswith("msg_") or notice.code in _DROPS):
            return []
        nonce = self._said.pop(notice.room, None)
        return [Answer(nonce, code=notice.code, text=notice.text)] if nonce else []

    def _barred(self, notice: Notice) -> list[Barred]:
        return self.rooms.bar(notice.room, notice.text) if notice.code in _BARRED else []
