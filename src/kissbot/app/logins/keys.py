"""Where the key of the logins is kept: the environment, the desktop's keyring, or a file."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Protocol

import structlog
from msgspec import Struct

from kissbot.app.files import create_file, replace_file
from kissbot.app.settings import Storage
from kissbot.storage.engine import Database
from kissbot.storage.logins import Held, held, lock_key, mark_key, reseal
from kissbot.storage.vault import BadKey, Vault, fingerprint, new_key

LOST: Final = (
    "If it is lost for good, `kissbot key new` begins with another, and every account logs in again."
)

log = structlog.get_logger(__name__)


class KeyPlace(Protocol):
    """Keeps the keys, newest first."""

    ours: bool
    """Whether KissBot may change what is there."""

    @property
    def name(self) -> str:
        """Where that is, for people."""
        ...

    def read(self) -> tuple[bytes, ...]:
        """The keys; none where there are none yet. Raises `BadKey` for what are no keys."""
        ...

    def write(self, keys: Sequence[bytes]) -> None:
        """Keep these and no others. Safe on disk on return. Raises `BadKey`."""
        ...

    def create(self, key: bytes) -> None:
        """Keep a first key, unless somebody else was faster. Raises `BadKey`."""
        ...


def key_place(storage: Storage) -> KeyPlace:
    """Where the settings say that the key is."""
    if storage.key:
        return Given(storage.key)
    path = Path(storage.key_file)
    return Keyring(str(path)) if storage.keyring else KeyFile(path)


class Given:
    """Keys in the configuration: `storage.key`, or KISSBOT_STORAGE__KEY in the environment."""

    name = "storage.key"
    ours = False

    def __init__(self, keys: str) -> None:
        self._keys = keys

    def read(self) -> tuple[bytes, ...]:
        """The keys between the commas."""
        return _checked((key.strip().encode() for key in self._keys.split(",") if key.strip()), self.name)

    def write(self, keys: Sequence[bytes]) -> None:
        """Not ours to write."""
        raise BadKey(
            "The key is given by storage.key (or KISSBOT_STORAGE__KEY), which KissBot cannot change. "
            "Make a new one (openssl rand -base64 32 | tr +/ -_), put it before the old one, with a comma "
            "between them, and run this again."
        )

    def create(self, key: bytes) -> None:
        """Not ours to write."""
        self.write([key])


class KeyFile:
    """Keys in a file that only its owner may read, one on each line."""

    ours = True

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def name(self) -> str:
        """The file."""
        return str(self._path)

    def read(self) -> tuple[bytes, ...]:
        """The keys of the file, which is made private if it is not."""
        with self._telling("read"):
            try:
                content = self._path.read_bytes()
            except FileNotFoundError:
                return ()
            self._close_to_others()
        return _checked([line.strip() for line in content.splitlines() if line.strip()], self.name)

    def write(self, keys: Sequence[bytes]) -> None:
        """The old file stays as it is until the new one is whole."""
        with self._telling("written"):
            replace_file(self._path, b"\n".join(keys) + b"\n")

    def create(self, key: bytes) -> None:
        """A new file, and never over one that is there."""
        with self._telling("written"):
            try:
                create_file(self._path, key + b"\n")
            except FileExistsError:
                return
        log.info("key_made", place=self.name, fingerprint=fingerprint(key))

    def _close_to_others(self) -> None:
        if os.name == "posix" and self._path.stat().st_mode & 0o077:
            self._path.chmod(0o600)
            log.warning(
                "key_file_was_open_to_others",
                path=self.name,
                mended="only its owner may read it now",
                remedy="if somebody else could log in on this machine: kissbot key rotate",
            )

    @contextmanager
    def _telling(self, done: str) -> Iterator[None]:
        try:
            yield
        except IsADirectoryError:
            raise BadKey(
                f"{self.name} is a folder. Move it away, or set storage.key_file to a file."
            ) from None
        except OSError as error:
            raise BadKey(
                f"{self.name}: the key file cannot be {done}: {error.strerror}. Mend that, or set "
                "storage.key_file to another place."
            ) from None


class Keyring:
    """Keys in the desktop's keyring, between commas."""

    name = "the keyring"
    ours = True

    def __init__(self, whose: str) -> None:
        self._whose = whose

    def read(self) -> tuple[bytes, ...]:
        """The keys of the keyring's entry."""
        with _telling_of_keyring():
            import keyring

            kept = keyring.get_password("kissbot", self._whose)
        return _checked(kept.encode().split(b","), self.name) if kept is not None else ()

    def write(self, keys: Sequence[bytes]) -> None:
        """Over what is there."""
        with _telling_of_keyring():
            import keyring

            keyring.set_password("kissbot", self._whose, b",".join(keys).decode())

    def create(self, key: bytes) -> None:
        """The first key of this bot."""
        self.write([key])


@contextmanager
def _telling_of_keyring() -> Iterator[None]:
    try:
        from keyring.errors import KeyringError
    except ImportError:
        raise BadKey(
            "storage.keyring wants the extra `keyring`: pip install 'kissbot[keyring]'. "
            "Or set storage.keyring to false, to keep the key in a file."
        ) from None
    try:
        yield
    except KeyringError as error:
        raise BadKey(
            f"The keyring does not work here ({type(error).__name__}). Unlock it, or set storage.keyring to "
            "false, to keep the key in a file."
        ) from None


def _checked(keys: Iterator[bytes] | Sequence[bytes], name: str) -> tuple[bytes, ...]:
    found = tuple(keys)
    if not found:
        raise BadKey(f"{name} holds no key. Put the key back from a copy, or move the empty place away.")
    for number, key in enumerate(found, 1):
        try:
            Vault([key])
        except BadKey:
            which = f"key {number} of {len(found)}" if len(found) > 1 else "what is there"
            raise BadKey(
                f"{name}: {which} is no key (32 bytes in base64). "
                "Put the key back from a copy, or move it away."
            ) from None
    return found


async def open_vault(storage: Storage, database: Database) -> Vault:
    """The vault of a database's logins. The key is made when there is none, and nothing that it could open.

    Raises `BadKey` and `StorageTrouble`.
    """
    place, wants = key_place(storage), await held(database)
    if not wants.logins and not place.read():
        await _make(place, database)
    vault = Vault(fitting(place, wants), latest=place.read)
    if wants.logins:
        vault.lead(wants.fingerprint)
    return vault


def fitting(place: KeyPlace, wants: Held) -> tuple[bytes, ...]:
    """The keys, when they are the ones that the logins want. Raises `BadKey`."""
    keys, logins = place.read(), "1 login" if wants.logins == 1 else f"{wants.logins} logins"
    if not wants.logins or wants.fingerprint in map(fingerprint, keys):
        return keys
    if not keys:
        raise BadKey(
            f"There is no key in {place.name}, but the database holds {logins}, encrypted with the key "
            f"{wants.fingerprint}. Put that key back. {LOST}"
        )
    raise BadKey(
        f"The key {fingerprint(keys[0])} in {place.name} is the wrong one: the database holds {logins}, "
        f"encrypted with the key {wants.fingerprint}. Put that key back. {LOST}"
    )


async def _make(place: KeyPlace, database: Database) -> None:
    """A first key; of several processes that start at once, one makes it."""
    async with database.writing() as connection:
        await lock_key(database, connection)
        if not place.read():
            place.create(new_key())


class Rotation(Struct, frozen=True):
    """What a change of keys did."""

    before: str
    """The fingerprint of the key that held until now; empty when there was none."""
    after: str
    logins: int
    """How many are encrypted with the new key."""
    unreadable: list[str]
    """Slots that no key opened; they are as they were."""


async def rotate(place: KeyPlace, database: Database) -> Rotation:
    """Encrypt every login with a new key, then forget the old ones. Raises `BadKey` and `StorageTrouble`.

    It may be killed anywhere, and a running bot goes on: a key is kept before anything is encrypted with it,
    and for as long as something is. One that is in front already, unused, is the new one.
    """
    async with database.writing(durable=True) as connection:
        wants = await lock_key(database, connection)
        keys = fitting(place, wants)
        if wants.fingerprint not in list(map(fingerprint, keys))[1:]:
            keys = (new_key(), *keys)
            place.write(keys)
        vault = Vault(keys)
        unreadable = await reseal(connection, vault)
    if place.ours:
        await _forget_old_keys(place, database)
    return Rotation(wants.fingerprint, vault.fingerprint, wants.logins - len(unreadable), unreadable)


async def _forget_old_keys(place: KeyPlace, database: Database) -> None:
    async with database.writing() as connection:
        current = (await lock_key(database, connection)).fingerprint
        place.write([key for key in place.read() if fingerprint(key) == current])


async def begin_anew(place: KeyPlace, database: Database) -> str:
    """A new key, for when the old one is lost; its fingerprint. Raises `BadKey`.

    Nothing is removed: whoever finds the old key puts it below the new one, and has everything back.
    """
    async with database.writing(durable=True) as connection:
        wants = await lock_key(database, connection)
        keys = place.read()
        if wants.fingerprint in map(fingerprint, keys):
            raise BadKey(f"The key {wants.fingerprint} is there and fits. To change it: kissbot key rotate.")
        key = new_key()
        place.write([key, *keys])
        await mark_key(connection, fingerprint(key))
    return fingerprint(key)
