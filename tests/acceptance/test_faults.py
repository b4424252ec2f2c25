"""While lines flow at 500 a second: what the connection may do, and what must not come of it."""

import asyncio
import time

import pytest

from kissbot.app.child import BotProcess
from kissbot.sandbox.twitch import Sandbox

from .flow import PER_SECOND, Flow

pytestmark = pytest.mark.alone


async def test_a_reconnect_loses_no_message(twitch: Sandbox, bot: BotProcess) -> None:
    flow = Flow(twitch)
    running = asyncio.create_task(flow.run(3))
    await asyncio.sleep(1)
    twitch.fault("reconnect")
    await running
    await flow.answered(within=10)
    assert set(flow.answers.values()) == {1}
    assert (await bot.stop()).lines == 3 * PER_SECOND + len(flow.pings)


async def test_an_aborted_connection_is_replaced_within_two_seconds(twitch: Sandbox, bot: BotProcess) -> None:
    flow = Flow(twitch)
    running = asyncio.create_task(flow.run(4))
    await asyncio.sleep(1)
    twitch.fault("drop")
    moment = time.time()
    await running
    assert flow.deaf_after(moment) < 2
    assert set(flow.answers.values()) == {1}


async def test_a_frame_that_comes_twice_is_answered_once(twitch: Sandbox, bot: BotProcess) -> None:
    flow = Flow(twitch)
    twitch.fault("duplicate", count=400)
    await flow.run(2)
    await flow.answered(within=10)
    assert set(flow.answers.values()) == {1}


async def test_a_silent_socket_is_replaced(twitch: Sandbox, bot: BotProcess) -> None:
    """Sixty seconds of silence would be noticed after the twelve of a missed keep-alive."""
    flow = Flow(twitch)
    twitch.fault("silence", seconds=60)
    moment = time.time()
    running = asyncio.create_task(flow.run(15))
    await running
    assert 9 < flow.deaf_after(moment) < 14
    assert set(flow.answers.values()) == {1}


async def test_api_trouble_delays_an_answer_and_loses_none(twitch: Sandbox, bot: BotProcess) -> None:
    twitch.fault("refuse", status=429, path="/chat/messages", count=2)
    flow = Flow(twitch)
    await flow.run(1)
    await flow.answered(within=6)
    assert set(flow.answers.values()) == {1}
