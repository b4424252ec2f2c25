"""A backup is all of a bot, it restores, and whatever goes wrong leaves what was there."""

import asyncio
import os
import random
import resource
import sqlite3
import subprocess
import sys
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
import sqlalchemy as sa
import yaml
from msgspec.structs import fields

from kissbot.app.backups.archive import BackupTrouble, Manifest, look_into, pack
from kissbot.app.backups.backup import SECRETS, make_backup, without_secrets
from kissbot.app.backups.restore import restore
from kissbot.app.configuration import load
from kissbot.app.settings import Settings, Storage, Twitch
from kissbot.chat.logins import Login
from kissbot.storage.copying import Digests, digests, equal
from kissbot.storage.engine import Database
from kissbot.storage.logins import SqlLogins
from kissbot.storage.open import open_database
from kissbot.storage.tables import audit_log, config, hub_state, instances, notes, trail
from kissbot.storage.vault import Vault, fingerprint, new_key
from kissbot.testing.clock import ManualClock
from kissbot.testing.databases import *  # noqa: F403 - pytest finds fixtures by their names here

TOKEN = "t0ken-of-the-bot"
CONFIG = """\
# The old token was c0mment
twitch:
  client_id: the_client
  client_secret: cl1ent-s3cret
  token: c0nfig-token
  refresh_token: c0nfig-refresh
  channels: [ada, {name: bob, off: [games], greeting: true}]
off: [ping]
greeting: false
storage:
  key: st0rage-key
"""
DAMAGED = b"damaged" * 5000
NOW = 1_800_000_000.0


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A bot's folder."""
    folder = tmp_path / "home"
    folder.mkdir()
    (folder / "config.yaml").write_text("bot: {name: first}")
    return folder


@pytest.fixture
def key() -> bytes:
    return new_key()


@pytest.fixture
async def bot(home: Path, key: bytes) -> AsyncIterator[Database]:
    """A database with something in it."""
    (home / ".kissbot.key").touch(mode=0o600)
    (home / ".kissbot.key").write_bytes(key + b"\n")
    async with open_database(str(home / "kissbot.db")) as database:
        await fill(database, key)
        yield database


async def fill(database: Database, key: bytes) -> None:
    login = Login(slot="bot", client_id="c", user_id="7", login="kissbot", token=TOKEN, refresh_token="r")
    await SqlLogins(database, Vault([key]), ManualClock()).put(login)
    step = {
        "channel_id": "1",
        "message_id": "m",
        "viewer_id": "v",
        "command": "gi",
        "stage": "send",
        "outcome": "",
    }
    change = {"origin": "cli", "who_id": "", "who": "operator", "channel": "ada", "what": "language"}
    async with database.writing() as connection:
        await connection.execute(
            config.insert(),
            {"channel": "ada", "choices": '{"language":"fr"}', "revision": 1, "changed_at": 1.5},
        )
        await connection.execute(audit_log.insert(), {**change, "at": 1.5, "before": "en", "after": "fr"})
        await connection.execute(trail.insert(), [{**step, "at": number / 3} for number in range(600)])


async def state_of(address: object) -> Digests:
    async with open_database(str(address), create=False) as database:
        return await digests(database)


def elsewhere(tmp_path: Path, settings: object = None) -> Path:
    """Where the configuration of another bot is, or would be."""
    folder = tmp_path / f"elsewhere{len(list(tmp_path.iterdir()))}"
    folder.mkdir()
    if settings is not None:
        (folder / "config.yaml").write_bytes(msgspec.json.encode(settings))
    return folder / "config.yaml"


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


# Round trips


async def test_a_backup_restores_to_the_same_on_every_database_and_back(
    bot: Database, home: Path, tmp_path: Path, bare_address: str
) -> None:
    await make_backup(bot, tmp_path / "one", now=NOW, config=home / "config.yaml")
    there = elsewhere(tmp_path, {"storage": {"database": bare_address}})
    await restore(tmp_path / "one", there, now=NOW)
    async with open_database(bare_address, create=False) as moved:
        assert await equal(moved, bot)
        await make_backup(moved, tmp_path / "two", now=NOW)
    back = elsewhere(tmp_path)
    await restore(tmp_path / "two", back, now=NOW)
    assert await state_of(back.parent / "kissbot.db") == await digests(bot)


async def test_a_backup_is_one_moment_of_a_bot_that_writes_all_the_while(
    bot: Database, tmp_path: Path
) -> None:
    """The bot counts what it writes, in the same transaction: they must agree in the backup."""
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(count_notes(bot, stop))
        counts = []
        for name in ("one", "two"):
            await make_backup(bot, tmp_path / name, now=NOW)
            there = elsewhere(tmp_path)
            await restore(tmp_path / name, there, now=NOW)
            counts.append(await counted_notes(there.parent / "kissbot.db"))
        stop.set()
    assert counts[0] < counts[1]


async def count_notes(bot: Database, stop: asyncio.Event) -> None:
    number = 0
    while not stop.is_set():
        number += 1
        counter = bot.insert(hub_state).values(key="count", number=number)
        counter = counter.on_conflict_do_update(index_elements=["key"], set_={"number": number})
        async with bot.writing() as connection:
            await connection.execute(counter)
            await connection.execute(notes.insert(), {"key": f"note {number}", "until": number})


async def counted_notes(path: Path) -> int:
    query = sa.select(hub_state.c.number).where(hub_state.c.key == "count")
    async with open_database(str(path)) as restored, restored.reading() as reading:
        count = await reading.scalar(query) or 0
        written = await reading.execute(sa.select(notes.c.until).order_by(notes.c.until))
        assert list(written.scalars()) == list(range(1, count + 1))
    return count


async def test_a_bare_database_restores_with_what_is_still_in_its_log(
    bot: Database, home: Path, tmp_path: Path
) -> None:
    assert (home / "kissbot.db-wal").stat().st_size
    there = elsewhere(tmp_path)
    await restore(home / "kissbot.db", there, now=NOW)
    assert await state_of(there.parent / "kissbot.db") == await digests(bot)


async def test_a_good_copy_restores(bot: Database, home: Path, tmp_path: Path) -> None:
    before = await digests(bot)
    async with open_database(str(home / "kissbot.db")):
        pass  # an opening makes the copy
    there = elsewhere(tmp_path)
    await restore(home / "kissbot.db.good", there, now=NOW)
    assert await state_of(there.parent / "kissbot.db") == before


# What a backup is


async def test_nobody_else_can_read_a_backup_and_nothing_else_is_left(
    bot: Database, home: Path, tmp_path: Path
) -> None:
    before = names(home)
    manifest = await make_backup(bot, home / "it", now=NOW, config=home / "config.yaml")
    assert names(home) == before | {"it"}
    assert (home / "it").stat().st_mode & 0o777 == 0o600
    assert manifest == look_into(home / "it")
    assert manifest.rows["trail"] == 600
    assert set(manifest.parts) == {"database.sqlite", "config.yaml"}
    with zipfile.ZipFile(home / "it") as archive:
        assert archive.testzip() is None
        assert archive.read("config.yaml") == (home / "config.yaml").read_bytes()


async def test_a_file_that_is_there_is_not_overwritten_unless_asked(bot: Database, tmp_path: Path) -> None:
    file = tmp_path / "it"
    file.write_text("mine")
    with pytest.raises(BackupTrouble, match="there already"):
        await make_backup(bot, file, now=NOW)
    assert file.read_text() == "mine"
    await make_backup(bot, file, now=NOW, overwrite=True)
    assert look_into(file).created == NOW
    with pytest.raises(BackupTrouble, match="is a folder"):
        await make_backup(bot, tmp_path, now=NOW, overwrite=True)
    with pytest.raises(BackupTrouble, match="there is no folder"):
        await make_backup(bot, tmp_path / "no" / "it", now=NOW)


async def test_what_an_interrupted_backup_left_is_swept_up(bot: Database, home: Path) -> None:
    for name, age in ((".kissbot-work-old", 2 * 86_400), (".kissbot-work-new", 60)):
        (home / name).mkdir()
        os.utime(home / name, (NOW - age, NOW - age))
    await make_backup(bot, home / "it", now=NOW)
    assert {name for name in names(home) if name.startswith(".kissbot-work")} == {".kissbot-work-new"}


async def test_a_backup_without_secrets_has_none(
    bot: Database, home: Path, tmp_path: Path, key: bytes
) -> None:
    (home / "config.yaml").write_text(CONFIG)
    async with bot.reading() as connection:
        sealed = (await connection.execute(sa.text("SELECT token, refresh_token FROM oauth_tokens"))).one()
    file = tmp_path / "it"
    manifest = await make_backup(bot, file, now=NOW, config=home / "config.yaml", keys=(key,), secrets=False)
    with zipfile.ZipFile(file) as archive:
        content = b"".join(archive.read(name) for name in archive.namelist())
    for secret in ("c0mment", "cl1ent-s3cret", "c0nfig-token", "c0nfig-refresh", "st0rage-key", TOKEN):
        assert secret.encode() not in content
    for bytes_ in (*sealed, key, fingerprint(key).encode()):
        assert bytes_ not in content
    assert (manifest.rows["oauth_tokens"], manifest.rows["config"], manifest.key) == (0, 1, "")
    there = elsewhere(tmp_path)
    assert not (await restore(file, there, now=NOW)).wants.logins


def test_a_configuration_without_secrets_is_the_same_otherwise(tmp_path: Path) -> None:
    (tmp_path / "a").write_text(CONFIG)
    (tmp_path / "b").write_text(without_secrets(CONFIG))
    before, after = load(tmp_path / "a", {}), load(tmp_path / "b", {})
    bare = {"client_secret": "", "token": "", "refresh_token": ""}
    before.twitch = msgspec.structs.replace(before.twitch, **bare)
    before.storage = msgspec.structs.replace(before.storage, key="")
    assert after == before
    assert without_secrets("# nothing") == ""


@pytest.mark.parametrize(
    ("address", "left"),
    [
        ("postgresql://me:pa%40ss@host:5/db", "postgresql://me@host:5/db"),
        ("postgresql://me@/db?host=x&password=pass", "postgresql://me@/db?host=x"),
        ("data/kissbot.db", "data/kissbot.db"),
    ],
)
def test_a_configuration_without_secrets_has_no_password_in_an_address(address: str, left: str) -> None:
    config = yaml.safe_load(without_secrets(f"storage: {{database: '{address}'}}"))
    assert config == {"storage": {"database": left}}


def test_every_secret_of_the_settings_is_known_as_one() -> None:
    names = {field.name for struct in (Settings, Twitch, Storage) for field in fields(struct)}
    suspects = {
        name for name in names if any(part in name for part in ("token", "secret", "key", "password"))
    }
    assert suspects - {"key_file", "keyring"} == SECRETS


# Files that are no backups


async def test_a_backup_in_which_anything_changed_is_refused(bot: Database, tmp_path: Path) -> None:
    file = tmp_path / "it"
    await make_backup(bot, file, now=NOW)
    whole = file.read_bytes()
    chance = random.Random(1)
    for _ in range(300):
        place = chance.randrange(len(whole))
        flipped = whole[place] ^ (1 << chance.randrange(8))
        file.write_bytes(whole[:place] + bytes([flipped]) + whole[place + 1 :])
        with pytest.raises(BackupTrouble, match=r"is damaged or not complete|is no backup"):
            look_into(file)
    for size in (0, 3, 4, 63, 64, 100, len(whole) // 2, len(whole) - 1):
        file.write_bytes(whole[:size])
        with pytest.raises(BackupTrouble, match=r"is damaged or not complete|is no backup"):
            look_into(file)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "is no backup that KissBot made"),
        (b"hello", "is no backup that KissBot made"),
        (b"PK\x03\x04" + bytes(500), "is damaged or not complete"),
        (b"SQLite format 3\x00" + bytes(4096), "is damaged"),
        (None, "there is no such file"),
    ],
)
async def test_what_is_no_backup_is_told_so(tmp_path: Path, content: bytes | None, why: str) -> None:
    file, there = tmp_path / "it", elsewhere(tmp_path)
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(BackupTrouble, match=why):
        await restore(file, there, now=NOW)
    assert not names(there.parent)


async def test_a_database_of_another_program_is_refused(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "it") as other:
        other.execute("CREATE TABLE config (x)")
    there = elsewhere(tmp_path)
    with pytest.raises(BackupTrouble, match="no database of KissBot"):
        await restore(tmp_path / "it", there, now=NOW)
    assert not names(there.parent)


async def test_a_backup_of_a_newer_kissbot_is_refused(tmp_path: Path) -> None:
    file, there = tmp_path / "it", elsewhere(tmp_path)
    newer = Manifest(format=2, version="9.9", revision="0042", created=NOW, rows={})
    pack(file, newer, {})
    with pytest.raises(
        BackupTrouble, match=r"made by KissBot 9\.9 in the format 2, and this one reads the format 1"
    ):
        await restore(file, there, now=NOW)


# What was there before


async def test_a_database_is_replaced_only_when_asked_and_kept_beside(
    bot: Database, home: Path, tmp_path: Path
) -> None:
    await make_backup(bot, tmp_path / "it", now=NOW)
    async with bot.writing() as connection:
        await connection.execute(sa.update(config).values(channel="changed"))
    changed = await digests(bot)
    with pytest.raises(BackupTrouble, match=r"is in use already\. Say --force"):
        await restore(tmp_path / "it", home / "config.yaml", now=NOW)
    assert await digests(bot) == changed
    restored = await restore(tmp_path / "it", home / "config.yaml", now=NOW, force=True)
    assert (await digests(bot)).keys() == changed.keys()
    assert (await digests(bot)) != changed
    assert [path.name.partition(".before-restore-")[0] for path in restored.kept] == ["kissbot.db"]
    assert restored.kept[0].stat().st_mode & 0o777 == 0o600
    assert await state_of(restored.kept[0]) == changed


@pytest.mark.parametrize("bare_address", ["postgresql"], indirect=True)
async def test_a_server_that_is_in_use_is_replaced_only_when_asked_and_backed_up(
    bot: Database, bare_address: str, tmp_path: Path
) -> None:
    there = elsewhere(tmp_path, {"storage": {"database": bare_address}})
    async with open_database(bare_address) as server, server.writing() as connection:
        await connection.execute(
            config.insert(), {"channel": "old", "choices": "{}", "revision": 1, "changed_at": 1}
        )
    await make_backup(bot, tmp_path / "it", now=NOW)
    with pytest.raises(BackupTrouble, match="is in use already"):
        await restore(tmp_path / "it", there, now=NOW)
    restored = await restore(tmp_path / "it", there, now=NOW, force=True)
    assert await state_of(bare_address) == await digests(bot)
    assert look_into(restored.kept[0]).rows["config"] == 1
    assert restored.kept[0].parent == there.parent / "backups"


async def test_a_database_is_not_replaced_below_a_running_bot(
    bot: Database, home: Path, tmp_path: Path
) -> None:
    await make_backup(bot, tmp_path / "it", now=NOW)
    alive = {"id": "x", "host": "here", "pid": 42, "version": "1", "started_at": 1, "beat_at": NOW - 14}
    async with bot.writing() as connection:
        await connection.execute(instances.insert(), alive)
    with pytest.raises(BackupTrouble, match=r"running on it \(process 42 on here\). Stop it first"):
        await restore(tmp_path / "it", home / "config.yaml", now=NOW)
    restored = await restore(tmp_path / "it", home / "config.yaml", now=NOW, force=True)
    assert restored.running == "process 42 on here"
    async with bot.writing() as connection:  # the running bot still works with the very file
        await connection.execute(instances.insert(), {**alive, "beat_at": NOW - 16})
    with pytest.raises(BackupTrouble, match="is in use already"):
        await restore(tmp_path / "it", home / "config.yaml", now=NOW)


@pytest.mark.parametrize("trouble", ["damaged", "newer"])
async def test_a_database_that_cannot_be_used_is_replaced_and_kept_with_its_log(
    bot: Database, home: Path, tmp_path: Path, trouble: str
) -> None:
    await make_backup(bot, tmp_path / "it", now=NOW)
    before = await digests(bot)
    await bot.close()
    path = home / "kissbot.db"
    if trouble == "damaged":
        path.write_bytes(path.read_bytes()[:8192] + bytes(range(256)) * 200)
    else:
        with sqlite3.connect(path) as database:
            database.execute("UPDATE alembic_version SET version_num = '9999'")
        database.close()
    (home / "kissbot.db-wal").write_bytes(b"its log")
    content = path.read_bytes()
    with pytest.raises(BackupTrouble, match="is in use already"):
        await restore(tmp_path / "it", home / "config.yaml", now=NOW)
    (home / "kissbot.db-wal").write_bytes(b"its log")
    restored = await restore(tmp_path / "it", home / "config.yaml", now=NOW, force=True)
    assert await state_of(path) == before
    kept = {path.name.rpartition("-")[2]: path.read_bytes() for path in restored.kept}
    assert content in kept.values()
    if trouble == "damaged":
        assert kept["wal"] == b"its log"


async def test_the_configuration_is_restored_when_there_is_none_or_when_asked(
    bot: Database, home: Path, tmp_path: Path
) -> None:
    await make_backup(bot, tmp_path / "it", now=NOW, config=home / "config.yaml")
    empty, other = elsewhere(tmp_path), elsewhere(tmp_path, {"bot": {"name": "second"}})
    assert (await restore(tmp_path / "it", empty, now=NOW)).config == empty
    assert empty.read_text() == "bot: {name: first}"
    assert empty.stat().st_mode & 0o777 == 0o600
    assert (await restore(tmp_path / "it", other, now=NOW)).config is None
    again = await restore(tmp_path / "it", other, now=NOW, force=True, keep_config=True)
    assert again.config is None
    assert load(other, {}).bot.name == "second"
    replaced = await restore(tmp_path / "it", other, now=NOW + 1, force=True)
    assert load(other, {}).bot.name == "first"
    kept = next(path for path in replaced.kept if path.name.startswith("config.yaml"))
    assert load(kept, {}).bot.name == "second"


async def test_a_restored_configuration_says_where_the_database_goes(
    bot: Database, home: Path, tmp_path: Path
) -> None:
    (home / "config.yaml").write_text("storage: {database: data/mine.db}")
    await make_backup(bot, tmp_path / "it", now=NOW, config=home / "config.yaml")
    there = elsewhere(tmp_path)
    restored = await restore(tmp_path / "it", there, now=NOW)
    assert restored.place == str(there.parent / "data" / "mine.db")
    assert await state_of(restored.place) == await digests(bot)


async def test_a_key_is_put_in_front_of_those_that_are_there(
    bot: Database, key: bytes, tmp_path: Path
) -> None:
    await make_backup(bot, tmp_path / "it", now=NOW, keys=(key,))
    there, mine = elsewhere(tmp_path), new_key()
    (there.parent / ".kissbot.key").write_bytes(mine)
    restored = await restore(tmp_path / "it", there, now=NOW)
    assert (there.parent / ".kissbot.key").read_bytes().split() == [key, mine]
    assert restored.here == [fingerprint(key), fingerprint(mine)]
    assert restored.key == str(there.parent / ".kissbot.key")
    assert restored.kept[0].read_bytes() == mine


async def test_a_backup_tells_which_key_it_wants(bot: Database, key: bytes, tmp_path: Path) -> None:
    manifest = await make_backup(bot, tmp_path / "it", now=NOW)
    assert manifest.key == fingerprint(key)
    restored = await restore(tmp_path / "it", elsewhere(tmp_path), now=NOW)
    assert (restored.wants.logins, restored.wants.fingerprint, restored.here) == (1, fingerprint(key), [])


# When something goes wrong


async def test_a_restore_that_fails_puts_everything_back(
    bot: Database, key: bytes, home: Path, tmp_path: Path
) -> None:
    await make_backup(bot, tmp_path / "it", now=NOW, config=home / "config.yaml", keys=(key,))
    await bot.close()
    there = home / "config.yaml"
    (home / ".kissbot.key").write_bytes(new_key())
    (home / "kissbot.db").write_bytes(DAMAGED)
    there.unlink()
    (there / "a folder, not a file").mkdir(parents=True)
    before = contents(home)
    with pytest.raises(BackupTrouble, match=r"kissbot\.db: cannot be written"):
        await restore(tmp_path / "it", there, now=NOW, force=True)
    assert contents(home) == before


KILLED = """
import asyncio, os, shutil, signal, sys
from pathlib import Path
from kissbot.app.backups.restore import restore

file, template, root = map(Path, sys.argv[1:])

def run(folder):
    shutil.copytree(template, folder)
    asyncio.run(restore(file, folder / "config.yaml", now=1_800_000_000.0, force=True))

def run_until(step, folder):
    def count(event, _):
        nonlocal step
        if event in ("os.link", "os.rename", "os.remove", "open", "sqlite3.connect"):
            step -= 1
            if not step:
                os.kill(os.getpid(), signal.SIGKILL)
    shutil.copytree(template, folder)
    sys.addaudithook(count)
    asyncio.run(restore(file, folder / "config.yaml", now=1_800_000_000.0, force=True))

run(root / "warm")  # so that every module is there
for step in range(1, 1000):
    child = os.fork()
    if not child:
        run_until(step, root / f"step {step}")
        os._exit(0)
    if os.waitpid(child, 0)[1] == 0:
        break
"""


@pytest.mark.parametrize("there", ["nothing", "healthy", "damaged"])
async def test_a_restore_that_is_killed_leaves_the_old_or_the_new(
    bot: Database, key: bytes, home: Path, tmp_path: Path, there: str
) -> None:
    """Killed at each of its steps: what then is there is one of the two, whole, and the old one is kept."""
    await make_backup(bot, tmp_path / "it", now=NOW, config=home / "config.yaml", keys=(key,))
    new = await digests(bot)
    async with bot.writing() as connection:
        await connection.execute(sa.update(config).values(channel="changed"))
    old: object = await digests(bot)
    await bot.close()
    if there != "healthy":
        (home / "kissbot.db").unlink()
        old = there
    if there == "damaged":
        (home / "kissbot.db").write_bytes(DAMAGED)
    runs = tmp_path / "runs"
    runs.mkdir()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", KILLED, str(tmp_path / "it"), str(home), str(runs)),
        stdout=asyncio.subprocess.DEVNULL,
    )
    assert await process.wait() == 0
    seen = []
    for folder in sorted(runs.iterdir(), key=lambda run: run.stat().st_ctime):
        found = await what_is_there(folder / "kissbot.db")
        assert found in (old, new)
        assert key in (folder / ".kissbot.key").read_bytes().split()
        kept = [path for path in folder.glob("kissbot.db.before-*") if path.suffix not in (".wal", ".new")]
        if found == new and old != new and there != "nothing":
            assert [await what_is_there(path) for path in kept] == [old]
        seen.append(found)
    assert seen[-1] == new
    assert old in seen
    assert len(seen) > 10


async def what_is_there(database: Path) -> object:
    content = content_of(database)
    if content in (b"", DAMAGED):
        return "damaged" if content else "nothing"
    return await state_of(database)


def content_of(path: Path) -> bytes:
    return path.read_bytes() if path.exists() else b""


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: content_of(path) if path.is_file() else b"a folder" for path in folder.iterdir()}


# The command line


def kissbot(folder: Path, *words: str, limit: int | None = None) -> subprocess.CompletedProcess[str]:
    def small_disk() -> None:
        if limit:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    environment = {name: value for name, value in os.environ.items() if not name.startswith("KISSBOT_")}
    return subprocess.run(
        [sys.executable, "-m", "kissbot", *words],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=small_disk,
    )


async def test_backup_and_restore_as_they_are_typed(
    bot: Database, key: bytes, home: Path, tmp_path: Path
) -> None:
    done = kissbot(home, "backup", "it")
    assert (done.returncode, done.stderr) == (0, "")
    assert "it was restored aside and compared. In it: the database (1 login, 1 channel with" in done.stdout
    assert (
        f"want the key {fingerprint(key)}, which is not in it. Keep a copy of {home}/.kissbot.key"
        in done.stdout
    )
    there = elsewhere(tmp_path).parent
    done = kissbot(there, "restore", str(home / "it"))
    assert done.returncode == 0
    assert f"OK: restored to {there}/kissbot.db: 1 login" in done.stdout
    assert f"want the key {fingerprint(key)}, but there is no key here" in done.stderr
    again = kissbot(there, "restore", str(home / "it"))
    assert again.returncode == 1
    assert again.stderr.startswith(f"kissbot: {there}/kissbot.db: is in use already")


async def test_a_backup_with_the_key_says_how_precious_it_is(bot: Database, key: bytes, home: Path) -> None:
    done = kissbot(home, "backup", "it", "--with-key")
    assert "Keep it as you keep a password" in done.stdout
    with zipfile.ZipFile(home / "it") as archive:
        assert archive.read("key") == key + b"\n"
    assert kissbot(home, "backup", "x", "--with-key", "--without-secrets").stderr == (
        "kissbot: --with-key and --without-secrets exclude each other.\n"
    )


async def test_a_full_disk_leaves_no_half_backup(bot: Database, home: Path) -> None:
    async with open_database(str(home / "kissbot.db")):
        pass  # so that there is a young copy, and only the backup is to be written
    before = names(home)
    for limit in (30_000, 100_000):
        done = kissbot(home, "backup", "it", limit=limit)
        assert done.returncode == 1
        assert done.stderr.startswith("kissbot: it: ")
        assert "disk" in done.stderr
        assert (done.stderr.count("\n"), names(home)) == (1, before)


def test_a_backup_of_nothing_is_told_so(tmp_path: Path) -> None:
    done = kissbot(tmp_path, "backup", "it")
    assert (done.returncode, names(tmp_path)) == (1, set())
    assert "there is no database yet" in done.stderr


async def test_an_export_has_no_secret_in_it(bot: Database, home: Path) -> None:
    done = kissbot(home, "export", "--audit")
    assert '"language": "fr"' in done.stdout
    assert TOKEN not in done.stdout
    assert kissbot(home, "export", "it.json").returncode == 0
    assert (home / "it.json").stat().st_mode & 0o777 == 0o600
    assert kissbot(home, "export", "it.json").stderr == (
        "kissbot: it.json: is there already. Name another file, or say --force.\n"
    )
    assert kissbot(home, "export", "it.json", "--force").returncode == 0


# forget


async def test_a_viewer_is_forgotten_by_number_or_name(bot: Database, home: Path) -> None:
    async with bot.writing() as connection:
        await connection.execute(
            audit_log.insert(),
            {
                "at": 2,
                "origin": "chat",
                "who_id": "555",
                "who": "Vera",
                "channel": "ada",
                "what": "language",
                "before": "",
                "after": "",
            },
        )
        await connection.execute(trail.update().where(trail.c.id <= 5).values(viewer_id="555"))
    done = kissbot(home, "forget", "@vera")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Forgotten: 5 in trail, 1 in audit_log.\n")
    assert "7 nights" in done.stdout
    assert kissbot(home, "forget", "555").stdout == "Nothing is stored of 555.\n"


async def test_an_account_with_a_login_is_not_forgotten(bot: Database, home: Path) -> None:
    done = kissbot(home, "forget", "kissbot")
    assert (done.returncode, done.stdout) == (1, "")
    assert "End it first: kissbot logout --bot" in done.stderr


async def test_a_viewer_who_was_never_seen_is_asked_for_at_twitch(bot: Database, home: Path) -> None:
    (home / "config.yaml").write_text("twitch: {urls: {helix: 'http://127.0.0.1:9/helix'}}")
    done = kissbot(home, "forget", "nobody")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "Or give the number of the account instead of 'nobody'." in done.stderr
    assert TOKEN not in done.stderr
