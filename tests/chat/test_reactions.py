"""What the bot says of its own accord."""

import asyncio

from structlog.testing import capture_logs

from kissbot.chat.commands import Feature, Reply
from kissbot.chat.messages import Joined
from kissbot.chat.reactions import DEADLINE
from kissbot.testing import room


async def test_every_feature_may_react_to_the_same_event() -> None:
    first, second = Feature("first"), Feature("second")

    @first.on(Joined)
    async def greet(joined: Joined) -> Reply:
        return f"hello {joined.channel.login}"

    @second.on(Joined)
    async def greet_again(joined: Joined) -> Reply:
        return "and welcome"

    async with room(features=[first, second]) as place:
        await place.opens()
        assert [(line.channel.login, line.text) for line in place.said] == [
            ("ada", "hello ada"),
            ("ada", "and welcome"),
        ]


async def test_a_reaction_that_fails_or_hangs_is_logged_and_silent() -> None:
    feature = Feature("bad")

    @feature.on(Joined)
    async def fail(joined: Joined) -> Reply:
        raise LookupError("a bug")

    @feature.on(Joined)
    async def hang(joined: Joined) -> Reply:
        await asyncio.Event().wait()
        return "never"

    with capture_logs() as logged:
        async with room(features=[feature]) as place:
            await place.opens()
            await place.clock.push(DEADLINE)
            assert place.said == []
    assert [(entry["event"], entry["task"]) for entry in logged] == [("task_failed", "bad Joined")] * 2


async def test_what_is_said_unasked_is_cleaned_too() -> None:
    feature = Feature("rude")

    @feature.on(Joined)
    async def rude(joined: Joined) -> Reply:
        return "/ban everybody" + "!" * 600

    async with room(features=[feature]) as place:
        await place.opens()
        [line] = place.said
        assert line.text.startswith("› /ban")
        assert len(line.text) <= 500
