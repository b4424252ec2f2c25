"""Services reach handlers by type."""

from typing import Any

import pytest

from kissbot.chat.bind import MissingService, bind
from kissbot.chat.commands import Feature, Invocation, Reply
from kissbot.chat.messages import Joined
from kissbot.chat.ports import Clock
from kissbot.testing import ManualClock, room


class Kettle:
    """A service that nobody provides."""


async def make_tea(asked: Invocation, clock: Clock, kettle: Kettle) -> Reply:
    """Makes tea."""
    return "tea"


async def test_a_missing_service_stops_the_start_with_the_handlers_name() -> None:
    feature = Feature("kitchen")
    feature.command("tea")(make_tea)
    with pytest.raises(
        MissingService, match=r"make_tea: the parameter 'kettle' wants Kettle; provided are: "
    ):
        async with room(features=[feature]):
            pass


async def test_a_reaction_that_misses_a_service_stops_the_start_too() -> None:
    feature = Feature("kitchen")
    feature.on(Joined)(make_tea)
    with pytest.raises(MissingService, match="make_tea"):
        async with room(features=[feature]):
            pass


async def test_a_service_of_the_test_takes_the_place_of_a_fake() -> None:
    feature = Feature("kitchen")
    feature.command("tea")(make_tea)
    async with room({Kettle: Kettle()}, features=[feature]) as place:
        assert await place.hears("!tea") == "tea"


def test_a_parameter_without_a_type_is_named() -> None:
    async def handler(asked: Invocation, kettle) -> Reply:  # type: ignore[no-untyped-def]  # that is the point
        return None

    with pytest.raises(MissingService, match="'kettle' wants a service, but does not say of which type"):
        bind(handler, {})


async def test_services_are_looked_up_once() -> None:
    asked: list[Clock] = []

    async def handler(event: Any, clock: Clock) -> Reply:
        asked.append(clock)
        return None

    services: dict[type, object] = {Clock: ManualClock()}
    bound = bind(handler, services)
    first = services.pop(Clock)
    await bound(None)
    assert asked == [first]
