"""What became of the connections, counted."""

import pytest

from kissbot.chat.hearing import Attention, Gap, Listening, Thread
from kissbot.testing import ManualClock


def such(**up: bool) -> Listening:
    """Sockets, and whether they are up."""
    threads = (Thread(name=name, way="websocket", up=is_up, since=0) for name, is_up in up.items())
    return Listening(way="websocket", why="", threads=tuple(threads))


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


async def test_deaf_are_the_seconds_without_any_connection(clock: ManualClock) -> None:
    attention = Attention(clock.time)
    await clock.push(2)
    assert (attention.is_deaf, attention.deaf_seconds, attention.deaf_for) == (True, 2, 2)
    attention.listening(such(one=True, two=True))
    await clock.push(10)
    attention.listening(such(one=False, two=True))
    await clock.push(10)
    assert (attention.is_deaf, attention.deaf_seconds, attention.deaf_for) == (False, 2, 0)
    attention.listening(such(one=False, two=False))
    await clock.push(5)
    attention.listening(such(one=False, two=False))
    await clock.push(5)
    assert (attention.is_deaf, attention.deaf_seconds, attention.deaf_for) == (True, 12, 10)
    attention.listening(such(one=True))
    await clock.push(5)
    assert (attention.is_deaf, attention.deaf_seconds) == (False, 12)


def test_connections_are_counted_when_they_come_and_go() -> None:
    attention = Attention()
    for how in (such(one=True), such(one=True), such(one=False), such(one=True, two=True), such()):
        attention.listening(how)
    assert (attention.made["websocket"], attention.lost["websocket"]) == (3, 3)


def test_gaps_count_for_every_channel() -> None:
    attention = Attention()
    attention.gap(Gap(from_at=10, to_at=13, channels=("1", "2"), why="a test"))
    assert (attention.gaps, attention.channel_seconds) == (1, 6)
