"""A storm is the same whenever it is called by the same seed, and it ends."""

from kissbot.sandbox.chaos import CALM, blow, storm
from kissbot.sandbox.faults import fault_of
from kissbot.sandbox.twitch import Sandbox


def test_the_same_seed_is_the_same_storm() -> None:
    assert storm(7, 60) == storm(7, 60)
    assert storm(7, 60) != storm(8, 60)


def test_it_is_calm_at_the_end() -> None:
    clouds = storm(7, 60, ("ada", "bob"))
    assert clouds.faults
    assert all(0 < at < 60 - CALM for at, _ in clouds.faults)
    assert sum(clouds.counts.values()) == len(clouds.faults)


def test_every_fault_is_one_that_there_is() -> None:
    for _, fault in storm(7, 600, ("ada", "bob")).faults:
        fault_of(fault)


async def test_it_strikes_and_clears_up(twitch: Sandbox) -> None:
    struck: list[str] = []
    await blow(storm(7, CALM + 0.5), lambda fault: struck.append(fault["kind"]))
    assert struck[-1] == "clear"
    await twitch.weather(storm(7, CALM + 0.2, twitch.channels))
    assert twitch.state()["faults"] == []
