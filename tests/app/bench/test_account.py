"""What became of everything is settled to the last line."""

import pytest

from kissbot.app.bench.account import Commands, announcements, commands
from kissbot.chat.trail import Stage, Step
from kissbot.sandbox.platform import Sent


def step(message_id: str, stage: Stage, outcome: str) -> Step:
    return Step(0, "1", message_id, "2", "ping", stage, outcome)


def sent(text: str, *, reply_to: str | None = None, channel: str = "ada", shown: bool = True) -> Sent:
    return Sent("s", channel, text, reply_to, 0, None, shown, None if shown else "msg_slowmode")


def settled(steps: list[Step], lines: list[Sent]) -> Commands:
    return commands(["m"], steps, lines)


def test_a_command_that_was_answered_once_is_so() -> None:
    found = settled([step("m", "command", "answered"), step("m", "send", "")], [sent("Pong!", reply_to="m")])
    assert found == Commands(typed=1, received=1, answered=1)


def test_a_command_that_never_came_is_nobodys_fault() -> None:
    assert settled([], []) == Commands(typed=1)


def test_two_answers_are_one_too_many() -> None:
    found = settled([step("m", "command", "answered")], [sent("Pong!", reply_to="m")] * 2)
    assert (found.doubled, found.answered) == (1, 0)


@pytest.mark.parametrize(
    ("steps", "reason"),
    [
        ([step("m", "command", "answered"), step("m", "send", "network")], "network"),
        ([step("m", "command", "cooling")], "cooling"),
        ([step("m", "command", "repeated"), step("m", "command", "overflow")], "overflow"),
    ],
)
def test_silence_with_a_reason_is_counted_by_it(steps: list[Step], reason: str) -> None:
    assert settled(steps, []).counted == {reason: 1}


def test_silence_without_a_reason_is_seen() -> None:
    found = settled([step("m", "command", "answered"), step("m", "send", "")], [])
    assert (found.unexplained, found.counted) == (1, {})


def test_a_line_that_was_not_shown_is_no_answer() -> None:
    steps = [step("m", "command", "answered"), step("m", "send", "msg_slowmode")]
    found = settled(steps, [sent("Pong!", reply_to="m", shown=False)])
    assert (found.answered, found.counted) == (0, {"msg_slowmode": 1})


def test_announcements_are_counted_by_their_titles() -> None:
    lines = [
        *[sent("🔴 @ada is live! 🎮 title-1", channel="ada")] * 2,
        sent("🔴 @bob is live! 🎮 title-2", channel="bob"),
        sent("🔴 @cleo is live! 🎮 title-3", channel="cleo", shown=False),
    ]
    titles = {"ada": "title-1", "bob": "title-2", "cleo": "title-3", "dora": "title-4"}
    found = announcements(titles, lines)
    assert (found.streams, found.announced, found.lost, found.doubled) == (4, 1, 1, 1)
    assert found.refused == {"msg_slowmode": 1}
