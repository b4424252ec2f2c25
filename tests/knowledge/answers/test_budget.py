"""What channels and viewers may ask, by the hour and by the day."""

from hypothesis import given
from hypothesis import strategies as st

from kissbot.knowledge.answers.budget import HOUR, HOURS, Allowance, Budget, Exhausted, Left, first_hour

NOW = 500_000 * HOUR + 600
FREE = Allowance()


def spend(budget: Budget, times: int, viewer: str = "7", now: float = NOW, tokens: int = 0) -> None:
    for _ in range(times):
        budget.spend("10", viewer, now, requests=1, tokens=tokens)


def test_without_limits_everything_is_admitted() -> None:
    budget = Budget(FREE, FREE)
    spend(budget, 1000, tokens=1000)
    assert budget.admits("10", "7", NOW) is None
    assert budget.left("10", NOW) == []


def test_a_channel_has_so_many_requests_an_hour() -> None:
    budget = Budget(Allowance(requests_an_hour=3), FREE)
    for viewer in ("7", "8", "9"):
        assert budget.admits("10", viewer, NOW) is None
        spend(budget, 1, viewer)
    assert budget.admits("10", "7", NOW) == Exhausted("channel", "requests", "hour", 500_001 * HOUR)
    assert budget.admits("11", "7", NOW) is None, "channels do not share"
    assert budget.admits("10", "7", NOW + HOUR) is None


def test_a_viewer_has_so_many_requests_and_others_have_their_own() -> None:
    budget = Budget(FREE, Allowance(requests_an_hour=2))
    spend(budget, 2)
    assert budget.admits("10", "7", NOW) == Exhausted("viewer", "requests", "hour", 500_001 * HOUR)
    assert budget.admits("10", "8", NOW) is None
    assert budget.admits("11", "7", NOW) is None


def test_tokens_count_as_well() -> None:
    budget = Budget(Allowance(tokens_an_hour=100, tokens_a_day=150), FREE)
    spend(budget, 1, tokens=100)
    assert budget.admits("10", "7", NOW) == Exhausted("channel", "tokens", "hour", 500_001 * HOUR)
    spend(budget, 1, now=NOW + HOUR, tokens=50)
    refused = budget.admits("10", "7", NOW + HOUR)
    assert refused == Exhausted("channel", "tokens", "day", (500_000 + HOURS) * HOUR)
    assert budget.admits("10", "7", refused.again_at - 1) is not None
    assert budget.admits("10", "7", refused.again_at) is None


def test_what_is_left_is_told() -> None:
    budget = Budget(Allowance(requests_an_hour=10, tokens_a_day=1000), FREE)
    spend(budget, 3, tokens=400)
    assert budget.left("10", NOW) == [
        Left("requests", "hour", 7, 10),
        Left("tokens", "day", 0, 1000),
    ]


def test_a_day_later_everybody_is_forgotten() -> None:
    budget = Budget(FREE, FREE)
    for viewer in range(500):
        spend(budget, 1, str(viewer))
    assert len(budget) == 501
    spend(budget, 1, now=NOW + HOURS * HOUR)
    assert len(budget) == 2


def test_a_viewer_can_be_forgotten() -> None:
    budget = Budget(Allowance(requests_an_hour=2), Allowance(requests_an_hour=1))
    spend(budget, 1)
    budget.forget("7")
    assert budget.admits("10", "7", NOW) is None
    assert budget.left("10", NOW)[0].left == 1


def test_a_restart_does_not_give_the_day_back() -> None:
    limits = Allowance(requests_a_day=2)
    budget = Budget(limits, limits)
    kept = [spent for hour in range(2) for spent in budget.spend("10", "7", NOW + hour * HOUR, requests=1)]
    again = Budget(limits, limits, [spent for spent in kept if spent.hour >= first_hour(NOW)])
    assert again.admits("10", "7", NOW + HOUR) == budget.admits("10", "7", NOW + HOUR)
    assert again.left("10", NOW + HOUR) == budget.left("10", NOW + HOUR)
    assert again.left("10", NOW + HOUR)[0].left == 0


@given(st.lists(st.floats(0, 40 * HOUR), max_size=80))
def test_no_hour_and_no_day_has_more_than_its_limit(times: list[float]) -> None:
    budget = Budget(Allowance(requests_an_hour=3, requests_a_day=10), FREE)
    admitted: list[int] = []
    for now in sorted(times):
        refused = budget.admits("10", "7", now)
        if refused is None:
            budget.spend("10", "7", now, requests=1)
            admitted.append(int(now // HOUR))
        else:
            assert now < refused.again_at
    for hour in admitted:
        assert admitted.count(hour) <= 3
        assert sum(hour - HOURS < each <= hour for each in admitted) <= 10
