"""Backups: all of a bot in one file, made while it runs, and believed in only when it was restored."""

import asyncio
import errno
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import sqlalchemy as sa
import yaml
from msgspec import Struct

import kissbot
from kissbot.app.backups.archive import (
    CONFIG,
    DATABASE,
    KEY,
    BackupTrouble,
    Manifest,
    look_into,
    pack,
    unpack,
)
from kissbot.app.logins.renewal import CONFIG_LOGIN
from kissbot.storage import files
from kissbot.storage.copying import Digests, copy, digests
from kissbot.storage.engine import Database, connect
from kissbot.storage.files import sync
from kissbot.storage.logins import KEY_ROW, held
from kissbot.storage.open import url_of
from kissbot.storage.tables import hub_state, metadata, oauth_tokens
from kissbot.storage.trouble import StorageTrouble
from kissbot.storage.upgrade import revision, upgrade

SECRETS: Final = frozenset({"client_secret", "token", "refresh_token", "key"})
"""The settings that nobody else may know."""

ABANDONED: Final = 86_400.0
"""Seconds after which what an interrupted backup left behind is swept up."""

_WORK: Final = ".kissbot-work-"
_FULL: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_REVISIONS: Final = sa.Table("alembic_version", sa.MetaData(), sa.Column("version_num", sa.String(32)))


async def make_backup(
    database: Database,
    file: Path,
    *,
    now: float,
    config: Path | None = None,
    keys: tuple[bytes, ...] = (),
    secrets: bool = True,
    overwrite: bool = False,
) -> Manifest:
    """Write a backup, and restore it to see that it is one; others may use the database all the while.

    `keys` are put into it, too. Without `secrets` it has no logins, and a configuration without any.
    Raises `BackupTrouble` and `StorageTrouble`; then there is no new file.
    """
    _refuse_to_replace(file, overwrite)
    with writing_to(file), work_beside(file, now) as work:
        copied = await _copy_out(database, work / DATABASE, file, secrets=secrets)
        manifest = Manifest(
            version=kissbot.__version__,
            revision=copied.revision,
            created=now,
            rows={table: digest.rows for table, digest in copied.digests.items()},
            key=copied.key,
        )
        parts: dict[str, Path | bytes] = {DATABASE: work / DATABASE}
        if config:
            parts[CONFIG] = _config_of(config, secrets=secrets)
        if keys and secrets:
            parts[KEY] = b"\n".join(keys) + b"\n"
        packed = work / "packed"
        await asyncio.to_thread(pack, packed, manifest, parts)
        manifest = await _prove(packed, work / "proof", file, copied.digests)
        await asyncio.to_thread(_settle, packed, file)
    return manifest


def without_secrets(config: str) -> str:
    """A configuration in which every secret is left out, and every comment, for they may hold one."""
    root = yaml.compose(config, Loader=yaml.SafeLoader)
    if root is None:
        return ""
    _leave_out(root, set())
    return str(yaml.serialize(root, Dumper=yaml.SafeDumper, allow_unicode=True))


def _refuse_to_replace(file: Path, overwrite: bool) -> None:
    if file.is_dir():
        raise BackupTrouble(f"{file}: is a folder. Name a file in it.")
    if file.exists() and not overwrite:
        raise BackupTrouble(f"{file}: is there already. Name another file, or say --force.")


@contextmanager
def writing_to(file: Path) -> Iterator[None]:
    """Raise what keeps a file from being written as `BackupTrouble`."""
    try:
        yield
    except OSError as error:
        raise BackupTrouble(f"{file}: {_why_not(error, file.parent)}") from error


def _why_not(error: OSError, folder: Path) -> str:
    if error.errno in _FULL:
        return "the disk is full. Make room, or choose another disk; nothing was changed."
    if isinstance(error, FileExistsError):
        return "is there already. Name another file, or say --force."
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return f"there is no folder {folder}. Make it, or choose another."
    if isinstance(error, PermissionError) or error.errno == errno.EROFS:
        return f"the folder {folder} may not be written to. Choose another, or let this user write there."
    return f"cannot be written: {error.strerror or error}."


@contextmanager
def work_beside(file: Path, now: float) -> Iterator[Path]:
    """A folder on the disk of the file, for nobody else to look into."""
    for left in file.parent.glob(f"{_WORK}*"):
        if left.stat().st_mtime < now - ABANDONED:
            shutil.rmtree(left, ignore_errors=True)
    with TemporaryDirectory(prefix=_WORK, dir=file.parent, ignore_cleanup_errors=True) as name:
        yield Path(name)


def at(path: Path) -> Database:
    """A SQLite database as it is."""
    return connect(url_of(str(path)))


@asynccontextmanager
async def opened(path: Path, place: str) -> AsyncIterator[Database]:
    """A database that was put aside, checked and brought forward; it is told of as `place`."""
    try:
        await asyncio.to_thread(files.check, path)
    except StorageTrouble:
        raise BackupTrouble(f"{place}: is damaged. Take another backup.") from None
    database = at(path)
    database.place = place
    try:
        await upgrade(database)
        yield database
    finally:
        await database.close()


class _Copied(Struct):
    digests: Digests
    revision: str
    """Of the tables."""
    key: str
    """The fingerprint of the key that its logins want; empty without logins."""


async def _copy_out(database: Database, path: Path, file: Path, *, secrets: bool) -> _Copied:
    """Copy the database into a new one of SQLite."""
    files.make(path)
    target = at(path)
    target.place = str(file)  # what goes wrong is told of the file that was asked for
    try:
        at_revision = await _make_tables(database, target)
        if secrets:
            copied = await copy(database, target)
        else:
            copied = await _copy_without_logins(database, target)
        wants = await held(target)
    finally:
        await target.close()
    return _Copied(copied, at_revision, wants.fingerprint if wants.logins else "")


async def _make_tables(database: Database, target: Database) -> str:
    """The tables as they are in the database, which is at their newest revision."""
    async with database.reading() as reading:
        at_revision = await revision(reading)
    async with target.writing() as connection:
        await connection.run_sync(metadata.create_all)
        await connection.run_sync(_REVISIONS.metadata.create_all)
        await connection.execute(_REVISIONS.insert(), {"version_num": at_revision})
    return at_revision


async def _copy_without_logins(database: Database, target: Database) -> Digests:
    await copy(database, target, without=(oauth_tokens,))
    about_logins = hub_state.c.key.in_((KEY_ROW, CONFIG_LOGIN))
    async with (
        target.writing() as connection
    ):  # where it is restored, it takes the key and login of that place
        await connection.execute(hub_state.delete().where(about_logins))
    return await digests(target)


async def _prove(packed: Path, path: Path, file: Path, expected: Digests) -> Manifest:
    """Restore it aside, and compare; what is in it."""
    manifest = await asyncio.to_thread(look_into, packed)
    await asyncio.to_thread(unpack, packed, manifest, DATABASE, path)
    async with opened(path, str(file)) as restored:
        if await digests(restored) != expected:
            raise BackupTrouble(
                "What was written is not what was read. Is the disk failing? Try another one."
            )
    return manifest


def _settle(packed: Path, file: Path) -> None:
    os.replace(packed, file)
    sync(file.parent)


def _config_of(config: Path, *, secrets: bool) -> bytes:
    content = config.read_bytes()
    return content if secrets else without_secrets(content.decode("utf-8-sig")).encode()


def _leave_out(node: yaml.Node, seen: set[int]) -> None:
    if id(node) in seen:
        return
    seen.add(id(node))
    if isinstance(node, yaml.MappingNode):
        node.value = [(key, value) for key, value in node.value if key.value not in SECRETS]
        for key, value in node.value:
            if key.value == "database" and isinstance(value, yaml.ScalarNode):
                value.value = _without_password(value.value)
            _leave_out(value, seen)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            _leave_out(value, seen)


def _without_password(address: str) -> str:
    if "://" not in address:
        return address
    try:
        url = sa.make_url(address)
    except sa.exc.ArgumentError:
        return ""
    url = url.difference_update_query(["password"])
    bare = sa.URL.create(url.drivername, url.username, None, url.host, url.port, url.database, url.query)
    return bare.render_as_string()
