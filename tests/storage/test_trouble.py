"""Whatever is wrong with the database is told in one sentence with the remedy, and nothing is lost by it."""

import asyncio
import os
import pwd
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from kissbot.storage.engine import Database, connect
from kissbot.storage.open import open_database
from kissbot.storage.tables import hub_state
from kissbot.storage.trouble import StorageTrouble

NOBODY = 65534

LIMITED = """
import asyncio, resource, sys
import sqlalchemy as sa
from kissbot.storage.open import open_database
from kissbot.storage.tables import hub_state
from kissbot.storage.trouble import StorageTrouble

async def main(address):
    async with open_database(address) as database:
        resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, 600_000))
        for number in range(1000):
            try:
                async with database.writing(durable=True) as connection:
                    row = {"key": f"number {number:04}", "value": "x" * 5000}
                    await connection.execute(sa.insert(hub_state).values(row))
            except StorageTrouble as trouble:
                print(number, trouble, sep="\\n")
                return

asyncio.run(main(sys.argv[1]))
"""

AS_NOBODY = """
import asyncio, os, sys, tempfile
from kissbot.storage.open import open_database
from kissbot.storage.trouble import StorageTrouble
from kissbot.storage.tables import hub_state

async def write(address):
    async with open_database(address) as database, database.writing() as connection:
        await connection.execute(database.insert(hub_state).values(key="more"))

with tempfile.TemporaryDirectory() as folder:  # everything that is imported late is there now
    asyncio.run(write(f"{folder}/warm.db"))
if not os.getuid():
    os.setgroups([])
    os.setgid(int(sys.argv[2]))
    os.setuid(int(sys.argv[2]))
try:
    asyncio.run(write(sys.argv[1]))
except StorageTrouble as trouble:
    print(trouble)
"""

LOCKER = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("locked", flush=True)
sys.stdin.readline()
"""


@pytest.fixture
async def path(tmp_path: Path) -> Path:
    """A database with something in it."""
    path = tmp_path / "kissbot.db"
    await _write(str(path), "kept")
    return path


@pytest.fixture
async def open_path() -> AsyncIterator[Path]:
    """A database with something in it, in a folder that everybody can enter."""
    with tempfile.TemporaryDirectory() as folder:
        _chmod(Path(folder), 0o777)
        path = Path(folder) / "kissbot.db"
        await _write(str(path), "kept")
        yield path
        _chmod(Path(folder), 0o777)


@pytest.fixture
def server(postgresql_url: str) -> sa.URL:
    """A database on a server, by its address."""
    return sa.make_url(postgresql_url).set(drivername="postgresql")


def _chmod(path: Path, mode: int) -> None:
    path.chmod(mode)


async def _write(address: str, key: str) -> None:
    async with open_database(address) as database, database.writing() as connection:
        await connection.execute(database.insert(hub_state).values(key=key))


async def _keys(database: Database) -> list[str]:
    async with database.reading() as connection:
        return list(await connection.scalars(sa.select(hub_state.c.key).order_by(hub_state.c.key)))


async def _add(database: Database, key: str, value: str = "") -> None:
    async with database.writing() as connection:
        await connection.execute(sa.insert(hub_state).values(key=key, value=value))


async def _run(script: str, *words: object) -> list[str]:
    """What a process of its own says."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", script, *map(str, words), stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate()
    return [line for line in out.decode().splitlines() if "database_brought_forward" not in line]


async def _is_whole(path: Path, *keys: str) -> None:
    async with open_database(str(path)) as database:
        assert await _keys(database) == sorted(keys)
        async with database.reading() as connection:
            assert await connection.scalar(sa.text("PRAGMA integrity_check")) == "ok"


async def test_a_full_disk(path: Path) -> None:
    async with open_database(str(path)) as database:
        sa.event.listen(database.engine.sync_engine, "begin", _leave_no_room)
        with pytest.raises(StorageTrouble, match=f"^{path}: the disk is full. Make room; nothing"):
            await _add(database, "too much", "x" * 1_000_000)
        sa.event.remove(database.engine.sync_engine, "begin", _leave_no_room)
        assert await _keys(database) == ["kept"]
    await _write(str(path), "later")
    await _is_whole(path, "kept", "later")


def _leave_no_room(connection: sa.Connection) -> None:
    connection.exec_driver_sql("PRAGMA max_page_count = 1")


async def test_a_file_that_cannot_grow(path: Path) -> None:
    written, sentence = await _run(LIMITED, path)
    assert sentence.startswith(f"{path}: ")
    assert "Is the disk full, over its quota, or failing? Nothing that was stored is lost." in sentence
    assert int(written) > 0
    await _is_whole(path, "kept", *(f"number {number:04}" for number in range(int(written))))


async def test_a_file_that_is_read_only(open_path: Path) -> None:
    _chmod(open_path, 0o444)
    user = pwd.getpwuid(os.getuid() or NOBODY).pw_name
    assert await _run(AS_NOBODY, open_path, NOBODY) == [
        f"{open_path}: the user {user} may not write to it. Make it theirs: chown {user} {open_path}."
    ]
    _chmod(open_path, 0o600)
    await _is_whole(open_path, "kept")


async def test_a_folder_that_is_read_only(open_path: Path) -> None:
    _chmod(open_path, 0o666)
    _chmod(open_path.parent, 0o555)
    (sentence,) = await _run(AS_NOBODY, open_path, NOBODY)
    assert "may not write in its folder, which SQLite must" in sentence
    assert sentence.endswith(f"{open_path.parent}.")
    _chmod(open_path.parent, 0o777)
    await _is_whole(open_path, "kept")


async def test_a_folder_in_which_no_file_can_be_made(open_path: Path) -> None:
    _chmod(open_path.parent, 0o555)
    (sentence,) = await _run(AS_NOBODY, open_path.parent / "new.db", NOBODY)
    assert "cannot be made (Permission denied)" in sentence
    assert "chown" in sentence


async def test_a_file_that_became_read_only(path: Path) -> None:
    async with open_database(str(path)) as database:
        sa.event.listen(database.engine.sync_engine, "begin", _write_nothing)
        with pytest.raises(StorageTrouble, match=f"^{path}: it is read-only for the user"):
            await _add(database, "more")
        assert await _keys(database) == ["kept"]
    await _is_whole(path, "kept")


def _write_nothing(connection: sa.Connection) -> None:
    connection.exec_driver_sql("PRAGMA query_only = ON")


async def test_a_lock_of_another_process(path: Path) -> None:
    async with _locked(path), open_database(str(path), busy_seconds=0.2) as database:
        with pytest.raises(StorageTrouble, match=f"^{path}: another program holds it locked"):
            await _add(database, "more")
        assert await _keys(database) == ["kept"]
    await _write(str(path), "later")
    await _is_whole(path, "kept", "later")


async def test_a_writer_waits_for_another_process(path: Path) -> None:
    async with open_database(str(path)) as database:
        async with _locked(path):
            writing = asyncio.ensure_future(_add(database, "more"))
            await asyncio.sleep(0)
        await writing
        assert await _keys(database) == ["kept", "more"]


@asynccontextmanager
async def _locked(path: Path) -> AsyncIterator[None]:
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", LOCKER, str(path), stdin=pipe, stdout=pipe
    )
    assert await process.stdout.readline() == b"locked\n"  # type: ignore[union-attr]
    yield
    await process.communicate(b"go\n")


async def test_damage_that_is_met_on_the_way(path: Path) -> None:
    async with open_database(str(path)) as database:
        for number in range(200):
            await _add(database, f"number {number:03}", "x" * 1000)
    async with open_database(str(path)) as database:
        _overwrite(path)
        with pytest.raises(
            StorageTrouble, match=f"^{path}: the file is damaged .*kissbot restore {path}.good"
        ):
            await _keys(database)


def _overwrite(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (path.stat().st_size - 8192))


async def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(StorageTrouble, match=f"the folder {tmp_path}/none does not exist. Make it, or"):
        await _write(str(tmp_path / "none" / "kissbot.db"), "more")


async def test_a_folder_in_the_files_place(tmp_path: Path) -> None:
    with pytest.raises(StorageTrouble, match=f"^{tmp_path}: is a folder"):
        await _write(str(tmp_path), "more")


async def test_a_bug_is_no_trouble_of_the_database(database: Database) -> None:
    await _add(database, "once")
    with pytest.raises(sa.exc.IntegrityError) as raised:
        await _add(database, "once", "a secret")
    assert "a secret" not in str(raised.value)


async def test_a_server_that_is_not_there(tmp_path: Path) -> None:
    for address in (
        "postgresql://kiss:secret@127.0.0.1:1/bot",
        f"postgresql://kiss:secret@/bot?host={tmp_path}",
    ):
        with pytest.raises(StorageTrouble, match=r"cannot be reached .*Is the server running") as raised:
            await _write(address, "more")
        assert "secret" not in str(raised.value)


async def test_a_host_that_is_not_there() -> None:
    with pytest.raises(
        StorageTrouble, match=r"^postgresql://kiss@no\.such\.host\.invalid/bot: cannot be reached"
    ):
        await _write("postgresql://kiss:secret@no.such.host.invalid/bot", "more")


async def test_a_database_that_is_not_there(server: sa.URL) -> None:
    with pytest.raises(StorageTrouble, match="/nothing: there is no such database on the server"):
        await _write(server.set(database="nothing").render_as_string(), "more")


async def test_a_wrong_password(server: sa.URL) -> None:
    name = f"asked_{server.database}"
    await _tell(server, f"CREATE ROLE {name} LOGIN SUPERUSER PASSWORD 'right' IN ROLE asked")
    right, wrong = (
        server.set(username=name, password=password).render_as_string(hide_password=False)
        for password in ("right", "wr0ng")
    )
    with pytest.raises(
        StorageTrouble, match=r"the password is wrong\. Mend it in storage.database"
    ) as raised:
        await _write(wrong, "more")
    assert "wr0ng" not in str(raised.value)
    assert "wr0ng" not in repr(raised.value.__cause__)
    await _write(right, "more")


async def test_a_user_who_may_not(server: sa.URL) -> None:
    await _tell(server, f"CREATE ROLE guest_{server.database} LOGIN")
    guest = server.set(username=f"guest_{server.database}").render_as_string()
    with pytest.raises(StorageTrouble, match=r"the user may not do that\. Make it the owner"):
        await _write(guest, "more")


async def test_a_server_that_is_read_only(server: sa.URL) -> None:
    await _tell(server, f"ALTER DATABASE {server.database} SET default_transaction_read_only = on")
    with pytest.raises(StorageTrouble, match=r"the server is read-only\. Use the address of the primary"):
        await _write(server.render_as_string(), "more")


async def test_a_connection_that_is_lost(server: sa.URL) -> None:
    async with open_database(server.render_as_string()) as database:
        await _add(database, "kept")

        async def write() -> None:
            async with database.writing() as connection:
                await connection.execute(sa.insert(hub_state).values(key="half"))
                await _tell(
                    server,
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE state LIKE 'idle in%'",
                )
                await connection.execute(sa.insert(hub_state).values(key="whole"))

        with pytest.raises(StorageTrouble, match="KissBot connects again by itself"):
            await write()
        assert await _keys(database) == ["kept"]
        await _tell(
            server,
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() "
            "AND datname = current_database()",
        )
        await _add(database, "again")
        assert await _keys(database) == ["again", "kept"]


async def _tell(server: sa.URL, *statements: str) -> Any:
    """What the server answers to the first of the statements."""
    database = connect(server.set(drivername="postgresql+asyncpg"))
    async with database.writing() as connection:
        answers = [(await connection.execute(sa.text(each))) for each in statements]
        first = answers[0].scalar() if answers[0].returns_rows else None
    await database.close()
    return first
