"""Which route is asked first, and what is learnt of it."""

from random import Random

import msgspec
import pytest

from kissbot.knowledge.answers.bandit import (
    FADES,
    LOOK_AGAIN,
    LOOK_AROUND,
    MIN_TRIALS,
    Arm,
    Arms,
    Bandit,
    Outcome,
    learned,
    reward,
)
from kissbot.knowledge.answers.model import StimulusClass

ROUTES = ("local", "openai", "spare")


def run(bandit: Bandit, worth: dict[str, float], count: int, random: Random | None = None) -> list[str]:
    """Ask so many times; whom first."""
    asked = []
    for _ in range(count):
        first = bandit.choose("ping", list(worth), random or Random(1))[0]
        bandit.learn("ping", first, worth[first])
        asked.append(first)
    return asked


@pytest.mark.parametrize(
    ("outcome", "seconds", "worth"),
    [
        ("said", 0, 1),
        ("said", 2, 0.75),
        ("said", 4, 0.5),
        ("said", 9, 0.5),
        ("mended", 0, 0.7),
        ("rejected", 0, 0),
        ("failed", 1, 0),
    ],
)
def test_a_quick_answer_that_can_be_said_is_worth_most(
    outcome: Outcome, seconds: float, worth: float
) -> None:
    assert reward(outcome, seconds, 4) == pytest.approx(worth)


def test_every_route_is_in_the_order_once() -> None:
    bandit = Bandit()
    for _ in range(50):
        order = bandit.choose("ping", ROUTES, Random(2))
        assert sorted(order) == sorted(ROUTES)
    assert bandit.choose("ping", [], Random(2)) == []
    assert bandit.choose("ping", ["only"], Random(2)) == ["only"]


def test_every_route_is_tried_before_any_is_preferred() -> None:
    asked = run(Bandit(min_trials=5), {"local": 1, "openai": 0.1, "spare": 0}, 15)
    assert {name: asked.count(name) for name in ROUTES} == dict.fromkeys(ROUTES, 5)


def test_questions_at_once_do_not_all_try_the_same_new_route() -> None:
    bandit = Bandit()
    asked = [bandit.choose("ping", ROUTES, Random(1))[0] for _ in range(9)]
    assert {name: asked.count(name) for name in ROUTES} == dict.fromkeys(ROUTES, 3)


def test_the_best_route_is_asked_first_and_the_next_best_second() -> None:
    bandit = Bandit()
    run(bandit, {"local": 0.9, "openai": 0.6, "spare": 0.1}, 60)
    order = bandit.choose("ping", ROUTES, Random(1))
    assert order == ["local", "openai", "spare"]


def test_a_route_that_gets_worse_is_left() -> None:
    bandit = Bandit()
    run(bandit, {"local": 0.9, "openai": 0.6}, 300)
    asked = run(bandit, {"local": 0.0, "openai": 0.6}, 100)
    assert asked[20:].count("local") <= 80 / LOOK_AGAIN


@pytest.mark.parametrize("seed", range(10))
def test_a_route_that_recovers_is_found_again_though_no_breaker_helps(seed: int) -> None:
    bandit, random = Bandit(), Random(seed)
    run(bandit, {"local": 0.9, "openai": 0.6, "spare": 0.2}, 500, random)
    run(bandit, {"local": 0.0, "openai": 0.6, "spare": 0.2}, 500, random)
    asked = run(bandit, {"local": 0.9, "openai": 0.6, "spare": 0.2}, 100, random)
    assert asked[50:].count("local") >= 48


def test_a_route_that_was_never_good_is_looked_at_now_and_then() -> None:
    bandit = Bandit()
    worth = {"local": 0.9, "spare": 0.1}
    run(bandit, worth, 100)
    asked = run(bandit, worth, 3 * LOOK_AROUND)
    assert 2 <= asked.count("spare") <= 10
    worth["spare"] = 1.0
    assert run(bandit, worth, 2 * LOOK_AROUND)[-1] == "spare"


def test_a_route_that_rested_is_asked_when_it_is_back() -> None:
    bandit = Bandit()
    run(bandit, {"local": 0.9, "openai": 0.6}, 50)
    bandit.learn("ping", "local", 0)
    run(bandit, {"openai": 0.6}, LOOK_AGAIN)
    assert bandit.choose("ping", ["openai", "local"], Random(1))[0] == "local"


def test_classes_are_learnt_apart() -> None:
    bandit = Bandit()
    run(bandit, {"local": 0.9, "openai": 0.1}, 20)
    assert bandit.known("gen_long") == {}


def test_what_is_known_can_be_kept_and_taken_up() -> None:
    bandit = Bandit()
    run(bandit, {"local": 0.9, "openai": 0.1}, 30)
    kept = msgspec.json.encode({"ping": bandit.known("ping")})
    known = msgspec.json.decode(kept, type=dict[StimulusClass, dict[str, Arm]])
    again = Bandit(known)
    assert again.known("ping") == bandit.known("ping")
    assert run(again, {"local": 0.9, "openai": 0.1}, 5) == ["local"] * 5, "nothing is tried anew"


def test_lessons_of_two_processes_follow_upon_each_other() -> None:
    one, other = Bandit(), Bandit()
    lessons = [one.learn("ping", "local", 0.9), other.learn("ping", "local", 0.5)]
    together: Arms = learned({}, lessons)
    assert together["local"].trials == 2
    assert together["local"].weight == pytest.approx(1 + FADES)
    assert together["local"].mean == pytest.approx((0.9 * FADES + 0.5) / (1 + FADES))


def test_a_reward_is_kept_within_its_bounds() -> None:
    bandit = Bandit()
    for worth in (-3.0, 7.0):
        bandit.learn("ping", "local", worth)
    assert bandit.known("ping")["local"].reward <= 1
    assert bandit.known("ping")["local"].trials < MIN_TRIALS
