"""What is subscribed next, and what waits."""

from random import Random

import pytest

from kissbot.transports.twitch.hearing.agenda import FAST, HOUR, Agenda, Job
from kissbot.transports.twitch.hearing.kinds import Wish
from kissbot.transports.twitch.hearing.reconcile import Kept, Verdict
from kissbot.transports.twitch.payloads import CHAT_MESSAGE

ADA, BOB = Wish("10", CHAT_MESSAGE), Wish("11", CHAT_MESSAGE)
ONLINE, FOLLOW = Wish("10", "stream.online"), Wish("10", "channel.follow")
HERE = "socket 1"


@pytest.fixture
def agenda() -> Agenda:
    return Agenda(Random(1))


def wants(agenda: Agenda, *wishes: Wish) -> None:
    for wish in wishes:
        agenda.want(wish)


def comes_true(agenda: Agenda, wish: Wish, number: int = 1) -> bool:
    agenda.start(wish, HERE)
    return agenda.made(wish, Kept(f"id-{number}", HERE, 0))


def is_refused(agenda: Agenda, wish: Wish, *, final: bool = True, wait: float | None = HOUR) -> None:
    agenda.start(wish, HERE)
    agenda.failed(wish, "no", 0, wait, final=final)


def test_chat_has_no_time_to_lose_and_the_rest_follows(agenda: Agenda) -> None:
    wants(agenda, FOLLOW, ONLINE, ADA)
    assert agenda.urgent(0) == Job(ADA)
    comes_true(agenda, ADA)
    assert agenda.urgent(0) is None
    assert agenda.calm(0) == Job(ONLINE)
    comes_true(agenda, ONLINE)
    assert agenda.calm(0) == Job(FOLLOW)


def test_right_after_a_connection_nothing_waits(agenda: Agenda) -> None:
    wants(agenda, FOLLOW)
    agenda.begin(100)
    assert agenda.urgent(100 + FAST - 1) == Job(FOLLOW)
    assert agenda.urgent(100 + FAST) is None


def test_a_place_that_is_lost_takes_all_with_it_and_all_is_wanted_again(agenda: Agenda) -> None:
    wants(agenda, ADA, BOB)
    comes_true(agenda, ADA)
    comes_true(agenda, BOB)
    assert agenda.load[HERE] == 2
    assert agenda.lose(HERE) == [ADA, BOB]
    assert agenda.load[HERE] == 0
    assert agenda.urgent(0) == Job(ADA)
    assert not agenda.settled


def test_what_was_refused_for_good_waits_for_an_hour_or_a_change(agenda: Agenda) -> None:
    wants(agenda, ADA)
    is_refused(agenda, ADA)
    assert agenda.settled
    assert (agenda.calm(HOUR - 1), agenda.next_at(0)) == (None, HOUR)
    assert agenda.calm(HOUR) == Job(ADA)
    agenda.try_again()
    assert agenda.urgent(0) == Job(ADA)


def test_what_may_pass_is_tried_again_later_each_time(agenda: Agenda) -> None:
    wants(agenda, ADA)
    waits = []
    for _ in range(6):
        is_refused(agenda, ADA, final=False, wait=None)
        waits.append(agenda.next_at(0))
        assert not agenda.settled
    assert waits[0] <= 0.5
    assert 8 <= waits[-1] <= 16


def test_one_that_is_refused_takes_no_other_down(agenda: Agenda) -> None:
    wants(agenda, ADA, BOB, FOLLOW)
    is_refused(agenda, ADA)
    assert agenda.urgent(0) == Job(BOB)
    comes_true(agenda, BOB)
    is_refused(agenda, FOLLOW)
    assert list(agenda.have) == [BOB]
    assert agenda.settled


def test_what_is_not_wanted_any_more_is_ended_at_once(agenda: Agenda) -> None:
    wants(agenda, ADA)
    comes_true(agenda, ADA)
    agenda.unwant(ADA)
    assert agenda.urgent(0) == Job(remove="id-1")
    agenda.start_removing("id-1")
    assert agenda.urgent(0) is None
    assert agenda.load[HERE] == 0


def test_what_came_true_too_late_is_ended(agenda: Agenda) -> None:
    wants(agenda, ADA)
    agenda.start(ADA, HERE)
    agenda.unwant(ADA)
    assert agenda.made(ADA, Kept("id-1", HERE, 0)) is False
    assert agenda.urgent(0) == Job(remove="id-1")


def test_nothing_is_concluded_from_a_place_that_went_away(agenda: Agenda) -> None:
    wants(agenda, ADA)
    agenda.start(ADA, HERE)
    assert agenda.urgent(0) is None
    agenda.abandoned(ADA)
    assert agenda.urgent(0) == Job(ADA)
    assert agenda.load[HERE] == 0


def test_the_list_is_believed(agenda: Agenda) -> None:
    wants(agenda, ADA, BOB, ONLINE)
    comes_true(agenda, BOB)
    comes_true(agenda, ONLINE)
    verdict = Verdict(
        found={ADA: Kept("id-7", HERE, 0)}, missing={BOB}, ended={ONLINE: "user_removed"}, orphans=["id-9"]
    )
    assert agenda.believe(verdict, 0) == [ADA]
    assert list(agenda.have) == [ADA]
    assert agenda.urgent(0) == Job(BOB)
    comes_true(agenda, BOB)
    assert agenda.calm(0) == Job(remove="id-9")
    assert agenda.troubles[ONLINE].why == "user_removed"
    assert agenda.load[HERE] == 2


def test_it_is_idle_when_nothing_is_asked_for(agenda: Agenda) -> None:
    assert agenda.is_idle
    wants(agenda, FOLLOW)
    assert not agenda.is_idle
    agenda.start(FOLLOW, HERE)
    assert not agenda.is_idle
    agenda.failed(FOLLOW, "no", 0, HOUR, final=True)
    assert agenda.is_idle
