"""Under a storm of faults nothing is lost, doubled or left unexplained, and no limit is broken."""

import msgspec
import pytest

from kissbot.app.bench.chaos import weather


@pytest.mark.parametrize("seed", [11, 12, 13])
async def test_a_storm_passes_and_everything_is_accounted_for(seed: int) -> None:
    report = await weather(seed, 15)
    assert report.held, msgspec.json.encode(report).decode()
    assert report.faults
    assert report.deaf.p99 < 2


async def test_without_a_conduit_too() -> None:
    report = await weather(14, 15, "websocket")
    assert report.held, msgspec.json.encode(report).decode()
