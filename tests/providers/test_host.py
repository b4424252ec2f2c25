"""The machine's own measurements."""

import asyncio

from kissbot.chat.tasks import Tasks
from kissbot.providers.host import Host
from kissbot.testing import ManualClock


def test_there_is_a_sample_from_the_beginning() -> None:
    sample = Host().latest
    assert sample.cpu_percent >= 0
    assert sample.ram_mb > 1
    assert sample.threads >= 1


async def test_a_new_sample_is_taken_every_few_seconds() -> None:
    clock = ManualClock()
    clock.rule(asyncio.get_running_loop())
    host = Host(every=5)
    first = host.latest
    async with Tasks() as tasks:
        tasks.start(host.watch(), "watch")
        await clock.push(0)
        await clock.push(4)
        assert host.latest is first
        await clock.push(1)
        assert host.latest is not first
