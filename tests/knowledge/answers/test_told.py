"""Nothing is told twice in a row, and nothing twice within a few minutes."""

from kissbot.knowledge.answers.told import LASTS, MOST, Told


def test_the_same_is_not_new_whatever_its_signs() -> None:
    told = Told()
    assert told.add("c", "joke", "Why? Because!", 0)
    assert not told.add("c", "joke", "why -- BECAUSE", 1)
    assert told.add("c", "fact", "Why? Because!", 1)
    assert told.add("other", "joke", "Why? Because!", 1)


def test_after_a_while_it_may_be_told_again_but_never_in_a_row() -> None:
    told = Told()
    told.add("c", "joke", "one", 0)
    assert not told.add("c", "joke", "one", LASTS + 1)
    assert told.add("c", "joke", "two", LASTS + 2)
    assert told.add("c", "joke", "one", LASTS + 3)
    assert not told.add("c", "joke", "two", LASTS + 4)


def test_only_so_many_channels_are_remembered() -> None:
    told = Told()
    for number in range(MOST + 1):
        told.add(str(number), "joke", "one", 0)
    assert told.add("0", "joke", "one", 0)
