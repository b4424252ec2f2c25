"""Turns go round: between channels, bounded, and none is lost."""

import asyncio
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kissbot.knowledge.answers.fair import Crowded, Turns


class Place:
    """Where questions are asked, and it is told which had their turn, and how many at once."""

    def __init__(self, turns: Turns) -> None:
        self.turns = turns
        self.begun: list[str] = []
        self.busy = self.most = 0

    async def ask(self, channel: str, rounds: int = 1) -> None:
        """A question of a channel, which takes so many rounds of the loop."""
        async with self.turns.turn(channel):
            self.begun.append(channel)
            self.busy += 1
            self.most = max(self.most, self.busy)
            try:
                for _ in range(rounds):
                    await asyncio.sleep(0)
            finally:
                self.busy -= 1


def assert_fair(begun: list[str], asked: Counter[str]) -> None:
    """No channel has its next turn while another that waits has had fewer."""
    had: Counter[str] = Counter()
    for channel in begun:
        waiting = [had[each] for each, count in asked.items() if had[each] < count]
        assert had[channel] == min(waiting)
        had[channel] += 1
    assert had == asked


async def test_a_thousand_questions_of_a_hundred_channels_take_turns() -> None:
    place = Place(Turns(at_once=4))
    await asyncio.gather(*(place.ask(f"channel {number // 10}", 3) for number in range(1000)))
    asked = Counter({f"channel {number}": 10 for number in range(100)})
    assert_fair(place.begun, asked)
    assert set(place.begun[:100]) == set(asked), "each has its turn before any has its second"
    assert place.most == 4
    assert place.turns.waiting == 0


@settings(max_examples=50)
@given(
    st.lists(st.tuples(st.sampled_from("abcdefg"), st.integers(0, 4)), max_size=60),
    st.integers(1, 5),
)
def test_whoever_comes_in_whatever_order_it_is_fair(questions: list[tuple[str, int]], at_once: int) -> None:
    async def play() -> Place:
        place = Place(Turns(at_once, per_channel=60))
        await asyncio.gather(*(place.ask(channel, rounds) for channel, rounds in questions))
        return place

    place = asyncio.run(play())
    assert_fair(place.begun, Counter(channel for channel, _ in questions))
    assert place.most <= at_once


@settings(max_examples=50)
@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 3), st.booleans()), max_size=40),
    st.integers(1, 3),
    st.integers(0, 5),
)
def test_whoever_goes_away_no_turn_is_lost(
    questions: list[tuple[str, int, bool]], at_once: int, rounds_before: int
) -> None:
    async def play() -> Place:
        place = Place(Turns(at_once, per_channel=60))
        tasks = [asyncio.create_task(place.ask(channel, rounds)) for channel, rounds, _ in questions]
        for _ in range(rounds_before):
            await asyncio.sleep(0)
        for task, (_, _, leaves) in zip(tasks, questions, strict=True):
            if leaves:
                task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert (place.turns.waiting, place.busy) == (0, 0)
        await asyncio.gather(*(place.ask("later") for _ in range(9)))
        return place

    place = asyncio.run(play())
    assert place.begun[-9:] == ["later"] * 9
    assert place.most <= at_once


async def test_more_than_can_be_served_are_refused_at_once() -> None:
    place = Place(Turns(at_once=1, per_channel=2, everywhere=3))
    tasks = [asyncio.create_task(place.ask(channel, 5)) for channel in ("a", "a", "b")]
    await asyncio.sleep(0)
    with pytest.raises(Crowded) as everywhere:
        await place.ask("c")
    assert everywhere.value.where == "everywhere"
    await asyncio.gather(*tasks)
    tasks = [asyncio.create_task(place.ask("a", 5)) for _ in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(Crowded) as channel:
        await place.ask("a")
    assert channel.value.where == "channel"
    await asyncio.gather(*tasks)
    assert place.begun.count("a") == 4


async def test_a_failure_gives_the_turn_back() -> None:
    turns = Turns(at_once=1)
    with pytest.raises(ValueError, match="no"):
        async with turns.turn("a"):
            raise ValueError("no")
    async with turns.turn("a"):
        assert turns.waiting == 0
