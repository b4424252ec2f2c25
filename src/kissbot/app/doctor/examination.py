"""Examines everything that the bot stands on; each check stands alone, and tells what to do."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import aiohttp
import sqlalchemy as sa
import structlog

import kissbot
from kissbot.app.doctor import home, models, twitch
from kissbot.app.doctor.patient import Check, Patient
from kissbot.app.report import Finding
from kissbot.app.settings import Settings
from kissbot.chat.logins import BOT, Login
from kissbot.chat.ports import Clock
from kissbot.storage.engine import Database, connect
from kissbot.storage.open import url_of
from kissbot.storage.trouble import StorageTrouble
from kissbot.storage.upgrade import revision, revisions
from kissbot.storage.vault import Unreadable
from kissbot.transports.twitch.helix import HelixError
from kissbot.transports.twitch.oauth import BadLogin, OAuth

DEADLINE: Final = 10.0
"""Seconds for each check."""

log = structlog.get_logger(__name__)


async def diagnose(
    settings: Settings,
    config: Path | None = None,
    *,
    offline: bool = False,
    clock: Clock = time,
    deadline: float = DEADLINE,
) -> list[Finding]:
    """Everything that was found, in the order of the checks. Changes nothing."""
    checks: Mapping[str, Check] = home.CHECKS if offline else home.CHECKS | twitch.CHECKS | models.CHECKS
    async with _patient(settings, config, clock, deadline) as patient:
        found = await asyncio.gather(
            *(examined(name, check, patient, deadline) for name, check in checks.items())
        )
    return [finding for findings in found for finding in findings]


async def examined(name: str, check: Check, patient: Patient, deadline: float) -> list[Finding]:
    """What a check finds, whatever becomes of it."""
    try:
        async with asyncio.timeout(deadline):
            return await check(patient)
    except TimeoutError:
        return [Finding(name, False, f"no answer within {deadline:g} seconds", "try again in a while")]
    except (StorageTrouble, Unreadable, BadLogin) as error:
        return [Finding(name, False, str(error))]
    except HelixError as error:
        remedy = "kissbot login --bot" if error.status == 401 else "try again in a while"
        return [Finding(name, False, str(error), remedy)]
    except (aiohttp.ClientError, OSError) as error:
        return [Finding(name, False, _plain(error), "look at the network, and whether Twitch is well")]
    except Exception as error:
        log.info("check_failed", check=name, exc_info=error)
        says = f"the check itself failed ({type(error).__name__})"
        return [Finding(name, False, says, "please report this")]


def _plain(error: Exception) -> str:
    return str(error) or type(error).__name__


@asynccontextmanager
async def _patient(
    settings: Settings, config: Path | None, clock: Clock, deadline: float
) -> AsyncIterator[Patient]:
    application = settings.twitch
    headers = {"User-Agent": f"KissBot/{kissbot.__version__}"}
    async with (
        aiohttp.ClientSession(headers=headers, cookie_jar=aiohttp.DummyCookieJar()) as http,
        _opened(settings, deadline) as database,
    ):
        yield Patient(
            settings=settings,
            config=config,
            clock=clock,
            database=database,
            login=await _bot_login(settings, database, clock) if database else None,
            http=http,
            oauth=OAuth(
                http,
                application.urls.oauth,
                application.client_id,
                application.client_secret,
                clock,
            ),
        )


@asynccontextmanager
async def _opened(settings: Settings, deadline: float) -> AsyncIterator[Database | None]:
    """The database as it is: not made, mended or brought forward."""
    database = await _working(settings, deadline)
    try:
        yield database
    finally:
        if database:
            await database.close()


async def _working(settings: Settings, deadline: float) -> Database | None:
    try:
        url = url_of(settings.storage.database)
        if not _is_there(url):
            return None
        database = connect(url, busy_seconds=deadline)
    except StorageTrouble:
        return None
    try:
        async with asyncio.timeout(deadline), database.reading() as connection:
            if await revision(connection) == revisions()[-1]:
                return database
    except (StorageTrouble, TimeoutError):
        pass
    await database.close()
    return None


def _is_there(url: sa.URL) -> bool:
    """A file that is not there would be made by connecting to it."""
    return url.get_backend_name() != "sqlite" or Path(str(url.database)).is_file()


async def _bot_login(settings: Settings, database: Database, clock: Clock) -> Login | None:
    try:
        logins = await home.kept_logins(settings, database, clock)
    except (StorageTrouble, Unreadable):
        return None
    return next(
        (
            login
            for login in logins
            if login.slot == BOT and not login.retired and login.expires_at > clock.time()
        ),
        None,
    )
