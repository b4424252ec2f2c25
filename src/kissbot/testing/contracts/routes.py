"""What every kind of `Experience` promises. Fixture: `experience`."""

import pytest

from kissbot.knowledge.answers.bandit import Experience, Lesson, learned

LESSONS = [
    Lesson("ping", "local", 0.5),
    Lesson("ping", "openai", 0.25),
    Lesson("ping", "local", 1),
    Lesson("ping", "local", 0),
]


class ExperienceContract:
    """What is kept is what one who made all requests would know."""

    async def test_nothing_is_known_at_first(self, experience: Experience) -> None:
        assert await experience.all() == {}

    async def test_lessons_follow_upon_each_other(self, experience: Experience) -> None:
        for lesson in LESSONS:
            experience.note(lesson)
            await experience.all()
        found, wanted = (await experience.all())["ping"], learned({}, LESSONS)
        assert {name: arm.trials for name, arm in found.items()} == {"local": 3, "openai": 1}
        for name, arm in wanted.items():
            assert (found[name].mean, found[name].weight) == pytest.approx((arm.mean, arm.weight))
            assert found[name].peak == pytest.approx(arm.peak)

    async def test_lessons_can_come_together(self, experience: Experience) -> None:
        for lesson in LESSONS:
            experience.note(lesson)
        found = (await experience.all())["ping"]
        assert found["local"].mean == pytest.approx(learned({}, LESSONS)["local"].mean)

    async def test_classes_do_not_know_each_other(self, experience: Experience) -> None:
        experience.note(Lesson("ping", "local", 1))
        experience.note(Lesson("gen_long", "local", 0))
        means = {kind: arms["local"].mean for kind, arms in (await experience.all()).items()}
        assert means == {"ping": 1, "gen_long": 0}

    async def test_a_route_that_nobody_asks_any_more_is_forgotten(self, experience: Experience) -> None:
        experience.note(Lesson("ping", "'; DROP TABLE routes; --", 1))
        await experience.all()
        for _ in range(800):
            experience.note(Lesson("ping", "local", 1))
        assert list((await experience.all())["ping"]) == ["local"]
