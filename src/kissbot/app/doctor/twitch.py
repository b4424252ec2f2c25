"""What the doctor examines at Twitch: whether it is in reach, and knows the application and the channels."""

from email.utils import parsedate_to_datetime
from typing import Final

import aiohttp

from kissbot.app.doctor.home import wanted_channels
from kissbot.app.doctor.patient import Check, Patient
from kissbot.app.report import Finding
from kissbot.transports.twitch.helix import FixedLogin, Helix

SKEW: Final = 10.0
"""Seconds by which this machine's clock may differ from Twitch's."""

NAMED: Final = 10
"""How many channels are named where there may be thousands."""


async def application(patient: Patient) -> list[Finding]:
    """Whether Twitch knows it; a public one has nothing to prove that with."""
    twitch = patient.settings.twitch
    if not twitch.client_id:
        remedy = "register an application at dev.twitch.tv/console, and copy its client id there"
        return [Finding("application", False, "twitch.client_id is empty", remedy)]
    if not twitch.client_secret:
        return [Finding("application", True, "a public one; its logins tell whether Twitch knows it")]
    login = await patient.oauth.app_token()
    await patient.oauth.revoke(login.token)
    return [Finding("application", True, "Twitch accepts twitch.client_id and twitch.client_secret")]


async def helix(patient: Patient) -> list[Finding]:
    """The API."""
    return [await _answers(patient, "helix", "users")]


async def login_service(patient: Patient) -> list[Finding]:
    """Where tokens come from."""
    return [await _answers(patient, "oauth", "validate")]


async def subscriptions(patient: Patient) -> list[Finding]:
    """Where events are subscribed to."""
    return [await _answers(patient, "subscriptions", "")]


async def eventsub(patient: Patient) -> list[Finding]:
    """Where events come from."""
    url = patient.settings.twitch.urls.eventsub
    async with patient.http.ws_connect(url) as socket:
        first = await socket.receive()
    if first.type is aiohttp.WSMsgType.TEXT and "session_welcome" in first.data:
        return [Finding("eventsub", True, f"{url} says welcome")]
    return [Finding("eventsub", False, f"{url} says no welcome", "mend twitch.urls.eventsub")]


async def clock(patient: Patient) -> list[Finding]:
    """Whether this machine's clock agrees with Twitch's, which tells it with each answer."""
    async with patient.http.get(_address(patient, "oauth", "validate"), allow_redirects=False) as answer:
        theirs = answer.headers.get("Date", "")
    try:
        behind = parsedate_to_datetime(theirs).timestamp() - patient.clock.time()
    except ValueError:
        return [Finding("clock", None, "Twitch did not say what time it is")]
    if abs(behind) <= SKEW:
        return [Finding("clock", True, "agrees with Twitch's")]
    says = f"this machine's clock is {abs(behind):.0f} seconds {'slow' if behind > 0 else 'fast'}"
    return [Finding("clock", False, says, "let it be set by the network (NTP)")]


async def channels(patient: Patient) -> list[Finding]:
    """Whether Twitch knows them."""
    names = await wanted_channels(patient)
    if not names:
        remedy = "name one in twitch.channels, or: kissbot join NAME"
        return [Finding("channels", False, "the bot is wanted in none", remedy)]
    if patient.login is None:
        return [Finding("channels", None, f"not asked without a login: {_listed(names)}")]
    urls = patient.settings.twitch.urls
    twitch = Helix(
        patient.http, FixedLogin(patient.login), url=urls.helix, subscriptions_url=urls.subscriptions
    )
    known = {user.login for user in await twitch.users(names)}
    if unknown := [name for name in names if name not in known]:
        says = f"Twitch knows no {_listed(unknown)}"
        return [Finding("channels", False, says, "mend twitch.channels, or: kissbot part NAME")]
    return [Finding("channels", True, f"Twitch knows {_listed(names)}")]


async def _answers(patient: Patient, name: str, path: str) -> Finding:
    """Whoever comes without a login is sent away with 401 by Twitch, and by hardly anybody else."""
    url = _address(patient, name, path)
    async with patient.http.get(url, allow_redirects=False) as answer:
        status = answer.status
    if status == 401:
        return Finding(name, True, f"{url} answers")
    if status >= 500 or status == 429:
        return Finding(name, False, f"{url} answers {status}", "Twitch has trouble; it passes by itself")
    return Finding(name, False, f"{url} answers {status}, as Twitch would not", f"mend twitch.urls.{name}")


def _address(patient: Patient, name: str, path: str) -> str:
    return f"{getattr(patient.settings.twitch.urls, name).rstrip('/')}/{path}".rstrip("/")


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more


CHECKS: Final[dict[str, Check]] = {
    "application": application,
    "helix": helix,
    "oauth": login_service,
    "subscriptions": subscriptions,
    "eventsub": eventsub,
    "clock": clock,
    "channels": channels,
}
