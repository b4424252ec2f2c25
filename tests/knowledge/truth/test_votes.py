"""What follows from confirmations."""

from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from kissbot.knowledge.truth.records import Confirmation
from kissbot.knowledge.truth.slips import nearest
from kissbot.knowledge.truth.votes import Votes
from kissbot.testing.contracts.truths import confirmation


class Box:
    """Votes, and who gave them."""

    def __init__(self) -> None:
        self.votes = Votes()
        self._ids = count(1)

    def says(self, who: str, channel: str, title: str, key: str = "hades", same_as: str = "") -> Confirmation:
        number = next(self._ids)
        said = confirmation(
            title, id=number, at=float(number), key=key, same_as=same_as, who_id=who, channel_id=channel
        )
        self.votes.take(said)
        return said

    def undo(self, said: Confirmation) -> None:
        self.votes.take(replace(said, undone=True))

    def answer(self, channel: str = "elsewhere", key: str = "hades") -> tuple[str, int] | None:
        answer = self.votes.answer(key, channel)
        return (answer.confirmation.title, answer.moderators) if answer else None


def test_nothing_follows_from_nothing() -> None:
    assert Box().answer() is None


def test_each_moderator_counts_once() -> None:
    box = Box()
    for who, channel in (("mia", "ada"), ("max", "ada"), ("mia", "bob"), ("mia", "ada")):
        box.says(who, channel, "Hades")
    assert box.answer() == ("Hades", 2)


def test_the_channels_own_word_holds_there_and_that_of_most_channels_everywhere_else() -> None:
    box = Box()
    box.says("mia", "ada", "Hades II")
    assert box.answer("bob") == ("Hades II", 1)
    box.says("max", "bob", "Hades")
    box.says("lea", "cai", "Hades")
    assert box.answer("ada") == ("Hades II", 1)
    assert box.answer("bob") == ("Hades", 2)
    assert box.answer() == ("Hades", 2)


def test_among_equals_more_moderators_decide_and_then_who_was_first() -> None:
    box = Box()
    box.says("mia", "ada", "Hades II")
    box.says("max", "bob", "Hades")
    assert box.answer() == ("Hades II", 1)
    box.says("lea", "bob", "Hades")
    assert box.answer() == ("Hades", 2)


def test_many_moderators_of_one_channel_are_one_channel() -> None:
    box = Box()
    for who in ("a", "b", "c", "d"):
        box.says(who, "ada", "Hades II")
    box.says("mia", "bob", "Hades")
    box.says("max", "cai", "Hades")
    assert box.answer() == ("Hades", 2)


def test_undoing_brings_back_what_held_before() -> None:
    box = Box()
    first, second = box.says("mia", "ada", "Hades"), box.says("max", "ada", "Hades II")
    assert box.answer("ada") == ("Hades II", 1)
    box.undo(second)
    assert box.answer("ada") == ("Hades", 1)
    box.undo(first)
    assert box.answer("ada") is None
    assert box.votes.keys == set()
    assert box.votes.similar("hads", "ada") is None


def test_a_link_means_whatever_the_other_name_means() -> None:
    box = Box()
    target = box.says("mia", "ada", "Breath of the Wild", "zelda")
    box.says("max", "ada", "Breath of the Wild", "botw", same_as="zelda")
    assert box.answer("ada", "botw") == ("Breath of the Wild", 1)
    box.says("mia", "ada", "Ocarina of Time", "zelda")
    assert box.answer("ada", "botw") == ("Ocarina of Time", 1)
    box.undo(box.says("mia", "ada", "Skyward Sword", "zelda"))
    assert box.answer("ada", "botw") == ("Ocarina of Time", 1)
    box.undo(target)
    assert box.answer("ada", "botw") == ("Ocarina of Time", 1)


def test_a_link_to_what_was_undone_means_what_it_meant() -> None:
    box = Box()
    target = box.says("mia", "ada", "Breath of the Wild", "zelda")
    box.says("max", "ada", "Breath of the Wild", "botw", same_as="zelda")
    box.undo(target)
    assert box.answer("ada", "botw") == ("Breath of the Wild", 1)


def test_links_in_a_circle_end() -> None:
    box = Box()
    for key, other in (("a1", "b1"), ("b1", "c1"), ("c1", "a1")):
        box.says("mia", "ada", "Hades", key, same_as=other)
    assert box.answer("ada", "a1") == ("Hades", 1)


def test_a_slip_finds_it_unless_it_could_be_two_things() -> None:
    box = Box()
    box.says("mia", "ada", "Hades")
    similar = box.votes.similar("hads", "ada")
    assert similar
    assert similar.confirmation.title == "Hades"
    box.says("mia", "ada", "Hadst", key="hadst")
    assert box.votes.similar("hads", "ada") is None


def test_a_thing_is_found_by_what_it_is() -> None:
    box = Box()
    said = box.says("mia", "ada", "Hades", key="godgame")
    assert box.votes.confirmed("hades", "bob")
    box.says("mia", "bob", "Black & White", key="godgame")
    assert box.votes.confirmed("hades", "bob") is None
    box.undo(said)
    assert box.votes.confirmed("hades", "ada") is None


@pytest.mark.parametrize(
    ("typed", "known", "near"),
    [
        ("hads", ["hades"], ["hades"]),
        ("haeds", ["hades"], ["hades"]),
        ("hadees", ["hades"], ["hades"]),
        ("shades", ["hades"], []),
        ("hades2", ["hades", "hades3"], []),
        ("hade2", ["hades2"], ["hades2"]),
        ("rust", ["ruse"], []),
        ("had", ["hades"], []),
        ("hollowknigt", ["hollowknight", "hollowknights"], ["hollowknight"]),
        ("holowknigt", ["hollowknight"], ["hollowknight"]),
        ("", ["hades"], []),
        ("hades", [], []),
    ],
)
def test_slips(typed: str, known: list[str], near: list[str]) -> None:
    assert nearest(typed, known) == near


@given(st.text("abcde123", max_size=14), st.lists(st.text("abcde123", max_size=14), max_size=20))
def test_a_slip_never_changes_a_number_or_the_beginning(typed: str, known: list[str]) -> None:
    def digits(name: str) -> str:
        return "".join(char if char.isdigit() else " " for char in name)

    for other in nearest(typed, known):
        assert sorted(set(digits(typed).split())) == sorted(set(digits(other).split()))
        assert typed[0] == other[0]


@given(
    st.lists(st.tuples(st.sampled_from("xyz"), st.sampled_from("abc"), st.sampled_from("12")), max_size=12)
)
def test_undoing_everything_leaves_nothing(said: list[tuple[str, str, str]]) -> None:
    box = Box()
    given_ = [box.says(*each) for each in said]
    for each in reversed(given_):
        before = box.votes.here("hades", each.channel_id)
        assert before == each or before is None or before.order >= each.order
        box.undo(each)
    assert box.answer() is None
    assert not box.votes.keys
