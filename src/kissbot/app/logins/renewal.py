"""Logins between the configuration, the login service and the database; renewals that outlive the bot."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Final

import aiohttp
import msgspec
import sqlalchemy as sa
import structlog

import kissbot
from kissbot.app.settings import Settings
from kissbot.chat.logins import APP, BOT, Login, Logins
from kissbot.chat.ports import Notes
from kissbot.chat.tasks import Tasks
from kissbot.storage.engine import Database
from kissbot.storage.tables import hub_state
from kissbot.transports.twitch.oauth import BadLogin, OAuth, OutOfReach, Refused
from kissbot.transports.twitch.tokens import Renewer

GATHER: Final = 0.05
"""Seconds in which logins that are due together find each other."""
LOOK_AGAIN: Final = 0.02
"""Seconds between two looks whether a process has ended."""

CONFIG_LOGIN: Final = "config_login"
"""In `hub_state`: which login was last taken from the configuration, as a hash. Also the lease of that."""
LEASE: Final = 30.0

log = structlog.get_logger(__name__)


@asynccontextmanager
async def login_service(settings: Settings) -> AsyncIterator[OAuth]:
    """The login service, for a command that needs nothing else of Twitch."""
    twitch = settings.twitch
    headers = {"User-Agent": f"KissBot/{kissbot.__version__}"}
    async with aiohttp.ClientSession(headers=headers, cookie_jar=aiohttp.DummyCookieJar()) as http:
        yield OAuth(http, twitch.urls.oauth, twitch.client_id, twitch.client_secret)


@dataclass
class _Batch:
    """Logins that are renewed by one process."""

    work: asyncio.Task[None] | None = None
    due: list[str] = field(default_factory=list)
    trouble: str = ""


class ChildRenewer:
    """Renews logins in a process of its own, `kissbot renew`: whatever ends the bot does not end that.

    Between Twitch's answer and our commit a new pair is nowhere but in memory, and the old one is worthless.
    Only the application's login is renewed `here`: it can be asked for as often as it is lost.
    """

    def __init__(self, config: Path | None, tasks: Tasks, here: Renewer) -> None:
        self._options = ["--config", str(config.absolute())] if config else []
        self._tasks, self._here = tasks, here
        self._gathering: _Batch | None = None

    async def renew(self, slot: str, generation: int) -> None:
        """Replace that generation of a login. Raises `OutOfReach`; for the application, what `here` does."""
        if slot == APP:
            await self._here(slot, generation)
            return
        batch = self._gathering
        if batch is None:
            batch = self._gathering = _Batch()
            batch.work = self._tasks.start(self._work(batch), "renewing process")
        batch.due.append(f"{slot}@{generation}")
        if batch.work:
            await asyncio.wait({batch.work})
        if batch.trouble:
            raise OutOfReach(batch.trouble)

    async def _work(self, batch: _Batch) -> None:
        await asyncio.sleep(GATHER)
        self._gathering = None
        with TemporaryFile() as said:  # not a pipe: it would break when the bot is killed
            process = _started([*self._options, *batch.due], said)
            try:
                while (status := process.poll()) is None:
                    await asyncio.sleep(LOOK_AGAIN)
            except asyncio.CancelledError:
                process.returncode = 0  # it is left to itself on purpose: no warning of that
                raise
            if status:
                batch.trouble = _last_line(said) or f"`kissbot renew` ended with status {status}"


def _started(words: Sequence[str], said: IO[bytes]) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "kissbot", "renew", *words]
    return subprocess.Popen(  # noqa: S603 (ourselves)
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=said,
        start_new_session=True,
    )


def _last_line(said: IO[bytes]) -> str:
    said.seek(0)
    lines = said.read().decode(errors="replace").strip().splitlines()
    return lines[-1].removeprefix("kissbot: ") if lines else ""


async def adopt(settings: Settings, database: Database, logins: Logins, notes: Notes, oauth: OAuth) -> None:
    """Take the login that the configuration holds into the bot's slot, unless it was taken before.

    So a newly edited file wins over the database, and what was renewed since wins over the file.
    Raises `BadLogin`, and aiohttp's errors when Twitch is out of reach.
    """
    mark = config_mark(settings)
    if not mark or await _taken(database) == mark:
        return
    while wait := await notes.claim(CONFIG_LOGIN, LEASE):
        await asyncio.sleep(min(wait, LOOK_AGAIN))
    try:
        if await _taken(database) != mark:
            if login := await _from_config(settings, logins, oauth):
                await logins.put(login)
            await mark_as_taken(settings, database)
    finally:
        await notes.release(CONFIG_LOGIN)


async def _from_config(settings: Settings, logins: Logins, oauth: OAuth) -> Login | None:
    """The login of the configuration; None for one that is over while the database has a good one."""
    twitch = settings.twitch
    login = Login(
        slot=BOT,
        client_id=twitch.client_id,
        token=twitch.token.removeprefix("oauth:"),
        refresh_token=twitch.refresh_token,
    )
    expired = msgspec.structs.replace(login, expires_at=0)  # renewed, and named, at its first use
    if not login.token:
        return expired
    try:
        login = await oauth.named(login)
    except Refused as refused:
        if login.refresh_token:
            return expired
        known = await logins.get(BOT)
        if known and not known.retired:
            log.warning("config_login_not_used", why=str(refused), remedy="remove twitch.token")
            return None
        raise BadLogin(f"twitch.token: {refused}") from None
    except BadLogin as error:
        raise BadLogin(f"twitch.token: {error}") from None
    refuse_another(login, settings, "twitch.token")
    return login


def refuse_another(login: Login, settings: Settings, what: str = "the bot's login") -> None:
    """The bot's slot is for the account that `bot.name` names. Raises `BadLogin`."""
    if login.login != settings.bot.name.lower():
        raise BadLogin(
            f"{what} belongs to the account {login.login!r}, but bot.name says {settings.bot.name!r}."
        )


def config_mark(settings: Settings) -> str:
    """What tells one login of the configuration from another; empty when it holds none."""
    twitch = settings.twitch
    if not (twitch.token or twitch.refresh_token):
        return ""
    parts = twitch.client_id, twitch.token, twitch.refresh_token
    return sha256("\0".join(parts).encode()).hexdigest()


async def mark_as_taken(settings: Settings, database: Database) -> None:
    """What the configuration holds now is older than what the database does."""
    value = msgspec.json.encode(config_mark(settings)).decode()
    row = database.insert(hub_state).values(key=CONFIG_LOGIN, value=value)
    async with database.writing(durable=True) as connection:
        await connection.execute(row.on_conflict_do_update(index_elements=["key"], set_={"value": value}))


async def _taken(database: Database) -> str:
    query = sa.select(hub_state.c.value).where(hub_state.c.key == CONFIG_LOGIN)
    async with database.reading() as connection:
        value = await connection.scalar(query)
    return msgspec.json.decode(value, type=str) if value else ""
