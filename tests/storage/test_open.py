"""Opening a database: private, checked, with a good copy, and never the wrong one."""

import asyncio
import os
import sqlite3
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from kissbot.storage.engine import connect, shown
from kissbot.storage.open import COPY_EVERY, open_database, url_of
from kissbot.storage.tables import hub_state
from kissbot.storage.trouble import StorageTrouble

OPENER = """
import asyncio, sys
from kissbot.storage.open import open_database

async def main(address):
    print("ready", flush=True)
    sys.stdin.readline()
    async with open_database(address) as database:
        print("open")

asyncio.run(main(sys.argv[1]))
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "kissbot.db"


@pytest.fixture
def _open_handed() -> Iterator[None]:
    """Whatever this process makes may be read by everybody, unless it says otherwise."""
    before = os.umask(0)
    yield
    os.umask(before)


def _contents(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def _fill(path: Path, content: bytes) -> None:
    path.write_bytes(content)


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


async def _open_and_close(path: Path) -> None:
    async with open_database(str(path)):
        pass


async def _write(path: Path, key: str = "kept") -> None:
    async with open_database(str(path)) as database, database.writing() as connection:
        await connection.execute(database.insert(hub_state).values(key=key))


async def _keys(address: str) -> list[str]:
    async with open_database(address) as database, database.reading() as connection:
        return list(await connection.scalars(sa.select(hub_state.c.key).order_by(hub_state.c.key)))


async def test_what_is_written_is_there_the_next_time(bare_address: str) -> None:
    async with open_database(bare_address) as database, database.writing() as connection:
        await connection.execute(database.insert(hub_state).values(key="kept"))
    assert await _keys(bare_address) == ["kept"]


async def test_a_reader_sees_one_moment(bare_address: str) -> None:
    async with open_database(bare_address) as database, database.reading() as reading:
        count = sa.select(sa.func.count(hub_state.c.key))
        assert await reading.scalar(count) == 0
        async with database.writing() as writing:
            await writing.execute(database.insert(hub_state).values(key="new"))
        assert await reading.scalar(count) == 0


async def test_what_fails_half_way_leaves_nothing(bare_address: str) -> None:
    async with open_database(bare_address) as database:

        async def fail() -> None:
            async with database.writing(durable=True) as connection:
                await connection.execute(database.insert(hub_state).values(key="half"))
                raise LookupError

        with pytest.raises(LookupError):
            await fail()
    assert await _keys(bare_address) == []


async def test_many_writers_at_once_all_get_their_turn(bare_address: str) -> None:
    async with open_database(bare_address) as database:

        async def write(number: int) -> None:
            async with database.writing(durable=number % 2 == 0) as connection:
                await connection.execute(database.insert(hub_state).values(key=f"{number:02}"))

        await asyncio.gather(*(write(number) for number in range(50)))
    assert await _keys(bare_address) == [f"{number:02}" for number in range(50)]


@pytest.mark.usefixtures("_open_handed")
async def test_nobody_else_can_read_the_files(path: Path) -> None:
    await _write(path)
    async with open_database(str(path)) as database:
        async with database.writing() as connection:
            await connection.execute(database.insert(hub_state).values(key="other"))
        names = {file.name for file in path.parent.iterdir()}
        assert names == {"kissbot.db", "kissbot.db-wal", "kissbot.db-shm", "kissbot.db.good"}
        assert {_mode(file) for file in path.parent.iterdir()} == {0o600}


async def test_files_that_others_can_read_are_mended(path: Path) -> None:
    await _write(path)
    await _open_and_close(path)
    for file in path.parent.iterdir():
        file.chmod(0o644)
    with capture_logs() as logs:
        await _open_and_close(path)
    assert {_mode(file) for file in path.parent.iterdir()} == {0o600}
    warned = {entry["path"] for entry in logs if entry["event"] == "file_was_readable_by_others"}
    assert warned == {str(path), f"{path}.good"}


async def test_a_good_copy_is_made_of_what_was_found_good(path: Path) -> None:
    await _write(path)
    await _open_and_close(path)
    with sqlite3.connect(f"{path}.good") as copy:
        assert copy.execute("SELECT key FROM hub_state").fetchall() == [("kept",)]
    copy.close()


async def test_a_good_copy_is_made_once_a_day(path: Path) -> None:
    await _write(path)
    await _open_and_close(path)
    good = path.with_name("kissbot.db.good")
    first = good.stat()
    await _open_and_close(path)
    assert good.stat().st_ino == first.st_ino
    yesterday = first.st_mtime - COPY_EVERY - 1
    os.utime(good, (yesterday, yesterday))
    await _open_and_close(path)
    assert good.stat().st_mtime > yesterday


async def test_trouble_with_the_good_copy_stops_nothing(path: Path) -> None:
    await _write(path)
    path.with_name("kissbot.db.good.new").mkdir()
    with capture_logs() as logs:
        assert await _keys(str(path)) == ["kept"]
    assert "no_good_copy_made" in [entry["event"] for entry in logs]


@pytest.mark.parametrize("offset", [0, 4096, 40960])
async def test_a_damaged_file_is_left_as_it_is(path: Path, offset: int) -> None:
    await _write(path)
    await _open_and_close(path)
    with path.open("r+b") as file:
        file.seek(offset)
        file.write(b"\xff" * 3000)
    before = _contents(path.parent)
    with pytest.raises(StorageTrouble) as raised:
        await _open_and_close(path)
    assert str(raised.value).startswith(f"{path}: the file is damaged (")
    assert f"kissbot restore {path}.good" in str(raised.value)
    after = _contents(path.parent)
    assert {name: after[name] for name in before} == before


async def test_damage_without_a_good_copy_points_to_the_backups(path: Path) -> None:
    _fill(path, b"not a database " * 1000)
    with pytest.raises(StorageTrouble, match=r"is damaged .*To go on with a backup: kissbot restore FILE\.$"):
        await _open_and_close(path)


async def test_a_file_that_was_emptied_is_damage(path: Path) -> None:
    await _write(path)
    await _open_and_close(path)
    _fill(path, b"")
    with pytest.raises(StorageTrouble, match=r"it is empty.*kissbot restore"):
        await _open_and_close(path)
    assert _contents(path.parent)[path.name] == b""


async def test_a_command_that_only_looks_makes_no_database(path: Path) -> None:
    with pytest.raises(StorageTrouble, match="there is no database yet"):
        async with open_database(str(path), create=False):
            pass
    assert _contents(path.parent) == {}


async def test_another_programs_database_is_refused(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE notes (mine TEXT)")
    connection.close()
    with pytest.raises(StorageTrouble, match="by another program"):
        await _open_and_close(path)


async def test_a_newer_database_is_refused(bare_address: str) -> None:
    async with open_database(bare_address) as database, database.writing() as connection:
        await connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StorageTrouble, match=r"newer KissBot.*revision 9999.*Update KissBot"):
        async with open_database(bare_address):
            pass


async def test_processes_that_start_at_once_do_not_disturb_each_other(bare_address: str) -> None:
    pipe = asyncio.subprocess.PIPE
    processes = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-c", OPENER, bare_address, stdin=pipe, stdout=pipe, stderr=pipe
        )
        for _ in range(4)
    ]
    for process in processes:
        assert await process.stdout.readline() == b"ready\n"  # type: ignore[union-attr]
    ended = await asyncio.gather(*(process.communicate(b"go\n") for process in processes))
    said = b"".join(out for out, _ in ended).decode()
    assert said.count("open\n") == 4, ended
    assert said.count("database_brought_forward") == 1


async def test_opening_again_needs_no_alembic(path: Path) -> None:
    await _write(path)
    script = "\n".join((OPENER, "assert 'alembic' not in sys.modules"))
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", script, str(path), stdin=asyncio.subprocess.PIPE
    )
    await process.communicate(b"go\n")
    assert process.returncode == 0


@pytest.mark.parametrize("address", ["mysql://u:secret@host/db", "postgresql://u:secret@host:port/db"])
def test_an_address_that_makes_no_sense_is_refused_without_its_password(address: str) -> None:
    with pytest.raises(StorageTrouble, match=r"^storage\.database: ") as raised:
        url_of(address)
    assert "secret" not in str(raised.value)


def test_a_place_shows_no_password() -> None:
    address = "postgres://kiss:se%40cret@db.example:5433/bot?password=secret"
    assert shown(url_of(address)) == "postgresql://kiss@db.example:5433/bot"
    assert "cret" not in connect(url_of(address)).place


@pytest.mark.parametrize("name", ["ki ss#?%20.db", "ünï.db"])
async def test_a_path_may_have_any_characters(tmp_path: Path, name: str) -> None:
    await _write(tmp_path / name)
    await _open_and_close(tmp_path / name)
    assert set(_contents(tmp_path)) == {name, f"{name}.good"}
