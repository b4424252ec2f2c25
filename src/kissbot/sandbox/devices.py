"""Logins by device code: a device asks, a user answers elsewhere. No I/O; the time is passed in.

Source: RFC 8628, and Twitch's device code grant flow.
"""

from secrets import choice
from typing import Final, Literal

from msgspec import Struct

from kissbot.sandbox.answers import Refused
from kissbot.sandbox.scopes import SCOPES
from kissbot.sandbox.tokens import LoginTiming, secret
from kissbot.sandbox.world import Person

LETTERS: Final = "BCDFGHJKLMNPQRSTVWXZ"
"""No vowels: user codes are no words."""
SLOWER: Final = 5
"""Seconds by which the interval grows each time that a device asks too soon."""


class Device(Struct, eq=False, kw_only=True):
    """A device that wants to act for whoever allows it."""

    device_code: str
    user_code: str
    scopes: frozenset[str]
    expires_at: float
    interval: int
    polled_at: float = float("-inf")
    status: Literal["waiting", "allowed", "denied", "used"] = "waiting"
    user: Person | None = None

    def __repr__(self) -> str:
        return f"Device({self.user_code})"

    def answer(self, user: Person | None) -> None:
        """A user allows it; None denies it."""
        self.user = user
        self.status = "denied" if user is None else "allowed"

    def be_patient(self, now: float) -> str:
        """What a device is told that asks while nobody has answered."""
        soon = now - self.polled_at < self.interval
        self.polled_at = now
        self.interval += SLOWER if soon else 0
        return "slow_down" if soon else "authorization_pending"


class Devices:
    """Every device code that was ever given out."""

    def __init__(self, timing: LoginTiming) -> None:
        self._timing = timing
        self._by_device_code: dict[str, Device] = {}
        self._by_user_code: dict[str, Device] = {}

    def ask(self, scopes: str, now: float) -> Device:
        """A new pair of codes, for scopes between blanks. Raises `Refused`."""
        wanted = frozenset(scopes.split())
        if not wanted:
            raise Refused(400, "missing scopes")
        if not wanted <= SCOPES:
            raise Refused(400, "invalid scope")
        device = Device(
            device_code=secret(40),
            user_code="".join(choice(LETTERS) for _ in range(8)),
            scopes=wanted,
            expires_at=now + self._timing.device_code,
            interval=self._timing.interval,
        )
        self._by_device_code[device.device_code] = self._by_user_code[device.user_code] = device
        return device

    def redeem(self, device_code: str, now: float) -> tuple[Person, frozenset[str]]:
        """Who allowed a device what; it is told once. Raises `Refused`."""
        device = self._by_device_code.get(device_code)
        if device is None or device.status == "used":
            raise Refused(400, "invalid device code")
        if now >= device.expires_at:
            raise Refused(400, "expired_token")
        if device.status == "denied":
            raise Refused(400, "access_denied")
        if device.user is None:
            raise Refused(400, device.be_patient(now))
        device.status = "used"
        return device.user, device.scopes

    def waiting(self, user_code: str, now: float) -> Device:
        """The device that waits for this code to be answered.

        Raises `LookupError` for an unknown code, `ValueError` for one that is over.
        """
        code = user_code.strip().upper()
        device = self._by_user_code.get(code)
        if device is None:
            raise LookupError(f"There is no code {code!r}. Compare it with what the application shows.")
        if device.status != "waiting":
            raise ValueError(
                f"The code {code} has been answered; it works once. Ask the application for a new one."
            )
        if now >= device.expires_at:
            raise ValueError(f"The code {code} has expired. Ask the application for a new one.")
        return device
