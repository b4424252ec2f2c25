"""What two people talk about is theirs, for a few minutes."""

from hypothesis import given
from hypothesis import strategies as some

from kissbot.knowledge.answers import conversation
from kissbot.knowledge.answers.conversation import LASTS, TURNS, Conversations
from kissbot.knowledge.answers.model import Turn

PEOPLE = some.sampled_from(["v1", "v2", "v3"])
PLACES = some.sampled_from(["c1", "c2"])
EXCHANGES = some.lists(some.tuples(PLACES, PEOPLE, some.text(max_size=5), some.floats(0, 200)), max_size=40)


@given(EXCHANGES)
def test_nobody_hears_what_was_said_to_somebody_else(exchanges: list[tuple[str, str, str, float]]) -> None:
    talks, now = Conversations(), 0.0
    for place, person, words, wait in exchanges:
        now += wait
        talks.add(place, person, f"{place}/{person}/{words}", f"to {place}/{person}/", now)
        for other_place in ("c1", "c2"):
            for other in ("v1", "v2", "v3"):
                heard = talks.earlier(other_place, other, now)
                assert len(heard) <= TURNS
                assert all(f"{other_place}/{other}/" in turn.text for turn in heard)


def test_it_is_forgotten_after_ten_minutes() -> None:
    talks = Conversations()
    talks.add("c", "v", "hello", "hi", 0)
    assert talks.earlier("c", "v", LASTS - 1) == (Turn("user", "hello"), Turn("assistant", "hi"))
    assert talks.earlier("c", "v", LASTS) == ()
    talks.add("c", "other", "hello", "hi", LASTS)
    assert len(talks) == 1


def test_a_viewer_is_forgotten_everywhere() -> None:
    talks = Conversations()
    for place in ("c1", "c2"):
        for person in ("v1", "v2"):
            talks.add(place, person, "hello", "hi", 0)
    assert talks.forget("v1") == 2
    assert (talks.earlier("c1", "v1", 1), talks.earlier("c2", "v1", 1)) == ((), ())
    assert len(talks.earlier("c1", "v2", 1)) == 2


def test_there_are_only_so_many() -> None:
    talks = Conversations()
    for number in range(conversation.MOST + 10):
        talks.add("c", f"v{number}", "hello", "hi", number / 100)
    assert len(talks) == conversation.MOST
    assert talks.earlier("c", "v0", 60) == ()
