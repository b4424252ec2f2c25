"""When which channels were deaf."""

from kissbot.chat.hearing import Gap
from kissbot.transports.twitch.hearing.gaps import TOGETHER, Deafness


def test_one_loss_is_told_once_with_all_its_channels() -> None:
    deafness = Deafness()
    deafness.lost(["b", "a"], 100, "the connection broke")
    deafness.heard_again("a", 101)
    assert deafness.over(101) == []
    deafness.heard_again("b", 103)
    assert deafness.over(103) == [
        Gap(from_at=100, to_at=103, channels=("a", "b"), why="the connection broke")
    ]
    assert deafness.over(200) == []


def test_a_channel_that_stays_deaf_does_not_hide_the_gap_of_the_others() -> None:
    deafness = Deafness()
    deafness.lost(["a", "b"], 100, "gone")
    deafness.heard_again("a", 101)
    (gap,) = deafness.over(101 + TOGETHER)
    assert (gap.channels, gap.to_at) == (("a",), 101)
    deafness.heard_again("b", 500)
    (gap,) = deafness.over(500)
    assert (gap.channels, gap.from_at, gap.to_at) == (("b",), 100, 500)


def test_who_is_lost_twice_is_deaf_since_the_first_time() -> None:
    deafness = Deafness()
    deafness.lost(["a"], 100, "first")
    deafness.lost(["a", "b"], 105, "second")
    deafness.heard_again("a", 110)
    deafness.heard_again("b", 110)
    assert [(gap.from_at, gap.channels, gap.why) for gap in deafness.over(110)] == [
        (100, ("a",), "first"),
        (105, ("b",), "second"),
    ]


def test_a_channel_that_was_left_is_missed_by_nobody() -> None:
    deafness = Deafness()
    deafness.lost(["a"], 100, "gone")
    deafness.parted("a")
    assert deafness.over(200) == []


def test_what_was_never_lost_is_no_gap() -> None:
    deafness = Deafness()
    deafness.heard_again("a", 100)
    assert deafness.over(200) == []
