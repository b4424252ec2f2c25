"""Restores a backup: what was there is kept aside, and is back in its place when anything goes wrong."""

import asyncio
import os
import shutil
import sqlite3
import time
from contextlib import ExitStack, closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import sqlalchemy as sa
from msgspec import Struct, field
from sqlalchemy.ext.asyncio import AsyncConnection

from kissbot.app.backups.archive import (
    CONFIG,
    DATABASE,
    KEY,
    BackupTrouble,
    Manifest,
    create_private,
    look_into,
    unpack,
)
from kissbot.app.backups.backup import at, make_backup, opened, work_beside, writing_to
from kissbot.app.configuration import anchored, load
from kissbot.app.files import replace_file
from kissbot.app.logins.keys import Given, KeyFile, KeyPlace, key_place
from kissbot.app.settings import Settings
from kissbot.storage import files
from kissbot.storage.copying import copy, digests
from kissbot.storage.engine import Database
from kissbot.storage.files import sync
from kissbot.storage.logins import Held, held
from kissbot.storage.open import open_database
from kissbot.storage.tables import audit_log, config, instances, oauth_tokens, users
from kissbot.storage.trouble import StorageTrouble
from kissbot.storage.upgrade import revision, revisions
from kissbot.storage.vault import BadKey, fingerprint

ALIVE: Final = 15.0
"""Seconds after its latest sign of life in which a bot is taken to be running."""

_SQLITE: Final = b"SQLite format 3\x00"
_OURS: Final = {"alembic_version", "config"}
"""Tables that every database of KissBot has had."""
_DECISIONS: Final = (users, oauth_tokens, config, audit_log)
"""Tables that are empty in a database that nobody has used."""
_COMPANIONS: Final = ("-shm", "-wal", "")


class Restored(Struct, kw_only=True):
    """What a restore did."""

    place: str
    """The database."""
    rows: dict[str, int]
    """By table."""
    wants: Held
    """The key that its logins want."""
    config: Path | None = None
    """The configuration, if it was restored."""
    key: str = ""
    """Where the key was put, if there was one."""
    here: list[str] = field(default_factory=list)
    """The fingerprints of the keys that are here now."""
    kept: list[Path] = field(default_factory=list)
    """What was there before."""
    running: str = ""
    """The bot that must be restarted."""


class _Backup(Struct):
    """The file, looked into."""

    file: Path
    manifest: Manifest | None
    """None for a bare database."""

    def has(self, name: str) -> bool:
        return self.manifest is not None and name in self.manifest.parts

    def take(self, name: str, target: Path) -> None:
        if self.manifest:
            unpack(self.file, self.manifest, name, target)
        else:
            _take_bare(self.file, target)

    def read(self, name: str) -> bytes:
        with TemporaryDirectory(prefix="kissbot-") as folder:
            self.take(name, Path(folder) / name)
            return (Path(folder) / name).read_bytes()


class _Found(Struct):
    """What is in the place of the database."""

    there: bool
    usable: bool = True
    """Whether this KissBot can work with it."""
    running: str = ""
    """The bot that works with it at this moment."""


class _Aside:
    """Keeps files beside their places while they are replaced; its `undo` puts them back."""

    def __init__(self, now: float) -> None:
        self.suffix = f".before-restore-{time.strftime('%Y%m%d-%H%M%S', time.localtime(now))}"
        self.undo = ExitStack()
        self.kept: list[Path] = []

    def keep(self, path: Path, ending: str = "") -> None:
        """From now on the file (`path` and the ending) may be replaced, or made if there is none."""
        here, aside = path.with_name(path.name + ending), path.with_name(path.name + self.suffix + ending)
        if not here.exists():
            self.undo.callback(here.unlink, missing_ok=True)
            return
        self.undo.callback(_back, aside, here)
        try:
            os.link(here, aside)
        except OSError:  # not every file system can
            with here.open("rb") as source, create_private(aside) as copied:
                shutil.copyfileobj(source, copied)
        self.kept.append(aside)

    def swap(self, fresh: Path, path: Path) -> None:
        """Put a database in the place of one that nobody has open."""
        for ending in _COMPANIONS:
            self.keep(path, ending)
        for ending in _COMPANIONS[:-1]:  # they would be taken for the new one's
            path.with_name(path.name + ending).unlink(missing_ok=True)
        fresh.replace(path)
        sync(path.parent)


def _back(aside: Path, path: Path) -> None:
    if aside.exists():
        aside.replace(path)
        aside.unlink(missing_ok=True)  # if both were one file, replacing did nothing


class _Plan(Struct):
    """What goes where."""

    backup: _Backup
    config: Path
    takes_config: bool
    settings: Settings
    keys: KeyPlace
    aside: _Aside
    now: float
    force: bool

    @property
    def path(self) -> Path | None:
        """The file of the database, if it is SQLite."""
        address = self.settings.storage.database
        return None if "://" in address else Path(address)


async def restore(
    file: Path, config: Path, *, now: float, force: bool = False, keep_config: bool = False
) -> Restored:
    """Put what is in a backup, or in a bare SQLite database, where the configuration says.

    `config` is where the configuration is, or would be; it is restored, too, when there is none, or with
    `force` unless `keep_config`. Raises `BackupTrouble`, `StorageTrouble`, `BadSettings` and `BadKey`; then
    everything is as it was.
    """
    plan = await asyncio.to_thread(_plan, file, config, now, force, keep_config)
    place = plan.path or config
    with writing_to(place):
        await asyncio.to_thread(place.parent.mkdir, mode=0o700, parents=True, exist_ok=True)
    with writing_to(place), work_beside(place, now) as work:
        fresh = work / DATABASE
        await asyncio.to_thread(plan.backup.take, DATABASE, fresh)
        async with opened(fresh, str(file)) as database:
            rows = {table: digest.rows for table, digest in (await digests(database)).items()}
            restored = Restored(place="", rows=rows, wants=await held(database))
        with plan.aside.undo:
            await _put(plan, fresh, restored)
            plan.aside.undo.pop_all()
    restored.kept = plan.aside.kept
    restored.here = [fingerprint(key) for key in _keys_in(plan.keys)]
    return restored


def _plan(file: Path, config: Path, now: float, force: bool, keep_config: bool) -> _Plan:
    backup = _look(file)
    takes = backup.has(CONFIG) and not keep_config and (force or not config.exists())
    if takes:
        with TemporaryDirectory(prefix="kissbot-") as folder:
            backup.take(CONFIG, Path(folder) / CONFIG)
            settings = load(Path(folder) / CONFIG)
    else:
        settings = load(config if config.exists() else None)
    settings = anchored(settings, config.parent)
    return _Plan(backup, config, takes, settings, key_place(settings.storage), _Aside(now), now, force)


def _look(file: Path) -> _Backup:
    if not file.is_file():
        raise BackupTrouble(f"{file}: there is no such file.")
    with file.open("rb") as content:
        bare = content.read(len(_SQLITE)) == _SQLITE
    return _Backup(file, None if bare else look_into(file))


def _take_bare(file: Path, target: Path) -> None:
    """Copy a SQLite database with what is in its log, without a change to it."""
    logged = file.with_name(f"{file.name}-wal").exists()
    address = f"{file.absolute().as_uri()}?mode=ro{'' if logged else '&immutable=1'}"
    files.make(target)
    try:
        with closing(sqlite3.connect(address, uri=True)) as source, closing(sqlite3.connect(target)) as out:
            names = {name for (name,) in source.execute("SELECT name FROM sqlite_master")}
            if names >= _OURS:
                source.backup(out)
    except sqlite3.DatabaseError:
        raise BackupTrouble(f"{file}: is damaged. Take another backup.") from None
    if not names >= _OURS:
        raise BackupTrouble(f"{file}: is no database of KissBot.")


async def _put(plan: _Plan, fresh: Path, restored: Restored) -> None:
    """Each step leaves something that works, should it be the last: the keys of both, then what they open."""
    found = await _found_at(plan.path, plan.now) if plan.path else None
    if found:
        _refuse(found, plan)
    if plan.path and found and not (found.there and found.usable):
        restored.place = str(plan.path)
        restored.key = _put_keys(plan)
        plan.aside.swap(fresh, plan.path)
        restored.config = _put_config(plan)
        return
    async with open_database(plan.settings.storage.database) as target:
        found = found or await _found_on(target, plan.now)
        _refuse(found, plan)
        restored.place, restored.running = target.place, found.running
        if found.there:
            await _keep_rows(plan, target)
        restored.key = _put_keys(plan)
        restored.config = _put_config(plan)
        async with opened(fresh, str(plan.backup.file)) as database:
            await copy(database, target)


async def _found_at(path: Path, now: float) -> _Found:
    """What is in the place of a SQLite database, which need not be one."""
    whole = await asyncio.to_thread(_is_whole, path)
    if not whole:
        return _Found(there=whole is False, usable=False)
    database = at(path)
    try:
        async with database.reading() as connection:
            usable = await revision(connection) in revisions()
            return _Found(there=True, usable=usable, running=await _running(connection, now))
    finally:
        await database.close()


def _is_whole(path: Path) -> bool | None:
    """None when there is nothing."""
    if not path.exists() or not path.stat().st_size:
        return None
    try:
        files.check(path)
    except StorageTrouble:
        return False
    return True


async def _found_on(server: Database, now: float) -> _Found:
    async with server.reading() as connection:
        rows = [await connection.scalar(sa.select(sa.literal(1)).select_from(t).limit(1)) for t in _DECISIONS]
        return _Found(there=any(rows), running=await _running(connection, now))


async def _running(connection: AsyncConnection, now: float) -> str:
    if not await connection.run_sync(lambda sync: sa.inspect(sync).has_table(instances.name)):
        return ""
    alive = sa.select(instances.c.host, instances.c.pid).where(instances.c.beat_at > now - ALIVE)
    bot = (await connection.execute(alive.limit(1))).one_or_none()
    return f"process {bot.pid} on {bot.host}" if bot else ""


def _refuse(found: _Found, plan: _Plan) -> None:
    place = plan.path or "The database"
    if found.running and not (plan.force and found.usable):
        raise BackupTrouble(
            f"{place}: a bot is running on it ({found.running}). Stop it first, wait {ALIVE:.0f} seconds, "
            "and run this again."
        )
    if found.there and not plan.force:
        raise BackupTrouble(
            f"{place}: is in use already. Say --force to replace it; what is there now is kept beside it."
        )


async def _keep_rows(plan: _Plan, target: Database) -> None:
    """Keep what a database holds, which others may have open."""
    aside = plan.aside
    if plan.path:
        kept = plan.path.with_name(plan.path.name + aside.suffix)
        aside.undo.callback(kept.unlink, missing_ok=True)
        await asyncio.to_thread(files.copy, plan.path, kept)
    else:
        folder = Path(plan.settings.storage.backups or plan.config.parent)
        await asyncio.to_thread(folder.mkdir, mode=0o700, parents=True, exist_ok=True)
        kept = folder / f"kissbot{aside.suffix}.kissbot"
        await make_backup(target, kept, now=plan.now)
    aside.kept.append(kept)


def _put_keys(plan: _Plan) -> str:
    """Put the keys of the backup in front of those that are here, which stay; where that is."""
    place, aside = plan.keys, plan.aside
    if not plan.backup.has(KEY) or isinstance(place, Given):
        return ""
    keys, had = plan.backup.read(KEY).split(), _keys_in(place)
    if isinstance(place, KeyFile):
        aside.keep(Path(plan.settings.storage.key_file))
    elif had:
        aside.undo.callback(place.write, had)
    place.write(tuple(dict.fromkeys((*keys, *had))))
    return place.name


def _keys_in(place: KeyPlace) -> tuple[bytes, ...]:
    try:
        return place.read()
    except BadKey:
        return ()


def _put_config(plan: _Plan) -> Path | None:
    if not plan.takes_config:
        return None
    content = plan.backup.read(CONFIG)
    plan.aside.keep(plan.config)
    replace_file(plan.config, content)
    return plan.config
