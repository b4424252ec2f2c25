"""What the bot says of its own accord."""

import asyncio
from datetime import UTC, datetime

import msgspec
from structlog.testing import capture_logs

from kissbot.chat.commands import Feature, Reply
from kissbot.chat.happenings import Raided, StreamOnline
from kissbot.chat.messages import Channel, Joined, Viewer
from kissbot.chat.reactions import DEADLINE, SAME
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


def _online(telling: str, stream: str = "s1", channel: str = "ada") -> StreamOnline:
    at = datetime(2027, 1, 15, tzinfo=UTC)
    return StreamOnline(channel=Channel(f"id-{channel}", channel), id=telling, at=at, stream_id=stream)


async def test_what_is_told_twice_under_one_id_or_under_two_is_said_once() -> None:
    feature = Feature("news")

    @feature.on(StreamOnline)
    async def tell(online: StreamOnline) -> Reply:
        return f"{online.channel.login} {online.stream_id}"

    async with room(features=[feature]) as place:
        for telling in ("e1", "e1", "e2"):
            await place.happens(_online(telling))
        await place.happens(_online("e3", channel="bob"))
        await place.happens(_online("e4", stream="s2"))
        assert [line.text for line in place.said] == ["ada s1", "bob s1", "ada s2"]


async def test_what_happens_again_after_a_while_is_news() -> None:
    feature = Feature("news")

    @feature.on(Raided)
    async def tell(raided: Raided) -> Reply:
        return "a raid"

    raid = Raided(
        channel=Channel("id-ada", "ada"),
        id="e1",
        at=datetime(2027, 1, 15, tzinfo=UTC),
        raider=Viewer("7", "bob", "Bob"),
        viewers=3,
    )
    async with room(features=[feature]) as place:
        await place.happens(raid)
        await place.clock.push(SAME + 1)
        await place.happens(msgspec.structs.replace(raid, id="e2"))
        assert len(place.said) == 2
