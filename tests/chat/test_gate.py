"""Who may ask for what, and how often."""

import asyncio
from typing import Any

import pytest

from kissbot.chat.commands import Feature, Invocation, Reply
from kissbot.chat.errors import Refusal, Unavailable
from kissbot.chat.messages import Rank
from kissbot.chat.tally import Outcome
from kissbot.chat.texts import text
from kissbot.knowledge.games.library import GameLibrary
from kissbot.testing import HADES, Shelf, room


def attempt(**options: Any) -> Feature:
    """A feature with one command, `!try`, that answers "done", or fails as its argument says."""
    feature = Feature("attempts")

    @feature.command("try", **options)
    async def attempted(asked: Invocation) -> Reply:
        match asked.argument:
            case "refused":
                raise Refusal(text("Try otherwise."))
            case "unavailable":
                raise Unavailable(text("Out of reach."))
            case "bug":
                raise ZeroDivisionError
            case "late":
                await asyncio.Event().wait()
        return "done"

    return feature


@pytest.mark.parametrize(
    ("rank", "whose"),
    [
        (Rank.SUBSCRIBER, "subscribers"),
        (Rank.VIP, "VIPs"),
        (Rank.MODERATOR, "moderators"),
        (Rank.BROADCASTER, "the broadcaster"),
        (Rank.OWNER, "the bot's owner"),
    ],
)
async def test_a_rank_too_low_is_told_once(rank: Rank, whose: str) -> None:
    async with room(features=[attempt(rank=rank)]) as place:
        below = Rank(rank - 1)
        assert await place.hears("!try", rank=below) == f"🔒 !try is for {whose}."
        assert await place.hears("!try", rank=below) is None
        assert await place.hears("!try", viewer="rita", rank=rank) == "done"
        assert place.tally.outcomes == {Outcome.FORBIDDEN: 2, Outcome.ANSWERED: 1}


async def test_a_cooldown_without_exemptions_holds_for_everybody() -> None:
    async with room(features=[attempt(cooldown=10, per="channel", exempt=False)]) as place:
        assert await place.hears("!try", viewer="hana", rank=Rank.BROADCASTER) == "done"
        for rank in Rank:
            answer = await place.hears("!try", viewer=f"v{rank}", rank=rank)
            assert answer == "⏳ !try again in 10 seconds."
        await place.clock.push(10)
        assert await place.hears("!try") == "done"


@pytest.mark.parametrize(("chosen", "seconds"), [(0, 10), (20, 20)])
async def test_a_cooldown_without_exemptions_can_only_be_lengthened(chosen: float, seconds: int) -> None:
    feature = attempt(cooldown=10, exempt=False)
    async with room(features=[feature], cooldowns={"try": chosen}) as place:
        await place.hears("!try")
        assert await place.hears("!try") == f"⏳ !try again in {seconds} seconds."


async def test_after_a_while_a_rank_too_low_is_told_again() -> None:
    async with room(features=[attempt(rank=Rank.MODERATOR)]) as place:
        assert await place.hears("!try") == "🔒 !try is for moderators."
        await place.clock.push(31)
        assert await place.hears("!try") == "🔒 !try is for moderators."


async def test_a_cooldown_lets_each_viewer_ask_once() -> None:
    async with room(features=[attempt(cooldown=10)]) as place:
        assert await place.hears("!try", viewer="vera") == "done"
        assert await place.hears("!try", viewer="vic") == "done"
        await place.clock.push(10)
        assert await place.hears("!try", viewer="vera") == "done"


async def test_a_cooldown_tells_the_seconds_left_once() -> None:
    async with room(features=[attempt(cooldown=10)]) as place:
        await place.hears("!try")
        await place.clock.push(3)
        assert await place.hears("!try") == "⏳ !try again in 7 seconds."
        await place.clock.push(3)
        assert await place.hears("!try") is None
        assert place.tally.outcomes[Outcome.COOLING] == 2
        await place.clock.push(4)
        assert await place.hears("!try") == "done"
        assert await place.hears("!try") == "⏳ !try again in 10 seconds."


async def test_one_second_is_a_singular() -> None:
    async with room(features=[attempt(cooldown=10)]) as place:
        await place.hears("!try")
        await place.clock.push(9.2)
        assert await place.hears("!try") == "⏳ !try again in 1 second."


async def test_a_cooldown_of_the_channel_holds_for_all_and_tells_each() -> None:
    async with room(features=[attempt(cooldown=10, per="channel")]) as place:
        assert await place.hears("!try", viewer="vera") == "done"
        assert await place.hears("!try", viewer="vic") == "⏳ !try again in 10 seconds."
        assert await place.hears("!try", viewer="val") == "⏳ !try again in 10 seconds."
        assert await place.hears("!try", viewer="vic") is None


@pytest.mark.parametrize("per", ["viewer", "channel"])
async def test_a_cooldown_is_never_shared_between_channels(per: str) -> None:
    async with room(features=[attempt(cooldown=10, per=per)]) as place:
        assert await place.hears("!try", channel="ada") == "done"
        assert await place.hears("!try", channel="bob") == "done"


@pytest.mark.parametrize("rank", [Rank.MODERATOR, Rank.BROADCASTER, Rank.OWNER])
async def test_moderators_and_above_do_not_wait(rank: Rank) -> None:
    async with room(features=[attempt(cooldown=10)]) as place:
        assert [await place.hears("!try", rank=rank) for _ in range(3)] == ["done"] * 3


@pytest.mark.parametrize("rank", [Rank.EVERYONE, Rank.SUBSCRIBER, Rank.VIP])
async def test_below_moderators_everybody_waits(rank: Rank) -> None:
    async with room(features=[attempt(cooldown=10)]) as place:
        await place.hears("!try", rank=rank)
        assert await place.hears("!try", rank=rank) == "⏳ !try again in 10 seconds."


async def test_a_cooling_mention_meets_silence() -> None:
    async with room() as place:
        assert await place.hears("@kissbot hello")
        assert await place.hears("@kissbot hello") is None
        await place.clock.push(15)
        assert await place.hears("@kissbot hello")


@pytest.mark.parametrize("failure", ["refused", "unavailable", "bug"])
async def test_what_gave_no_answer_costs_nothing(failure: str) -> None:
    async with room(features=[attempt(cooldown=10)]) as place:
        assert await place.hears(f"!try {failure}") not in (None, "done")
        assert await place.hears("!try") == "done"


async def test_a_passed_deadline_costs_nothing() -> None:
    async with room(features=[attempt(cooldown=60, deadline=5)]) as place:
        await place.hears("!try late")
        await place.clock.push(5)
        assert await place.hears("!try") == "done"


async def test_a_usage_error_and_a_closed_library_cost_nothing() -> None:
    shelf = Shelf(HADES, closed=True)
    async with room({GameLibrary: shelf}) as place:
        assert await place.hears("!gi") == "🎮 Which game? !gi <game>"
        assert await place.hears("!gi hades") == "📚 The shelf is closed."
        shelf.closed = False
        assert "Hades (2020)" in (await place.hears("!gi hades") or "")
        assert await place.hears("!gi hades") == "⏳ !gi again in 10 seconds."


async def test_while_an_answer_is_being_made_the_cooldown_holds() -> None:
    async with room(features=[attempt(cooldown=60, deadline=5)]) as place:
        assert await place.hears("!try late") is None
        assert await place.hears("!try") == "⏳ !try again in 60 seconds."


async def test_a_repeated_delivery_is_answered_once() -> None:
    async with room() as place:
        message = place.message("!ping")
        assert await place.delivers(message) == "Pong! 🏓 0 ms"
        assert await place.delivers(message) is None
        await place.clock.push(300)
        assert await place.delivers(message) is None
        assert place.tally.outcomes[Outcome.REPEATED] == 2


async def test_two_deliveries_at_the_same_moment_are_answered_once() -> None:
    async with room() as place:
        message = place.message("!ping")
        place.deliver(message)
        await place.delivers(message)
        assert len(place.said) == 1


@pytest.mark.parametrize("off", ["gi", "games"])
async def test_what_a_channel_switched_off_meets_silence_there(off: str) -> None:
    async with room() as place:
        place.choose("bob", off=frozenset({off}))
        assert await place.hears("!gi hades", channel="bob") is None
        assert await place.hears("!gameinfo hades", channel="bob") is None
        assert place.tally.outcomes == {Outcome.SWITCHED_OFF: 2}
        assert await place.hears("!gi hades", channel="ada")


async def test_the_rest_of_a_feature_goes_on_when_one_command_is_off() -> None:
    async with room(off=frozenset({"gi"})) as place:
        assert await place.hears("!gs hades")


async def test_mentions_can_be_switched_off() -> None:
    async with room(off=frozenset({"@"})) as place:
        assert await place.hears("@kissbot hello") is None
        assert await place.hears("!ping")
