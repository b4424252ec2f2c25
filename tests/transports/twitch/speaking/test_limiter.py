"""No schedule breaks a limit of Twitch's, as somebody else counts it, and none is slower than the limits."""

from collections import Counter, deque
from collections.abc import Callable, Sequence
from heapq import heappop, heappush
from itertools import count
from random import Random
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import msgpack

from kissbot.chat.lines import LIMIT, clean
from kissbot.chat.messages import Channel, Outgoing, Priority
from kissbot.transports.twitch.speaking.limiter import (
    FIRST_PAUSE,
    LONGEST_PAUSE,
    TOO_FAST,
    VOID,
    WITHIN,
    Ledger,
    Limits,
    Settled,
    Slot,
    Wait,
    Wish,
    mark_of,
)
from kissbot.transports.twitch.speaking.queue import Line, Queue

NOW = 1_800_000_000.0
LIMITS = Limits()
SHORTEST = 1e-4
"""Seconds that an answer takes at least: it comes after the line has arrived."""


# An independent count


class Arrival(NamedTuple):
    """A line, when it came to Twitch."""

    at: float
    chance: float
    """Which of those that come at the same moment is counted first."""
    channel: str
    privileged: bool


def broken(arrivals: Sequence[Arrival]) -> list[Arrival]:
    """Those that Twitch would punish: written from its documentation, for whoever sends."""
    window: deque[float] = deque()
    last: dict[str, float] = {}
    bad = []
    for line in sorted(arrivals):
        while window and window[0] < line.at - 30:
            window.popleft()
        too_many = len(window) >= (100 if line.privileged else 20)
        too_soon = not line.privileged and line.at - last.get(line.channel, 0) < 1
        if too_many or too_soon:
            bad.append(line)
        window.append(line.at)
        last[line.channel] = line.at
    return bad


# A Twitch with processes that send, in a time of its own


class Mix(NamedTuple):
    """What is sent from where, and how well that goes."""

    seed: int = 1
    privileged: tuple[bool, ...] = (False,)
    """Of each channel."""
    latency: float = 0
    """Seconds, at most."""
    trouble: float = 0
    """The share of lines that are refused, lost, or whose process is killed."""
    processes: int = 1
    priorities: tuple[Priority, ...] = (Priority.ANSWER,)
    backlog: int = 3
    """Lines that always wait in each channel of each process."""


class Process:
    """What a process has in its memory."""

    def __init__(self) -> None:
        self.queue = Queue()
        self.held: dict[tuple[int, bool], float] = {}
        self.settled: list[Settled] = []
        self.wakes_at = 0.0


class World:
    """Runs until enough has been sent."""

    def __init__(self, mix: Mix) -> None:
        self.mix, self.chance = mix, Random(mix.seed)
        self.now = NOW
        self.ledger = Ledger()
        self.arrivals: list[Arrival] = []
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = count()
        self._lines = count()
        for _ in range(mix.processes):
            self._begin()

    def run(self, sends: int, seconds: float = float("inf")) -> None:
        """Let so many lines be sent, or so much time pass."""
        while len(self.arrivals) < sends and self._events:
            at, _, act = heappop(self._events)
            if at > NOW + seconds:
                return
            self.now = max(self.now, at)
            act()

    def _begin(self) -> None:
        process = Process()
        for channel in range(len(self.mix.privileged)):
            for _ in range(self.mix.backlog):
                self._push(process, channel)
        self._at(self.now, lambda: self._decide(process))

    def _at(self, at: float, act: Callable[[], None]) -> None:
        heappush(self._events, (at, next(self._numbers), act))

    def _push(self, process: Process, channel: int) -> None:
        text = f"line {next(self._lines) % 7}"
        priority = self.chance.choice(self.mix.priorities)
        outgoing = Outgoing("x", Channel(str(channel), f"c{channel}"), text, priority=priority)
        process.queue.push(Line(outgoing))

    def _kind(self, line: Line) -> tuple[int, bool]:
        return line.outgoing.priority, self.mix.privileged[int(line.outgoing.channel.id)]

    def _decide(self, process: Process) -> None:
        lines = [
            line
            for line in process.queue.heads(self.now)
            if process.held.get(self._kind(line), 0) <= self.now
        ]
        if self.chance.random() < 0.05:
            self.ledger = msgpack.decode(msgpack.encode(self.ledger), type=Ledger)
        for settled in process.settled:
            self.ledger.settle(settled)
        process.settled.clear()
        wishes = [line.wish(self._kind(line)[1]) for line in lines]
        for line, answer in zip(lines, self.ledger.reserve(wishes, self.now, LIMITS), strict=True):
            if isinstance(answer, Slot):
                self._send(process, line, answer)
                continue
            if answer.everywhere:
                process.held[self._kind(line)] = answer.until
            else:
                line.not_before = answer.until
        self._wake(process)

    def _wake(self, process: Process) -> None:
        """Come back when something may go that may not go now."""
        held = [until for until in process.held.values() if until > self.now]
        at = min(process.queue.next_at(self.now), *held) if held else process.queue.next_at(self.now)
        if at < float("inf") and (at < process.wakes_at or process.wakes_at <= self.now):
            process.wakes_at = at
            self._at(at, lambda: self._decide(process))

    def _send(self, process: Process, line: Line, slot: Slot) -> None:
        process.queue.take(line)
        self._push(process, int(line.outgoing.channel.id))
        latency = max(SHORTEST, self.chance.choice((0, 1, self.chance.random())) * self.mix.latency)
        code = ""
        if self.chance.random() < self.mix.trouble:
            code = self.chance.choice((VOID, "network", "msg_slowmode", "killed"))
        if code == "killed":
            latency = WITHIN
        if code != VOID:
            late = self.chance.choice((0, 0.99, self.chance.random())) * latency
            channel, privileged = line.outgoing.channel.id, self._kind(line)[1]
            self.arrivals.append(Arrival(self.now + late, self.chance.random(), channel, privileged))
        self._at(self.now + latency, lambda: self._settle(process, line, slot, code))

    def _settle(self, process: Process, line: Line, slot: Slot, code: str) -> None:
        if code != "killed":
            process.settled.append(Settled(slot.number, self.now, code))
        process.queue.done(line)
        process.held.clear()
        self._decide(process)


mixes = st.builds(
    Mix,
    seed=st.integers(0, 2**32),
    privileged=st.lists(st.booleans(), min_size=1, max_size=12).map(tuple),
    latency=st.sampled_from((0, 0.001, 0.08, 0.5, 3, 10, WITHIN)),
    trouble=st.sampled_from((0, 0.01, 0.2)),
    processes=st.integers(1, 2),
    priorities=st.lists(st.sampled_from(Priority), min_size=1, max_size=4).map(tuple),
    backlog=st.integers(1, 3),
)


@given(mixes)
@settings(max_examples=25)
def test_no_short_schedule_breaks_a_limit(mix: Mix) -> None:
    world = World(mix)
    world.run(300)
    assert broken(world.arrivals) == []


@pytest.mark.parametrize(
    "mix",
    [
        Mix(1, (False, True, True), 0.3, 0.01, 2, tuple(Priority)),
        Mix(2, (True,) * 6, 0.08, 0.05, 2, (Priority.ANSWER, Priority.BROADCAST)),
        Mix(3, (False,) * 6, 10, 0.2, 2),
    ],
)
def test_no_schedule_of_ten_thousand_lines_breaks_a_limit(mix: Mix) -> None:
    world = World(mix)
    world.run(10_000)
    assert broken(world.arrivals) == []


def test_the_count_sees_what_is_wrong() -> None:
    crowd = [Arrival(NOW + number, 0, str(number), False) for number in range(21)]
    assert broken(crowd) == crowd[20:]
    assert broken([*crowd[:20], Arrival(NOW + 20, 0, "mine", True)]) == []
    assert len(broken([Arrival(NOW + number / 10, 0, "mine", True) for number in range(101)])) == 1
    assert len(broken([Arrival(NOW, 0, "c", False), Arrival(NOW + 0.9, 0, "c", False)])) == 1


@pytest.mark.parametrize(
    ("privileged", "possible"),
    [((False,) * 30, 20), ((True,) * 30, 100), ((True, False) * 15, 100), ((False,), 20)],
)
def test_nearly_all_that_the_limits_allow_is_sent(privileged: tuple[bool, ...], possible: int) -> None:
    world = World(Mix(privileged=privileged))
    world.run(1_000_000, 30 * 50)
    assert broken(world.arrivals) == []
    assert len(world.arrivals) >= 0.95 * possible * 50


@pytest.mark.parametrize("latency", [0.08, 0.5])
def test_latency_costs_hardly_anything(latency: float) -> None:
    world = World(Mix(privileged=(False,) * 30, latency=latency, processes=2))
    world.run(1_000_000, 30 * 50)
    assert len(world.arrivals) >= 0.95 * 20 * 50


# What goes first


def wish(
    text: str = "pong", channel: str = "10", privileged: bool = False, priority: Priority = Priority.ANSWER
) -> Wish:
    """Something to say."""
    return Wish(channel, text, privileged, priority)


def crowd(number: int, **details: object) -> list[Wish]:
    """Lines of that kind, in as many channels."""
    return [wish(channel=str(index), **details) for index in range(number)]  # type: ignore[arg-type]


def granted(ledger: Ledger, wishes: Sequence[Wish], now: float = NOW) -> list[Slot]:
    """What may be sent now; it arrives at once."""
    slots = [slot for slot in ledger.reserve(wishes, now, LIMITS) if isinstance(slot, Slot)]
    for slot in slots:
        ledger.settle(Settled(slot.number, now))
    return slots


def test_what_nobody_waits_for_leaves_room_for_answers() -> None:
    ledger = Ledger()
    assert len(granted(ledger, crowd(30, priority=Priority.BROADCAST))) == 19
    assert len(granted(ledger, [wish(channel="another")])) == 1
    ledger = Ledger()
    assert len(granted(ledger, crowd(120, privileged=True, priority=Priority.ANNOUNCEMENT))) == 95
    assert len(granted(ledger, crowd(120, privileged=True))) == 5


def test_the_busier_the_chat_the_more_room_is_left() -> None:
    ledger = Ledger()
    granted(ledger, crowd(25, privileged=True))
    assert len(granted(ledger, crowd(200, privileged=True, priority=Priority.BROADCAST))) == 60


def test_a_broadcast_waits_while_an_answer_has_no_room() -> None:
    ledger = Ledger()
    granted(ledger, crowd(20, privileged=True))
    loud = crowd(1, privileged=True, priority=Priority.BROADCAST)
    quiet, broadcast = ledger.reserve([wish(channel="quiet"), *loud], NOW, LIMITS)
    assert isinstance(quiet, Wait)
    assert isinstance(broadcast, Wait)
    assert granted(ledger, [wish(channel="quiet"), *loud], quiet.until)
    assert granted(ledger, loud, quiet.until)


def test_an_answer_does_not_wait_for_another_ones_room() -> None:
    ledger = Ledger()
    granted(ledger, crowd(20, privileged=True))
    assert len(granted(ledger, [wish(channel="quiet"), *crowd(80, privileged=True)])) == 80


# The same text again


def test_the_same_text_is_varied_where_nobody_sees_it() -> None:
    ledger = Ledger()
    slots = [slot for second in range(10) for slot in granted(ledger, [wish()], NOW + second * 2)]
    assert len({slot.text for slot in slots}) == 10
    assert {clean(slot.text) for slot in slots} == {"pong"}


def test_after_half_a_minute_it_is_itself_again() -> None:
    ledger = Ledger()
    assert [slot.text for at in (0, 31) for slot in granted(ledger, [wish()], NOW + at)] == ["pong", "pong"]


def test_even_a_long_text_stays_short_enough() -> None:
    ledger, text = Ledger(), "x" * LIMIT
    slots = [slot for second in range(6) for slot in granted(ledger, [wish(text)], NOW + second * 2)]
    assert len(slots) == 6
    assert max(len(slot.text.encode("utf-16-le")) // 2 for slot in slots) <= 500


def test_what_was_said_is_known_for_a_minute_whatever_it_looked_like() -> None:
    ledger = Ledger()
    granted(ledger, [wish("pong"), wish("🏓  pong", channel="11")])
    assert ledger.has("10", {mark_of("pong \U000e0000 \U000e0000")}, NOW + 59)
    assert ledger.has("11", {mark_of("🏓 pong")}, NOW)
    assert not ledger.has("11", {mark_of("pong")}, NOW)
    assert not ledger.has("10", {mark_of("pong")}, NOW + 61)


# Ignored by Twitch


def refused(ledger: Ledger, at: float) -> Wait:
    """Send a line that Twitch calls too fast; what the next one hears."""
    (slot,) = ledger.reserve([wish()], at, LIMITS)
    assert isinstance(slot, Slot), slot
    ledger.settle(Settled(slot.number, at, TOO_FAST))
    (wait,) = ledger.reserve([wish(channel="another")], at, LIMITS)
    assert isinstance(wait, Wait)
    return wait


def test_whoever_is_ignored_is_quiet_and_tries_one_line_after_growing_pauses() -> None:
    ledger, at, pauses = Ledger(), NOW, []
    for _ in range(9):
        wait = refused(ledger, at)
        assert wait.penalty
        pauses.append(wait.until - at)
        at = wait.until
    assert pauses == [min(FIRST_PAUSE * 2**number, LONGEST_PAUSE) for number in range(9)]


def test_one_line_at_a_time_finds_out_whether_it_is_over() -> None:
    ledger = Ledger()
    at = refused(ledger, NOW).until
    probe, *others = ledger.reserve(crowd(5), at, LIMITS)
    assert isinstance(probe, Slot)
    assert all(isinstance(other, Wait) and other.penalty for other in others)
    ledger.settle(Settled(probe.number, at + 1))
    assert len(granted(ledger, crowd(5), at + 3)) == 5


def test_a_probe_whose_process_is_killed_is_followed_by_another() -> None:
    ledger = Ledger()
    at = refused(ledger, NOW).until
    assert isinstance(ledger.reserve(crowd(1), at, LIMITS)[0], Slot)
    assert isinstance(ledger.reserve(crowd(1), at + 1, LIMITS)[0], Wait)
    assert len(granted(ledger, [wish(channel="another")], at + WITHIN)) == 1


def test_where_the_account_is_privileged_it_goes_on_speaking() -> None:
    ledger = Ledger()
    refused(ledger, NOW)
    assert len(granted(ledger, crowd(5, privileged=True), NOW + 1)) == 5


def test_lines_that_were_under_way_do_not_make_the_penalty_longer() -> None:
    ledger = Ledger()
    slots = [slot for slot in ledger.reserve(crowd(5), NOW, LIMITS) if isinstance(slot, Slot)]
    for slot in slots:
        ledger.settle(Settled(slot.number, NOW + 1, TOO_FAST))
    assert ledger.strikes == 1


# Rows


def line(channel: str, text: str, priority: Priority = Priority.ANSWER, expires_at: float = 1e99) -> Line:
    """A line that waits."""
    return Line(Outgoing(text, Channel(channel, channel), text, None, priority, expires_at))


def said(queue: Queue, number: int) -> list[str]:
    """Take so many lines, each of which arrives at once."""
    texts = []
    for _ in range(number):
        head = next(queue.heads(NOW))
        queue.take(head)
        queue.done(head)
        texts.append(head.outgoing.text)
    return texts


def test_a_flood_in_one_channel_costs_another_no_more_than_its_turn() -> None:
    queue = Queue()
    for number in range(50):
        queue.push(line("loud", f"loud {number}"))
    queue.push(line("quiet", "quiet"))
    queue.push(line("third", "third"))
    assert said(queue, 5) == ["loud 0", "quiet", "third", "loud 1", "loud 2"]


def test_the_important_goes_first_and_equals_keep_their_order() -> None:
    queue = Queue()
    for number, priority in enumerate((3, 1, 2, 0, 1)):
        queue.push(line("a", str(number), Priority(priority)))
    assert said(queue, 5) == ["3", "1", "4", "2", "0"]


def test_one_line_of_a_channel_is_under_way_at_a_time() -> None:
    queue = Queue()
    for text, priority in (("first", 1), ("second", 1), ("news", 2)):
        queue.push(line("a", text, Priority(priority)))
    (head,) = queue.heads(NOW)
    queue.take(head)
    assert list(queue.heads(NOW)) == []
    queue.back(head)
    assert said(queue, 3) == ["first", "second", "news"]


def test_a_channel_has_no_more_than_so_many_waiting() -> None:
    queue = Queue(most=2)
    assert [queue.push(line("a", "x")) for _ in range(3)] == [True, True, False]
    assert queue.push(line("b", "x"))
    assert len(queue) == 3


def test_where_nothing_is_in_turn_no_line_waits_for_another() -> None:
    queue = Queue(in_turn=False)
    lines = [line("a", str(number)) for number in range(3)]
    assert all(map(queue.push, lines))
    assert list(queue.heads(NOW)) == lines
    for one in lines:
        queue.take(one)
    queue.back(lines[1])
    assert list(queue.heads(NOW)) == [lines[1]]


def test_what_is_too_old_is_taken_out_wherever_it_stands() -> None:
    queue = Queue()
    for index, expires_at in enumerate((NOW + 5, NOW + 1, NOW + 9)):
        queue.push(line("a", str(index), expires_at=expires_at))
    assert queue.next_at(NOW) == NOW + 1
    assert [late.outgoing.text for late in queue.expire(NOW + 5)] == ["0", "1"]
    assert queue.next_at(NOW) == NOW + 9
    assert [late.outgoing.text for late in queue.clear()] == ["2"]
    assert len(queue) == 0


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(Priority), st.integers(0, 20))))
def test_no_line_is_lost_or_doubled(pushed: list[tuple[str, Priority, int]]) -> None:
    queue, seen = Queue(), Counter[int]()
    lines = [line(channel, "x", priority, NOW + end) for channel, priority, end in pushed]
    for one in lines:
        assert queue.push(one)
    for step in range(60):
        seen.update(id(late) for late in queue.expire(NOW + step))
        if head := next(queue.heads(NOW + step), None):
            queue.take(head)
            queue.done(head)
            seen[id(head)] += 1
    assert seen == Counter(map(id, lines))
