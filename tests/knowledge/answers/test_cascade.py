"""One answer or none, in time, whatever becomes of the models."""

import asyncio
from random import Random

import pytest

from kissbot.knowledge.answers.bandit import Bandit, Lesson
from kissbot.knowledge.answers.cascade import Cascade, Said
from kissbot.knowledge.answers.clean import Cleaned
from kissbot.knowledge.answers.model import Ailment, Completion, Prompt, StimulusClass
from kissbot.knowledge.answers.prompt import Request
from kissbot.testing import ManualClock
from kissbot.testing.oracle import Oracle

ASKED = Request("why?", "kissbot", "en", 120)
AILMENTS: tuple[Ailment | None, ...] = (
    None,
    *("slow", "unreachable", "unwell", "limited", "refused", "unclear", "empty", "resting"),
)


class Experienced(Bandit):
    """Asks in the order in which the routes are given."""

    def choose(self, stimulus_class: StimulusClass, routes: list[str], random: Random) -> list[str]:  # type: ignore[override]
        return list(routes)


def fit(answer: Completion) -> Cleaned:
    return Cleaned(answer.text)


class Trying:
    """A cascade of oracles, with the time in the test's hands."""

    def __init__(self, clock: ManualClock, *oracles: Oracle) -> None:
        self.lessons: list[Lesson] = []
        self._clock = clock
        self._cascade = Cascade(oracles, Experienced(), self.lessons.append, Random(1))

    async def answer(self, seconds: float = 4, judge: object = fit) -> Said | None:
        """What comes of a question; time passes until something does."""
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        work = asyncio.create_task(self._cascade.answer(ASKED, "gen_short", until, judge))  # type: ignore[arg-type]
        while not work.done():
            await self._clock.push(0.1)
        assert loop.time() <= until + 0.2
        return work.result()

    @property
    def rewards(self) -> dict[str, bool]:
        """Which routes were found good."""
        return {lesson.route: lesson.reward > 0 for lesson in self.lessons}


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture(autouse=True)
async def time_is_pushed(clock: ManualClock) -> None:
    clock.rule(asyncio.get_running_loop())


@pytest.mark.parametrize("first", AILMENTS)
@pytest.mark.parametrize("second", AILMENTS)
async def test_there_is_one_answer_if_any_model_has_one(
    clock: ManualClock, first: Ailment | None, second: Ailment | None
) -> None:
    one, two = Oracle(lambda _: "one", "one"), Oracle(lambda _: "two", "two")
    one.ails, two.ails = first, second
    one.takes = 60 if first == "slow" else 0
    two.takes = 60 if second == "slow" else 0
    trying = Trying(clock, one, two)
    said = await trying.answer()
    expected = "one" if first is None else "two" if second is None else None
    assert (said.text if said else None) == expected
    assert len(one.asked) == 1
    assert trying.rewards.get("one") == (first is None)


async def test_one_that_is_known_to_be_ill_is_not_asked(clock: ManualClock) -> None:
    one, two = Oracle(lambda _: "one", "one"), Oracle(lambda _: "two", "two")
    one.is_well = False
    said = await Trying(clock, one, two).answer()
    assert said
    assert said.text == "two"
    assert not one.asked


async def test_another_language_is_asked_for_once_more(clock: ManualClock) -> None:
    def says(prompt: Prompt) -> str:
        return "en anglais" if "Only English!" not in prompt.system else "in English"

    heard: list[Completion] = []

    def judge(answer: Completion) -> Cleaned:
        heard.append(answer)
        return Cleaned(answer.text) if answer.text == "in English" else Cleaned("", "foreign")

    oracle = Oracle(says)
    trying = Trying(clock, oracle)
    said = await trying.answer(judge=judge)
    assert said == Said("in English", "oracle")
    assert sum(answer.tokens_in + answer.tokens_out for answer in heard) == 40
    assert len(oracle.asked) == 2


async def test_what_may_not_be_said_leads_to_the_next_model(clock: ManualClock) -> None:
    def judge(answer: Completion) -> Cleaned:
        return Cleaned("", "blocked") if answer.text == "one" else Cleaned(answer.text)

    one, two = Oracle(lambda _: "one", "one"), Oracle(lambda _: "two", "two")
    trying = Trying(clock, one, two)
    said = await trying.answer(judge=judge)
    assert said
    assert said.text == "two"
    assert len(one.asked) == 1
    assert trying.rewards == {"one": False, "two": True}


async def test_a_bug_in_one_costs_no_answer(clock: ManualClock) -> None:
    def breaks(prompt: Prompt) -> str:
        raise ValueError("a bug")

    said = await Trying(clock, Oracle(breaks, "one"), Oracle(lambda _: "two", "two")).answer()
    assert said
    assert said.text == "two"


async def test_a_slow_one_leaves_time_for_the_next(clock: ManualClock) -> None:
    slow, quick = Oracle(lambda _: "one", "one", takes=60), Oracle(lambda _: "two", "two", takes=1)
    said = await Trying(clock, slow, quick).answer(4)
    assert said
    assert said.text == "two"


async def test_without_models_there_is_no_answer(clock: ManualClock) -> None:
    assert await Trying(clock).answer() is None
