"""What the doctor examines at home: configuration, folders, database, key, logins, backups, processes."""

import asyncio
import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import kissbot
from kissbot.app.choosing import configured
from kissbot.app.doctor.patient import Check, Patient
from kissbot.app.library import unasked
from kissbot.app.logins.keys import fitting, key_place
from kissbot.app.logins.renewal import config_mark
from kissbot.app.report import Finding
from kissbot.app.settings import Settings
from kissbot.chat.channels import Channels
from kissbot.chat.evidence import spell
from kissbot.chat.logins import APP, BOT, Login, how_to_log_in, whose
from kissbot.chat.ports import Clock
from kissbot.features import find_features
from kissbot.providers.games.offline import read_catalogue
from kissbot.storage import files
from kissbot.storage.choices import SqlBook
from kissbot.storage.engine import Database, connect
from kissbot.storage.layers import Layers
from kissbot.storage.logins import Held, SqlLogins, held
from kissbot.storage.open import url_of
from kissbot.storage.state import Instance, State
from kissbot.storage.upgrade import revision, revisions
from kissbot.storage.vault import Vault, fingerprint
from kissbot.transports.twitch import scopes

ROOM_NEEDED: Final = 200_000_000
"""Bytes on the disk below which somebody should look."""

BACKUP_EVERY: Final = 2 * 86_400.0
"""Seconds after which a backup that is made every night is late."""

_NOT_WITHOUT: Final = "not examined: there is no database that works"


async def configuration(patient: Patient) -> list[Finding]:
    """The file itself was read before; here it is who else can."""
    path, twitch = patient.config, patient.settings.twitch
    if path is None:
        return [Finding("configuration", True, "no file; from the environment alone")]
    secrets = twitch.token, twitch.refresh_token, twitch.client_secret, patient.settings.storage.key
    if any(secrets) and (mode := _open_to_others(path)):
        says = f"{path}: others can read it (mode {mode}), and it holds secrets"
        return [Finding("configuration", False, says, f"chmod 600 {path}")]
    return [Finding("configuration", True, f"{path} is right")]


async def folder(patient: Patient) -> list[Finding]:
    """Where the bot keeps its things."""
    path = _file(patient.settings)
    if path is None:
        return []
    place = path.parent
    if not place.is_dir():
        return [Finding("data folder", False, f"{place}: there is no such folder", f"mkdir -p {place}")]
    if not os.access(place, os.W_OK | os.X_OK):
        return [Finding("data folder", False, f"{place}: cannot be written to", "let this user write there")]
    free = shutil.disk_usage(place).free
    says = f"{place}, {free / 1e9:.1f} GB free"
    return [Finding("data folder", free > ROOM_NEEDED, says, "" if free > ROOM_NEEDED else "make room there")]


async def database(patient: Patient) -> list[Finding]:
    """Opened on its own, so that what is wrong with it is told once."""
    path = _file(patient.settings)
    if path and not path.exists():
        return [Finding("database", True, "none yet; `kissbot run` and `kissbot login` make it")]
    if path and (mode := _open_to_others(path)):
        says = f"{path}: others can read it (mode {mode}), and it holds logins"
        return [Finding("database", False, says, f"chmod 600 {path}*")]
    if path:
        await asyncio.to_thread(files.check, path)
    place = connect(url_of(patient.settings.storage.database))
    try:
        async with place.reading() as connection:
            at, known = await revision(connection), revisions()
    finally:
        await place.close()
    return [_revised(place.place, at, known)]


def _revised(place: str, at: str, known: list[str]) -> Finding:
    if at == known[-1]:
        return Finding("database", True, f"{place} is whole, at revision {at}")
    if not at or at in known:
        return Finding("database", True, f"{place} is brought to revision {known[-1]} at the next start")
    says = f"{place}: was made by a newer KissBot, or by another program (revision {at})"
    return Finding("database", False, says, "update KissBot, or name another place in storage.database")


async def key(patient: Patient) -> list[Finding]:
    """Whether the key is the one that the logins want."""
    place = key_place(patient.settings.storage)
    wants = await held(patient.database) if patient.database else Held(0, "")
    keys = fitting(place, wants)
    if not keys:
        return [Finding("key", True, "none yet; it is made with the first login")]
    return [Finding("key", True, f"{fingerprint(keys[0])}, in {place.name}")]


async def logins(patient: Patient) -> list[Finding]:
    """Each login, and the features that it does not allow."""
    found: list[Finding] = []
    kept = await kept_logins(patient.settings, patient.database, patient.clock) if patient.database else ()
    if not any(login.slot == BOT for login in kept):
        found.append(_no_login(patient.settings))
    for login in kept:
        found += _login(login, patient)
    return found


def _no_login(settings: Settings) -> Finding:
    if config_mark(settings):
        return Finding("login bot", True, "the one in the configuration is taken over at the next start")
    return Finding("login bot", False, "nobody is logged in as the bot", "kissbot login --bot")


def _login(login: Login, patient: Patient) -> Iterator[Finding]:
    name, remedy = f"login {login.slot}", how_to_log_in(login)
    if login.retired:
        yield Finding(name, False, f"{whose(login)} is of no use any more: {login.retired}", remedy)
        return
    yield _lasting(login, name, remedy, patient.clock.time())
    if lacking := scopes.lacking(login, patient.settings.twitch.chat):
        says = ", ".join(f"{scope} ({reason})" for scope, reason in lacking.items())
        yield Finding(name, False, f"{whose(login)} lacks {says}", remedy)
    features = [feature for feature in find_features() if feature.name not in patient.settings.off]
    for feature, missing in scopes.disabled(features, login).items():
        says = f"the feature {feature} is off: {whose(login)} lacks {', '.join(missing)}"
        yield Finding(name, False, says, f"{remedy}, or switch it off: {feature}")


def _lasting(login: Login, name: str, remedy: str, now: float) -> Finding:
    left = login.expires_at - now
    if login.refresh_token or login.slot == APP:
        return Finding(name, True, f"{whose(login)} is good, and renewed by itself")
    if left <= 0:
        return Finding(name, False, f"{whose(login)} has expired and cannot be renewed", remedy)
    if left == float("inf"):
        return Finding(name, True, f"{whose(login)} is good")
    return Finding(name, True, f"{whose(login)} is good for {spell(left)}, and cannot be renewed")


async def games(patient: Patient) -> list[Finding]:
    """The catalogue that is shipped with the bot, and who is asked besides."""
    catalogue = await asyncio.to_thread(read_catalogue)
    asked = [
        f"{name} ({why_not})" if why_not else name for name, why_not in unasked(patient.settings).items()
    ]
    says = f"{len(catalogue)} in the offline catalogue; sources: {', '.join(asked)}"
    return [Finding("games", True, says)]


async def backups(patient: Patient) -> list[Finding]:
    """How old the newest is."""
    place = patient.settings.storage.backups
    if not place:
        return [Finding("backups", True, "none are made, as storage.backups says")]
    if patient.database is None:
        return [Finding("backups", None, _NOT_WITHOUT)]
    newest = await asyncio.to_thread(_newest_backup, Path(place))
    remedy = "let the bot run, which makes one every night, or: kissbot backup FILE"
    now = patient.clock.time()
    if not newest:
        instances = await State(patient.database, patient.clock).running()
        new = any(now - instance.started_at < BACKUP_EVERY for instance in instances)
        says = f"there is none in {place} yet"
        return [Finding("backups", None if new else False, says, "" if new else remedy)]
    age = max(0.0, now - newest)
    says = f"the newest in {place} is {spell(age)} old"
    return [Finding("backups", age < BACKUP_EVERY, says, "" if age < BACKUP_EVERY else remedy)]


async def running(patient: Patient) -> list[Finding]:
    """Every process of the bot."""
    if patient.database is None:
        return [Finding("running", None, _NOT_WITHOUT)]
    instances = await State(patient.database, patient.clock).running()
    if not instances:
        return [Finding("running", None, "the bot is not running")]
    return [_process(instance, patient.clock.time()) for instance in instances]


async def wanted_channels(patient: Patient) -> list[str]:
    """Where the bot is to be, by the configuration and what was chosen since."""
    settings = patient.settings
    if patient.database is None:
        return list(configured(settings))
    book = SqlBook(patient.database, patient.clock)
    layers = Layers(Channels(settings.for_all()), configured(settings), book)
    await layers.load()
    return layers.wanted()


async def kept_logins(settings: Settings, database: Database, clock: Clock) -> tuple[Login, ...]:
    """The logins of the database. Raises `BadKey` and `StorageTrouble`; makes no key."""
    place, wants = key_place(settings.storage), await held(database)
    if not wants.logins:
        return ()
    return await SqlLogins(database, Vault(fitting(place, wants)), clock).all()


def _process(instance: Instance, now: float) -> Finding:
    where = f"process {instance.pid} on {instance.host}"
    if instance.version != kissbot.__version__:
        says = f"{where} is KissBot {instance.version}; this one is {kissbot.__version__}"
        return Finding("running", False, says, "start it again, to have the newer one")
    return Finding("running", True, f"{where}, for {spell(now - instance.started_at)}")


def _newest_backup(folder: Path) -> float:
    """When it was made; 0 when there is none."""
    return max((path.stat().st_mtime for path in folder.glob("kissbot-*.kissbot")), default=0.0)


def _file(settings: Settings) -> Path | None:
    """The file of a SQLite database."""
    url = url_of(settings.storage.database)
    return Path(str(url.database)) if url.get_backend_name() == "sqlite" else None


def _open_to_others(path: Path) -> str:
    """The mode of a file that others can read; empty when they cannot, or cannot be kept from it."""
    mode = stat.S_IMODE(path.stat().st_mode)
    return f"{mode:o}" if os.name == "posix" and mode & 0o077 else ""


CHECKS: Final[dict[str, Check]] = {
    "configuration": configuration,
    "data folder": folder,
    "database": database,
    "key": key,
    "logins": logins,
    "games": games,
    "backups": backups,
    "running": running,
}
