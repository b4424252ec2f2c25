"""Opening and closing the sandbox; and a client that we did not write."""

import asyncio
import sys
import time

import pytest

from kissbot.sandbox.twitch import Sandbox

from .client import open_client, port_of


@pytest.mark.alone
async def test_it_closes_at_once_whoever_is_still_connected() -> None:
    async with Sandbox(("ada",)) as twitch, open_client(twitch) as client:
        await client.listen("ada")
        page = await client.http.get(f"{twitch.url}/control/events")
        started = time.perf_counter()
        await twitch.__aexit__(None, None, None)
        assert time.perf_counter() - started < 0.5
        page.close()
        with pytest.raises(OSError, match="Connect"):
            await client.connect()
        left = [task.get_name() for task in asyncio.all_tasks() if "link" in task.get_name()]
        assert not left


async def test_a_port_that_is_busy_is_told_and_nothing_leaks() -> None:
    async with Sandbox(("ada",)) as first:
        tasks = asyncio.all_tasks()
        with pytest.raises(OSError, match="address already in use"):
            await Sandbox(("ada",), port=port_of(first)).__aenter__()
        assert asyncio.all_tasks() == tasks


async def test_two_sandboxes_do_not_know_each_other() -> None:
    async with Sandbox(("ada",)) as one, Sandbox(("ada",)) as two, open_client(one) as client:
        assert port_of(one) != port_of(two)
        answer = await client.call("GET", f"{two.urls.helix}/users", headers=client.headers)
        assert answer.status == 401


async def test_the_page_is_served() -> None:
    async with Sandbox(("ada",)) as twitch, open_client(twitch) as client:
        assert (await client.call("GET", f"{twitch.url}/")).status == 200


async def test_a_channel_may_speak_another_language() -> None:
    async with Sandbox(("ada", "bob"), languages={"bob": "fr"}) as twitch:
        assert [channel["language"] for channel in twitch.state()["channels"]] == ["en", "fr"]


async def test_a_channel_that_does_not_exist_cannot_be_spoken_in() -> None:
    async with Sandbox(("ada",)) as twitch:
        with pytest.raises(LookupError, match="there are: ada"):
            twitch.say("eve", user="vera", text="hi")
        with pytest.raises(ValueError, match="there are: drop"):
            twitch.fault("explode")


@pytest.mark.skipif(sys.platform == "win32", reason="uvloop does not run on Windows")
def test_it_runs_on_uvloop_too() -> None:
    import uvloop

    async def hear_a_line() -> str:
        async with Sandbox(("ada",)) as twitch, open_client(twitch) as client:
            heard = await client.listen("ada")
            twitch.say("ada", user="vera", text="hello")
            text = await heard.text()
            twitch.fault("drop")
            assert await heard.close_code() == 1006
            return text

    assert uvloop.run(hear_a_line()) == "hello"
