"""What becomes of everything that is asked of the bot is written down; talk is not."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from kissbot.chat.commands import Feature, Invocation, Reply
from kissbot.chat.dispatch import WAITING_PER_CHANNEL
from kissbot.chat.errors import Refusal, Unavailable
from kissbot.chat.messages import Rank
from kissbot.chat.tally import Outcome
from kissbot.chat.texts import Text
from kissbot.chat.trail import Step
from kissbot.testing import Room, room


class Written:
    """A trail that a test can read."""

    def __init__(self) -> None:
        self.steps: list[Step] = []

    def note(self, step: Step) -> None:
        self.steps.append(step)

    async def latest(self, channel_id: str, limit: int = 50) -> list[Step]:
        return [step for step in reversed(self.steps) if step.channel_id == channel_id][:limit]

    @property
    def outcomes(self) -> list[tuple[str, str]]:
        return [(step.stage, step.outcome) for step in self.steps]


def feature() -> Feature:
    tried = Feature("tried")

    @tried.command("now", "at_once", cooldown=10)
    async def now(asked: Invocation) -> Reply:
        return "now"

    @tried.command("refuse")
    async def refuse(asked: Invocation) -> Reply:
        raise Refusal(Text("not like that"))

    @tried.command("lack")
    async def lack(asked: Invocation) -> Reply:
        raise Unavailable(Text("not today"))

    @tried.command("fail")
    async def fail(asked: Invocation) -> Reply:
        raise LookupError("a bug")

    @tried.command("nothing")
    async def nothing(asked: Invocation) -> Reply:
        return None

    @tried.command("secret", rank=Rank.MODERATOR)
    async def secret(asked: Invocation) -> Reply:
        return "psst"

    @tried.mention()
    async def mention(asked: Invocation) -> Reply:
        return "yes?"

    return tried


@pytest.fixture
def written() -> Written:
    return Written()


@pytest.fixture
async def place(written: Written) -> AsyncIterator[Room]:
    async with room(features=[feature()], trail=written) as place:
        yield place


async def test_an_answer_leaves_two_steps(place: Room, written: Written) -> None:
    await place.hears("!at_once please", id="question")
    now = place.clock.time()
    assert written.steps == [
        Step(now, "id-ada", "question", "id-vera", "now", "command", "answered"),
        Step(now, "id-ada", "question", "id-vera", "now", "send", ""),
    ]


async def test_what_was_typed_is_not_kept(place: Room, written: Written) -> None:
    await place.hears("!now my secret")
    assert "my secret" not in repr(written.steps)


async def test_talk_leaves_no_step(place: Room, written: Written) -> None:
    for line in ("hello", "LUL", "!nope", "! now"):
        await place.hears(line)
    assert written.steps == []


async def test_a_mention_is_a_command_without_a_name(place: Room, written: Written) -> None:
    await place.hears("@kissbot hello")
    assert {step.command for step in written.steps} == {"@"}


@pytest.mark.parametrize(
    ("line", "details", "outcome"),
    [
        ("!refuse", {}, Outcome.REFUSED),
        ("!lack", {}, Outcome.UNAVAILABLE),
        ("!fail", {}, Outcome.BROKEN),
        ("!secret", {}, Outcome.FORBIDDEN),
    ],
)
async def test_what_the_viewer_was_told_leaves_two_steps(
    place: Room, written: Written, line: str, details: dict[str, Any], outcome: Outcome
) -> None:
    await place.hears(line, **details)
    assert written.outcomes == [("command", outcome), ("send", "")]


@pytest.mark.parametrize(
    ("line", "details", "outcome"),
    [
        ("!nothing", {}, Outcome.SILENT),
        ("!now", {"viewer": "nightbot"}, Outcome.KNOWN_BOT),
        ("!now", {"source": "id-bob"}, Outcome.FOREIGN),
    ],
)
async def test_every_silence_leaves_a_step(
    place: Room, written: Written, line: str, details: dict[str, Any], outcome: Outcome
) -> None:
    await place.hears(line, **details)
    assert written.outcomes == [("command", outcome)]


async def test_a_command_that_is_switched_off_leaves_a_step(place: Room, written: Written) -> None:
    place.choose(off=frozenset({"now"}))
    await place.hears("!now")
    assert written.outcomes == [("command", Outcome.SWITCHED_OFF)]


async def test_who_asks_too_soon_leaves_a_step_told_or_not(place: Room, written: Written) -> None:
    for _ in range(3):
        await place.hears("!now")
    answered = [("command", Outcome.ANSWERED), ("send", "")]
    told = [("command", Outcome.COOLING), ("send", "")]
    assert written.outcomes == [*answered, *told, ("command", Outcome.COOLING)]


async def test_a_repeated_delivery_leaves_a_step(place: Room, written: Written) -> None:
    message = place.message("!refuse")
    await place.delivers(message)
    await place.delivers(message)
    assert written.outcomes[-1] == ("command", Outcome.REPEATED)


async def test_the_bots_own_line_leaves_a_step(written: Written) -> None:
    async with room(trail=written) as place:
        place.echo = True
        await place.hears("!source")
    assert ("command", Outcome.OWN) in written.outcomes


async def test_a_flood_leaves_a_step_for_each_line(place: Room, written: Written) -> None:
    for number in range(WAITING_PER_CHANNEL + 3):
        place.deliver(place.message("!nothing", viewer=f"v{number}"))
    await place.hears("that is all")
    outcomes = [step.outcome for step in written.steps]
    assert outcomes.count(Outcome.OVERFLOW) == 3
    assert outcomes.count(Outcome.SILENT) == WAITING_PER_CHANNEL


async def test_a_dropped_answer_leaves_its_reason(place: Room, written: Written) -> None:
    place.drop_reason = "msg_rejected"
    await place.hears("!refuse")
    assert written.outcomes == [("command", Outcome.REFUSED), ("send", "msg_rejected")]


async def test_what_the_bot_says_of_its_own_accord_was_not_asked(written: Written) -> None:
    async with room(trail=written, greeting=True) as place:
        await place.opens()
        assert place.said
    assert written.steps == []


async def test_a_missing_trail_is_no_trouble() -> None:
    async with asyncio.timeout(5), room(features=[feature()]) as place:
        assert await place.hears("!now") == "now"
