"""Device codes: what a device is told while it waits, and after."""

import pytest

from kissbot.sandbox.answers import Refused
from kissbot.sandbox.devices import Device, Devices
from kissbot.sandbox.tokens import LoginTiming
from kissbot.sandbox.world import Person

VERA = Person("7", "vera", "Vera", "")


@pytest.fixture
def devices() -> Devices:
    return Devices(LoginTiming(device_code=1_800, interval=5))


def told(devices: Devices, device: Device, now: float) -> str:
    with pytest.raises(Refused) as caught:
        devices.redeem(device.device_code, now)
    assert caught.value.status == 400
    return caught.value.message


def test_a_device_that_keeps_the_interval_waits_as_long_as_it_takes(devices: Devices) -> None:
    device = devices.ask("user:bot", 0.0)
    for now in (0.0, 5.0, 10.0, 15.0):
        assert told(devices, device, now) == "authorization_pending"
    assert device.interval == 5


def test_each_hasty_question_makes_the_interval_five_seconds_longer(devices: Devices) -> None:
    device = devices.ask("user:bot", 0.0)
    assert told(devices, device, 0.0) == "authorization_pending"
    assert told(devices, device, 4.9) == "slow_down"
    assert told(devices, device, 14.8) == "slow_down"
    assert told(devices, device, 29.8) == "authorization_pending"
    assert device.interval == 15


def test_what_was_allowed_is_told_once(devices: Devices) -> None:
    device = devices.ask("user:bot channel:bot", 0.0)
    device.answer(VERA)
    assert devices.redeem(device.device_code, 1.0) == (VERA, frozenset({"user:bot", "channel:bot"}))
    assert told(devices, device, 10.0) == "invalid device code"


def test_who_asks_too_soon_is_not_refused_what_was_allowed_meanwhile(devices: Devices) -> None:
    device = devices.ask("user:bot", 0.0)
    told(devices, device, 0.0)
    device.answer(VERA)
    assert devices.redeem(device.device_code, 1.0)


def test_a_denial_stays_one(devices: Devices) -> None:
    device = devices.ask("user:bot", 0.0)
    device.answer(None)
    assert [told(devices, device, now) for now in (1.0, 1.0)] == ["access_denied", "access_denied"]


def test_a_code_expires_whether_it_was_answered_or_not(devices: Devices) -> None:
    forgotten, late = devices.ask("user:bot", 0.0), devices.ask("user:bot", 0.0)
    late.answer(VERA)
    assert told(devices, forgotten, 1_799.0) == "authorization_pending"
    assert told(devices, forgotten, 1_800.0) == "expired_token"
    assert told(devices, late, 1_800.0) == "expired_token"


@pytest.mark.parametrize(
    ("scopes", "message"),
    [("", "missing scopes"), ("  ", "missing scopes"), ("user:bot user:fly", "invalid scope")],
)
def test_scopes_are_needed_and_must_exist(devices: Devices, scopes: str, message: str) -> None:
    with pytest.raises(Refused, match=message):
        devices.ask(scopes, 0.0)


def test_a_user_code_is_found_however_it_is_typed(devices: Devices) -> None:
    device = devices.ask("user:bot", 0.0)
    assert devices.waiting(f" {device.user_code.lower()} ", 1.0) is device


def test_a_code_that_cannot_be_answered_any_more_says_why(devices: Devices) -> None:
    device = devices.ask("user:bot", 0.0)
    with pytest.raises(LookupError, match="no code"):
        devices.waiting("NOSUCH", 1.0)
    with pytest.raises(ValueError, match="expired"):
        devices.waiting(device.user_code, 1_800.0)
    device.answer(None)
    with pytest.raises(ValueError, match="works once"):
        devices.waiting(device.user_code, 1.0)


def test_the_text_form_of_a_device_does_not_tell_its_secret(devices: Devices) -> None:
    device = devices.ask("user:bot", 0.0)
    assert device.device_code not in repr(device)
