"""The file of a backup: a zip of a few parts, in which no flipped bit goes unnoticed."""

import os
import shutil
import stat
import time
import zipfile
import zlib
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import IO, Final

import msgspec
from msgspec import Struct

from kissbot.chat.errors import Trouble

FORMAT: Final = 1
DATABASE: Final = "database.sqlite"
CONFIG: Final = "config.yaml"
KEY: Final = "key"

_MANIFEST: Final = "manifest.json"
_SEAL: Final = 64
"""The last bytes of the file, its comment as a zip: the hash of all before them."""
_CHUNK: Final = 1 << 20


class BackupTrouble(Trouble):
    """A backup that cannot be made or restored; the text says why, and what to do."""


class _Version(Struct):
    """What every format has."""

    format: int
    version: str


class Manifest(Struct, kw_only=True):
    """What is in a backup."""

    format: int = FORMAT
    version: str
    """The KissBot that made it."""
    revision: str
    """Of the tables."""
    created: float
    """Seconds since the epoch."""
    rows: dict[str, int]
    """By table."""
    key: str = ""
    """Fingerprint of the key that the logins want; empty: there are none."""
    parts: dict[str, str] = {}
    """The SHA-256 of each."""


def counted(rows: Mapping[str, int]) -> str:
    """What is in a database, for people."""
    kinds = {
        "oauth_tokens": ("login", "logins"),
        "config": ("channel with choices of its own", "channels with choices of their own"),
        "audit_log": ("line of the audit log", "lines of the audit log"),
    }
    counts = {table: rows.get(table, 0) for table in kinds}
    return ", ".join(f"{count:,} {kinds[table][count != 1]}" for table, count in counts.items())


def create_private(path: Path) -> IO[bytes]:
    """A new file that nobody else can read, not even for a moment."""
    return os.fdopen(
        os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600), "w+b"
    )


def pack(file: Path, manifest: Manifest, parts: Mapping[str, Path | bytes]) -> None:
    """Write the parts into a new file, safe on disk on return; the manifest with their hashes."""
    hashes = {name: _hash_of(part) for name, part in parts.items()}
    manifest = msgspec.structs.replace(manifest, parts=hashes)
    with create_private(file) as out:
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.comment = b"0" * _SEAL
            for name, part in {_MANIFEST: msgspec.json.encode(manifest), **parts}.items():
                _add(archive, name, part, manifest.created)
        size = out.seek(0, os.SEEK_END) - _SEAL
        out.seek(0)
        seal = _hash(out, size)
        out.seek(size)
        out.write(seal.encode())
        out.flush()
        os.fsync(out.fileno())


def look_into(file: Path) -> Manifest:
    """What is in a backup whose every byte is as it was written. Raises `BackupTrouble`."""
    try:
        with file.open("rb") as sealed:
            _check_seal(file, sealed)
            with zipfile.ZipFile(sealed) as archive:
                content = archive.read(_MANIFEST)
        version = msgspec.json.decode(content, type=_Version)
        if version.format == FORMAT:
            return msgspec.json.decode(content, type=Manifest)
    except OSError as error:
        raise BackupTrouble(f"{file}: cannot be read: {error.strerror}.") from None
    except (zipfile.BadZipFile, KeyError, zlib.error, msgspec.DecodeError):
        raise BackupTrouble(f"{file}: is no backup that KissBot made.") from None
    raise BackupTrouble(
        f"{file}: was made by KissBot {version.version} in the format {version.format}, and this one reads "
        f"the format {FORMAT}. Restore it with that KissBot, or a newer one."
    )


def unpack(file: Path, manifest: Manifest, name: str, target: Path) -> None:
    """Write one part into a new file, safe on disk on return. Raises `BackupTrouble`."""
    with zipfile.ZipFile(file) as archive, archive.open(name) as part, create_private(target) as out:
        shutil.copyfileobj(part, out, _CHUNK)
        out.flush()
        os.fsync(out.fileno())
    if _hash_of(target) != manifest.parts[name]:
        raise BackupTrouble(f"{file}: {name} in it is damaged. Take another backup.")


def _add(archive: zipfile.ZipFile, name: str, part: Path | bytes, created: float) -> None:
    info = zipfile.ZipInfo(name, time.localtime(created)[:6])
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = (stat.S_IFREG | 0o600) << 16  # for those who unzip it by hand
    if isinstance(part, bytes):
        archive.writestr(info, part)
        return
    with part.open("rb") as source, archive.open(info, "w", force_zip64=True) as out:
        shutil.copyfileobj(source, out, _CHUNK)


def _check_seal(file: Path, sealed: IO[bytes]) -> None:
    start = sealed.read(4)
    if start != b"PK\x03\x04":
        raise BackupTrouble(f"{file}: is no backup that KissBot made.")
    size = sealed.seek(0, os.SEEK_END) - _SEAL
    sealed.seek(max(size, 0))
    seal = sealed.read()
    sealed.seek(0)
    if size < 0 or _hash(sealed, size).encode() != seal:
        raise BackupTrouble(f"{file}: is damaged or not complete. Take another backup.")
    sealed.seek(0)


def _hash_of(part: Path | bytes) -> str:
    if isinstance(part, bytes):
        return sha256(part).hexdigest()
    with part.open("rb") as content:
        return _hash(content, part.stat().st_size)


def _hash(content: IO[bytes], size: int) -> str:
    """Of the next `size` bytes."""
    digest = sha256()
    while size > 0 and (chunk := content.read(min(size, _CHUNK))):
        digest.update(chunk)
        size -= len(chunk)
    return digest.hexdigest()
