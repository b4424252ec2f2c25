"""EventSub's part of the API: what is asked, and what the answers mean."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import msgspec
import pytest
import stamina

from kissbot.transports.twitch.hearing.desk import Desk, Made
from kissbot.transports.twitch.helix import FixedLogin, Helix, HelixError

from ..login import LOGIN
from ..server import Answer, Server, says, serving

SOCKET = {"method": "websocket", "session_id": "s1"}


@pytest.fixture(autouse=True)
def at_once() -> Iterator[None]:
    """Calls are repeated without a pause."""
    with stamina.set_testing(True, attempts=2, cap=True):
        yield


@asynccontextmanager
async def asking(*answers: Answer) -> AsyncIterator[tuple[Desk, Server]]:
    async with serving(*answers) as server, aiohttp.ClientSession() as http:
        urls = {"url": f"{server.url}/helix", "subscriptions_url": f"{server.url}/subs"}
        yield Desk(Helix(http, FixedLogin(LOGIN), **urls)), server


def row(number: int, **fields: Any) -> dict[str, Any]:
    return {"id": f"id-{number}", "type": "channel.chat.message", "version": "1", "cost": 0, **fields}


async def test_a_subscription_goes_to_its_own_address() -> None:
    async with asking(says(202, {"data": [row(1, cost=1)]})) as (desk, server):
        made = await desk.subscribe("channel.follow", "2", {"broadcaster_user_id": "10"}, SOCKET)
    assert made == Made("id-1", 1)
    assert server.asked[0].path == "/subs"
    assert msgspec.json.decode(server.asked[0].body) == {
        "type": "channel.follow",
        "version": "2",
        "condition": {"broadcaster_user_id": "10"},
        "transport": SOCKET,
    }


async def test_a_subscription_that_is_there_already_is_fine() -> None:
    async with asking(says(409, {"message": "subscription already exists"})) as (desk, _):
        assert await desk.subscribe("channel.chat.message", "1", {}, SOCKET) == Made()


async def test_a_refused_subscription_is_an_error() -> None:
    async with asking(says(403, {"message": "missing proper authorization"})) as (desk, _):
        with pytest.raises(HelixError, match="missing proper authorization"):
            await desk.subscribe("channel.chat.message", "1", {}, SOCKET)


async def test_a_limit_is_not_run_against_again_at_once() -> None:
    async with asking(says(429, {"message": "maximum total cost exceeded"})) as (desk, server):
        with pytest.raises(HelixError, match="cost"):
            await desk.subscribe("stream.online", "1", {}, SOCKET)
    assert len(server.asked) == 1


async def test_a_subscription_that_is_gone_already_can_be_ended() -> None:
    async with asking(says(404, {"message": "subscription not found"})) as (desk, server):
        await desk.unsubscribe("id-1")
    assert server.asked[0].query == [("id", "id-1")]


async def test_a_list_is_read_to_its_end_and_each_subscription_is_in_it_once() -> None:
    first = says(200, {"data": [row(1), row(2)], "pagination": {"cursor": "c2"}, "total_cost": 3})
    second = says(200, {"data": [row(2), row(3)], "pagination": {}})
    async with asking(first, second) as (desk, server):
        assert [one.id for one in await desk.subscriptions()] == ["id-1", "id-2", "id-3"]
    assert [asked.query for asked in server.asked] == [[], [("after", "c2")]]


async def test_shards_are_attached_in_one_call_and_a_part_may_fail() -> None:
    errors = [{"id": "1", "message": "shard not found", "code": "invalid_parameter"}]
    async with asking(says(202, {"data": [{"id": "0", "status": "enabled"}], "errors": errors})) as (
        desk,
        server,
    ):
        (problem,) = await desk.attach("c", {0: "s0", 1: "s1"})
    assert (problem.id, problem.message) == ("1", "shard not found")
    assert msgspec.json.decode(server.asked[0].body)["shards"] == [
        {"id": "0", "transport": {"method": "websocket", "session_id": "s0"}},
        {"id": "1", "transport": {"method": "websocket", "session_id": "s1"}},
    ]


async def test_calls_that_can_wait_leave_points_for_those_that_cannot() -> None:
    headers = {"Ratelimit_Limit": "800", "Ratelimit_Remaining": "49", "Ratelimit_Reset": "9" * 11}
    async with asking(says(202, {"data": [row(1)]}, **headers)) as (desk, _):
        helix = desk._helix
        await desk.subscribe("channel.chat.message", "1", {}, SOCKET)
        points = helix._points
        assert 0 < points.wait(points._at, reserve=50) < 1
        assert points.wait(points._at) == 0
