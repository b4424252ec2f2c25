"""Which rooms an IRC connection is in, and when it may ask for the next. Times in, decisions out.

Source: Twitch, "Chat & Chatbots": 20 joins in 10 s, 100 rooms at once, not counting one's own and those where
one moderates. A room that is not there is answered with silence.
"""

from collections import deque
from typing import Final

from msgspec import Struct

from kissbot.chat.messages import Rank

JOINS: Final = 20
WINDOW: Final = 11.0
"""Seconds: one more than Twitch says, as what we send evenly may arrive unevenly."""

ROOMS: Final = 100

ANSWER_WITHIN: Final = 10.0
ASK_AGAIN: Final = 30.0
LONGEST: Final = 600.0
"""Seconds after which a room that did not answer is asked for again: twice as long each time, up to this."""

FULL: Final = (
    f"an account can be in {ROOMS} chats over IRC, not counting those where it is a moderator; "
    "make the bot a moderator, or let it read chat by EventSub"
)
SILENT: Final = "Twitch did not answer when the bot asked to be let in; the channel may have another name now"


class Barred(Struct, frozen=True):
    """We are not in a room, and why."""

    room: str
    why: str


class Pace:
    """How often an account may ask to be let in, over all its connections."""

    def __init__(self) -> None:
        self._asked: deque[float] = deque()

    def next_at(self, now: float) -> float:
        """When the next may be asked for."""
        while self._asked and self._asked[0] <= now - WINDOW:
            self._asked.popleft()
        return now if len(self._asked) < JOINS else self._asked[0] + WINDOW

    def asked(self, now: float) -> None:
        """One was asked for."""
        self._asked.append(now)


class _Room(Struct):
    """A room where we want to be."""

    ask_at: float = 0
    """When to ask to be let in; never while that is under way, or of no use."""
    answer_by: float = float("inf")
    entered: bool = False
    free: bool = False
    """Whether it does not count towards the limit."""
    silences: int = 0
    told: bool = False
    """Whether it was said that we are not in."""

    @property
    def counts(self) -> bool:
        """Whether it takes one of the places."""
        return not self.free and (self.entered or self.answer_by < float("inf"))


class Rooms:
    """The rooms of one connection."""

    def __init__(self, login: str, pace: Pace) -> None:
        self._login, self._pace = login, pace
        self._rooms: dict[str, _Room] = {}

    def want(self, room: str) -> None:
        """Be in a room, too."""
        if room not in self._rooms:
            self._rooms[room] = _Room(free=room == self._login)

    def leave(self, room: str) -> bool:
        """Be there no more. Whether Twitch must be told."""
        left = self._rooms.pop(room, None)
        return left is not None and (left.entered or left.answer_by < float("inf"))

    def again(self) -> None:
        """Ask once more for every room that we are not in."""
        for room in self._rooms.values():
            if not room.entered and room.answer_by == float("inf"):
                room.ask_at, room.told = 0, False

    def enter(self, name: str) -> bool:
        """We were let in; whether that is news."""
        room = self._rooms.get(name)
        if room is None or room.entered:
            return False
        self._rooms[name] = _Room(float("inf"), entered=True, free=room.free)
        return True

    @property
    def entered(self) -> int:
        """How many rooms we are in."""
        return sum(room.entered for room in self._rooms.values())

    def is_in(self, name: str) -> bool:
        """Whether we were let in."""
        room = self._rooms.get(name)
        return room is not None and room.entered

    def rank(self, name: str, rank: Rank) -> None:
        """What we are in a room: where we moderate, it takes no place."""
        if room := self._rooms.get(name):
            room.free = name == self._login or rank >= Rank.MODERATOR

    def bar(self, name: str, why: str) -> list[Barred]:
        """Twitch does not let us in; it is not asked again until something is mended."""
        room = self._rooms.get(name)
        if room is None:
            return []
        room.entered, room.ask_at, room.answer_by = False, float("inf"), float("inf")
        return self._told(name, room, why)

    def _told(self, name: str, room: _Room, why: str) -> list[Barred]:
        news, room.told = not room.told, True
        return [Barred(name, why)] if news else []

    @property
    def settled(self) -> bool:
        """Whether we are wherever we can be."""
        return all(room.entered or room.told for room in self._rooms.values())

    def next_at(self, now: float) -> float:
        """When there is something to do."""
        place = self._places() > 0
        waiting = [room.ask_at for room in self._rooms.values() if place or room.free]
        answers = [room.answer_by for room in self._rooms.values()]
        ask_at = max(min(waiting, default=float("inf")), self._pace.next_at(now))
        return min([ask_at, *answers])

    def _places(self) -> int:
        return ROOMS - sum(room.counts for room in self._rooms.values())

    def tend(self, now: float) -> tuple[list[str], list[Barred]]:
        """The rooms to ask for now, and where we are not let in."""
        barred = self._unanswered(now)
        places, asked = self._places(), list[str]()
        for name, room in self._rooms.items():
            if room.ask_at > now or (places <= 0 and not room.free) or self._pace.next_at(now) > now:
                continue
            asked.append(name)
            self._pace.asked(now)
            places -= not room.free
            room.ask_at, room.answer_by = float("inf"), now + ANSWER_WITHIN
        return asked, barred + self._left_out(now, places)

    def _left_out(self, now: float, places: int) -> list[Barred]:
        """Who finds no place. Not before all who have one are in, as some may turn out to take none."""
        rooms = self._rooms.items()
        if places > 0 or any(room.answer_by < float("inf") for _, room in rooms):
            return []
        out = [(name, room) for name, room in rooms if room.ask_at <= now and not room.free]
        return [barred for name, room in out for barred in self._told(name, room, FULL)]

    def _unanswered(self, now: float) -> list[Barred]:
        barred: list[Barred] = []
        for name, room in self._rooms.items():
            if room.answer_by <= now:
                room.ask_at = now + min(LONGEST, ASK_AGAIN * 2.0 ** min(room.silences, 10))
                room.answer_by = float("inf")
                room.silences += 1
                barred += self._told(name, room, SILENT)
        return barred
