"""The key: where it comes from, what can be wrong with it, and how it is changed without losing a login."""

import asyncio
import os
import random
import signal
import stat
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from importlib import import_module
from pathlib import Path

import keyring
import keyring.core
import pytest
from structlog.testing import capture_logs

from kissbot.app.logins.keys import Given, KeyFile, KeyPlace, begin_anew, key_place, open_vault, rotate
from kissbot.app.settings import Storage
from kissbot.chat.logins import BOT, Login
from kissbot.storage.engine import Database, connect
from kissbot.storage.logins import SqlLogins, held
from kissbot.storage.open import open_database
from kissbot.storage.tables import metadata
from kissbot.storage.vault import BadKey, Vault, fingerprint, new_key
from kissbot.testing.clock import ManualClock

SECRETS = {BOT: "s3cr3t-bot", "channel:1": "s3cr3t-ada", "channel:2": "s3cr3t-bob"}
KILLS = 6

ROTATING = """
import asyncio, os, signal, sys
from importlib import import_module
from pathlib import Path
from kissbot.app.logins.keys import KeyFile, rotate
from kissbot.storage.engine import connect

class Fragile(KeyFile):
    def __init__(self, path, dies):
        super().__init__(path)
        self.dies, self.writes = dies, 0
    def write(self, keys):
        self.writes += 1
        self.perhaps_die("before")
        super().write(keys)
        self.perhaps_die("after")
    def perhaps_die(self, when):
        if self.dies == f"{when} write {self.writes}":
            os.kill(os.getpid(), signal.SIGKILL)

async def main(key_file, url, dies):
    database = connect(url)
    while True:
        await rotate(Fragile(Path(key_file), dies), database)
        print("rotated", flush=True)

asyncio.run(main(*sys.argv[1:]))
"""


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    place = connect(f"sqlite+aiosqlite:///{tmp_path / 'kissbot.db'}")
    async with place.writing() as connection:
        await connection.run_sync(metadata.create_all)
    yield place
    await place.engine.dispose()


class Kept:
    """The key file, as somebody who looks after it sees it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __str__(self) -> str:
        return str(self.path)

    def read(self) -> bytes:
        return self.path.read_bytes()

    def put(self, content: bytes) -> None:
        self.path.write_bytes(content)
        self.path.chmod(0o600)

    def lose(self) -> None:
        self.path.unlink()

    def open_to_all(self) -> None:
        self.path.chmod(0o644)

    def mode(self) -> int:
        return stat.S_IMODE(self.path.stat().st_mode)

    def exists(self) -> bool:
        return self.path.exists()

    def fingerprints(self) -> list[str]:
        return [fingerprint(key) for key in self.read().split()]

    def beside(self) -> list[str]:
        return [path.name for path in self.path.parent.glob(f"{self.path.name}*")]


@pytest.fixture
def key_file(tmp_path: Path) -> Kept:
    return Kept(tmp_path / ".kissbot.key")


@pytest.fixture
def storage(key_file: Kept) -> Storage:
    return Storage(key_file=str(key_file))


@pytest.fixture
def desktop(tmp_path: Path) -> Iterator[None]:
    """A keyring that is a file, since a test machine has no desktop."""
    before, backend = keyring.get_keyring(), import_module("keyrings.alt.file").PlaintextKeyring()
    backend.file_path = str(tmp_path / "keyring.cfg")
    keyring.set_keyring(backend)
    yield
    keyring.set_keyring(before)


async def logged_in(storage: Storage, database: Database) -> list[Login]:
    """Logins in the database, encrypted with the key of the settings."""
    logins = SqlLogins(database, await open_vault(storage, database), ManualClock())
    return [
        await logins.put(Login(slot=slot, client_id="client", token=token, refresh_token=f"{token}-refresh"))
        for slot, token in SECRETS.items()
    ]


async def readable(storage: Storage, database: Database) -> dict[str, str]:
    """The tokens that a bot finds when it starts."""
    logins = SqlLogins(database, await open_vault(storage, database), ManualClock())
    return {login.slot: login.token for login in await logins.all()}


# Where it comes from


async def test_the_first_start_makes_a_key_that_only_its_owner_may_read(
    storage: Storage, database: Database, key_file: Kept
) -> None:
    vault = await open_vault(storage, database)
    assert key_file.mode() == 0o600
    assert key_file.fingerprints() == [vault.fingerprint]
    assert (await open_vault(storage, database)).fingerprint == vault.fingerprint
    assert key_file.beside() == [".kissbot.key"], "nothing is left over"


async def test_starting_twice_at_once_makes_one_key(storage: Storage, database: Database) -> None:
    vaults = await asyncio.gather(*(open_vault(storage, database) for _ in range(8)))
    assert len({vault.fingerprint for vault in vaults}) == 1


async def test_a_key_that_is_given_wins_over_the_file(
    storage: Storage, database: Database, key_file: Kept
) -> None:
    await open_vault(storage, database)
    key = new_key()
    given = Storage(key=key.decode(), key_file=str(key_file))
    assert (await open_vault(given, database)).fingerprint == fingerprint(key)


async def test_given_keys_are_between_commas_and_the_newest_is_first(database: Database) -> None:
    old, new = new_key(), new_key()
    await logged_in(Storage(key=old.decode()), database)
    both = Storage(key=f"{new.decode()}, {old.decode()}")
    assert await readable(both, database) == SECRETS
    assert (await open_vault(both, database)).fingerprint == fingerprint(old), "until it is rotated"


@pytest.mark.usefixtures("desktop")
async def test_the_key_can_be_in_the_keyring(database: Database, key_file: Kept) -> None:
    storage = Storage(keyring=True, key_file=str(key_file))
    await logged_in(storage, database)
    assert await readable(storage, database) == SECRETS
    assert not key_file.exists()
    done = await rotate(key_place(storage), database)
    assert await readable(storage, database) == SECRETS
    assert [fingerprint(key) for key in key_place(storage).read()] == [done.after]


@pytest.mark.usefixtures("desktop")
async def test_a_keyring_that_does_not_work_is_told_so(database: Database, key_file: Kept) -> None:
    keyring.set_keyring(keyring.core.load_keyring("keyring.backends.fail.Keyring"))
    with pytest.raises(BadKey, match=r"The keyring does not work here .* Unlock it, or set storage\.keyring"):
        await open_vault(Storage(keyring=True, key_file=str(key_file)), database)


def test_without_the_extra_the_keyring_is_told_so(tmp_path: Path) -> None:
    (tmp_path / "keyring.py").write_text("raise ImportError")
    asks = "from kissbot.app.logins.keys import Keyring; Keyring('x').read()"
    environment = os.environ | {"PYTHONPATH": str(tmp_path)}
    ended = subprocess.run(
        [sys.executable, "-c", asks], env=environment, capture_output=True, text=True, check=False
    )
    assert "storage.keyring wants the extra `keyring`: pip install 'kissbot[keyring]'" in ended.stderr


# What can be wrong with it


async def test_a_key_file_that_others_can_read_is_mended(
    storage: Storage, database: Database, key_file: Kept
) -> None:
    await open_vault(storage, database)
    key_file.open_to_all()
    with capture_logs() as logged:
        await open_vault(storage, database)
    assert key_file.mode() == 0o600
    assert [line["event"] for line in logged] == ["key_file_was_open_to_others"]
    with capture_logs() as logged:
        await open_vault(storage, database)
    assert not logged


async def test_a_missing_key_is_asked_for_and_no_other_is_made(
    storage: Storage, database: Database, key_file: Kept
) -> None:
    await logged_in(storage, database)
    key, name = key_file.read(), key_file.fingerprints()[0]
    key_file.lose()
    with pytest.raises(BadKey) as told:
        await open_vault(storage, database)
    assert str(told.value) == (
        f"There is no key in {key_file}, but the database holds 3 logins, encrypted with the key {name}. "
        "Put that key back. If it is lost for good, `kissbot key new` begins with another, and every account "
        "logs in again."
    )
    with pytest.raises(BadKey, match="There is no key in"):
        await rotate(key_place(storage), database)
    assert not key_file.exists()
    key_file.put(key)
    assert await readable(storage, database) == SECRETS


async def test_a_wrong_key_names_both(storage: Storage, database: Database, key_file: Kept) -> None:
    await logged_in(storage, database)
    right, wrong = key_file.read(), new_key()
    key_file.put(wrong)
    for attempt in (open_vault(storage, database), rotate(key_place(storage), database)):
        with pytest.raises(BadKey) as told:
            await attempt
        assert f"The key {fingerprint(wrong)} in {key_file} is the wrong one" in str(told.value)
        assert f"encrypted with the key {fingerprint(right)}. Put that key back." in str(told.value)
        assert wrong.decode() not in str(told.value)
    assert key_file.read() == wrong
    key_file.put(right)
    assert await readable(storage, database) == SECRETS


async def test_a_wrong_key_is_as_good_as_any_while_nobody_has_logged_in(
    storage: Storage, database: Database, key_file: Kept
) -> None:
    await open_vault(storage, database)
    key_file.put(new_key())
    await logged_in(storage, database)
    assert await readable(storage, database) == SECRETS


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "holds no key"),
        (b"\n \n", "holds no key"),
        (b"not base64 at all!", "what is there is no key"),
        (b"\xff\xfe\x00", "what is there is no key"),
        pytest.param(new_key() + b"\nshort", "key 2 of 2 is no key", id="a second that is none"),
    ],
)
async def test_a_broken_key_file_is_told_in_a_sentence(
    storage: Storage, database: Database, key_file: Kept, content: bytes, why: str
) -> None:
    key_file.put(content)
    with pytest.raises(BadKey) as told:
        await open_vault(storage, database)
    assert why in str(told.value)
    assert "Put the key back from a copy" in str(told.value)
    assert "\n" not in str(told.value)
    assert key_file.read() == content


async def test_a_key_file_that_is_a_folder_is_told_so(storage: Storage, database: Database) -> None:
    os.mkdir(storage.key_file)
    with pytest.raises(BadKey, match=r"is a folder\. Move it away"):
        await open_vault(storage, database)


async def test_a_key_file_that_cannot_be_written_is_told_so(database: Database, tmp_path: Path) -> None:
    with pytest.raises(BadKey, match="cannot be written: No such file or directory"):
        await open_vault(Storage(key_file=str(tmp_path / "nowhere" / "key")), database)


async def test_a_key_file_that_cannot_be_read_is_told_so(database: Database, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BadKey, match="cannot be read: Not a directory"):
        await open_vault(Storage(key_file=str(tmp_path / "file" / "key")), database)


# A change of keys


async def test_a_change_of_keys_loses_nothing_and_forgets_the_old_one(
    storage: Storage, database: Database, key_file: Kept
) -> None:
    kept = await logged_in(storage, database)
    old = key_file.read().strip()
    done = await rotate(key_place(storage), database)
    assert (done.before, done.logins, done.unreadable) == (fingerprint(old), 3, [])
    assert key_file.fingerprints() == [done.after] != [done.before]
    assert key_file.mode() == 0o600
    assert (await held(database)).fingerprint == done.after
    assert await readable(storage, database) == SECRETS
    stale = SqlLogins(database, Vault([old]), ManualClock())
    assert {login.token for login in await stale.all()} == {""}
    found = await SqlLogins(database, await open_vault(storage, database), ManualClock()).all()
    assert sorted(kept, key=lambda login: login.slot) == list(found), "not even a generation has changed"


async def test_a_running_bot_finds_the_new_key_by_itself(storage: Storage, database: Database) -> None:
    running = SqlLogins(database, await open_vault(storage, database), ManualClock())
    kept = await logged_in(storage, database)
    await rotate(key_place(storage), database)
    assert {login.slot: login.token for login in await running.all()} == SECRETS
    await rotate(key_place(storage), database)
    assert await running.renew(kept[0])
    assert await readable(storage, database) == SECRETS


async def test_what_no_key_opens_is_left_and_named(
    storage: Storage, database: Database, key_file: Kept
) -> None:
    await logged_in(storage, database)
    await lose_and_begin_anew(storage, key_file, database)
    done = await rotate(key_place(storage), database)
    assert (done.logins, sorted(done.unreadable)) == (0, sorted(SECRETS))


async def lose_and_begin_anew(storage: Storage, key_file: Kept, database: Database) -> None:
    """The key file is lost, and another takes its place."""
    key_file.lose()
    await begin_anew(key_place(storage), database)


async def test_a_lost_key_that_is_found_again_brings_everything_back(
    storage: Storage, database: Database, key_file: Kept
) -> None:
    await logged_in(storage, database)
    lost = key_file.read()
    await lose_and_begin_anew(storage, key_file, database)
    assert set((await readable(storage, database)).values()) == {""}
    key_file.put(key_file.read() + lost)
    assert await readable(storage, database) == SECRETS
    await rotate(key_place(storage), database)
    assert len(key_file.fingerprints()) == 1
    assert await readable(storage, database) == SECRETS


async def test_a_key_that_fits_is_not_given_up(storage: Storage, database: Database) -> None:
    await logged_in(storage, database)
    with pytest.raises(BadKey, match=r"is there and fits\. To change it: kissbot key rotate"):
        await begin_anew(key_place(storage), database)


async def test_a_given_key_is_changed_by_whoever_gives_it(database: Database) -> None:
    old, new = new_key().decode(), new_key().decode()
    await logged_in(Storage(key=old), database)
    with pytest.raises(BadKey, match="put it before the old one") as told:
        await rotate(Given(old), database)
    assert old not in str(told.value)
    done = await rotate(Given(f"{new},{old}"), database)
    assert (done.after, done.logins) == (fingerprint(new.encode()), 3)
    assert await readable(Storage(key=new), database) == SECRETS


# The command


async def test_the_command_shows_and_changes_the_key_and_never_prints_it(
    storage: Storage, key_file: Kept
) -> None:
    async with open_database(str(key_file.path.with_name("kissbot.db"))) as database:
        await logged_in(storage, database)
    (old,) = key_file.fingerprints()
    keys = [key_file.read().decode().strip()]
    shown = await typed(key_file, "show")
    done = await typed(key_file, "rotate")
    (new,) = key_file.fingerprints()
    keys.append(key_file.read().decode().strip())
    assert shown == (
        0,
        f"The key {old} is in {key_file} and encrypts 3 logins.\n"
        "Keep a copy of it in another place: without it the logins are lost.\n",
    )
    assert done == (
        0,
        f"The key {new} in {key_file} is new, and encrypts 3 logins.\n"
        "Keep a copy of the new key. Backups from before want the old one.\n",
    )
    key_file.lose()
    lost = await typed(key_file, "show")
    anew = await typed(key_file, "new", "--yes")
    assert (lost[0], anew[0]) == (1, 0)
    assert lost[1].startswith(f"kissbot: There is no key in {key_file}, but the database holds 3 logins")
    assert f"The key is now {key_file.fingerprints()[0]}" in anew[1]
    keys.append(key_file.read().decode().strip())
    for key in keys:
        assert not [said for _, said in (shown, done, lost, anew) if key in said]


async def typed(key_file: Kept, *words: str) -> tuple[int | None, str]:
    """`kissbot key` in the folder of a bot: how it ends, and all that it says."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "kissbot", "key", *words),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        cwd=key_file.path.parent,
        env={key: value for key, value in os.environ.items() if not key.startswith("KISSBOT_")},
    )
    out, _ = await asyncio.wait_for(process.communicate(), 30)
    return process.returncode, out.decode()


# kill -9


@pytest.mark.parametrize("dies", ["before write 1", "after write 1", "before write 2", "after write 2"])
async def test_a_rotation_that_is_killed_loses_no_login(
    storage: Storage, database: Database, key_file: Kept, dies: str
) -> None:
    await logged_in(storage, database)
    child = await rotating(database, key_file, dies)
    assert await asyncio.wait_for(child.wait(), 30) == -signal.SIGKILL
    assert await readable(storage, database) == SECRETS
    await rotate(key_place(storage), database)
    assert len(key_file.fingerprints()) == 1
    assert await readable(storage, database) == SECRETS


async def test_a_rotation_that_is_killed_anywhere_loses_no_login(
    storage: Storage, database: Database, key_file: Kept
) -> None:
    await logged_in(storage, database)
    running = SqlLogins(database, await open_vault(storage, database), ManualClock())
    for _ in range(KILLS):
        child = await rotating(database, key_file, "never")
        assert child.stdout
        await asyncio.wait_for(child.stdout.readline(), 30)
        await asyncio.sleep(random.uniform(0, 0.05))  # a moment that nobody chose
        child.kill()
        await child.wait()
        assert await readable(storage, database) == SECRETS
        assert {login.slot: login.token for login in await running.all()} == SECRETS


async def rotating(database: Database, key_file: Kept, dies: str) -> asyncio.subprocess.Process:
    """Another process that changes the key, again and again."""
    words = ("-c", ROTATING, str(key_file), str(database.engine.url), dies)
    return await asyncio.create_subprocess_exec(sys.executable, *words, stdout=asyncio.subprocess.PIPE)


def test_every_place_names_itself_and_shows_no_key(key_file: Kept) -> None:
    key = new_key().decode()
    places: list[KeyPlace] = [Given(key), KeyFile(key_file.path), key_place(Storage(keyring=True))]
    assert [place.name for place in places] == ["storage.key", str(key_file), "the keyring"]
    assert not any(key in repr(place) for place in places)
