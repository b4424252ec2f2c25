"""The database: one engine for SQLite and PostgreSQL, with connections for reading and for writing."""

import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from kissbot.storage.reader import Reader
from kissbot.storage.trouble import StorageTrouble, reaching, telling
from kissbot.storage.writer import Writer

BUSY_SECONDS: Final = 10.0
"""How long a writer waits for one in another process."""

_CONNECT_SECONDS: Final = 10.0
_WRITING: Final = {"kissbot_writing": True}
_SNAPSHOT: Final = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}


class Database:
    """Connections to one database. `place` is its path or address, without a password."""

    def __init__(
        self, engine: AsyncEngine, place: str, writer: Writer | None = None, reader: Reader | None = None
    ) -> None:
        self.engine, self.place = engine, place
        self.writer = writer
        """For what is written often: `writing` costs ten times as much. Only a file has one."""
        self.reader = reader
        """For what is read all the time, and mostly to learn that nothing has changed; the same holds."""
        self._turn = writer.turn if writer else nullcontext()

    @property
    def is_sqlite(self) -> bool:
        """Whether it is a file of ours, not a server."""
        return self.engine.dialect.name == "sqlite"

    @property
    def path(self) -> Path | None:
        """The file of a SQLite database."""
        name = self.engine.url.database
        return Path(name) if self.is_sqlite and name else None

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """One consistent view of the database. Raises `StorageTrouble`."""
        async with self._connection({} if self.is_sqlite else _SNAPSHOT) as connection:
            yield connection

    @asynccontextmanager
    async def writing(self, *, durable: bool = False) -> AsyncIterator[AsyncConnection]:
        """One transaction, committed on leaving. `durable`: survives a power cut from then on.

        Raises `StorageTrouble`.
        """
        async with self._turn, self._connection({**_WRITING, "kissbot_durable": durable}) as connection:
            yield connection

    @asynccontextmanager
    async def _connection(self, options: dict[str, Any]) -> AsyncIterator[AsyncConnection]:
        with telling(self.place):
            async with AsyncExitStack() as stack:
                with reaching(self.place):
                    connection = await stack.enter_async_context(self.engine.connect())
                    if options:
                        await connection.execution_options(**options)
                    await stack.enter_async_context(connection.begin())
                yield connection

    def insert(self, table: sa.Table) -> Any:
        """An insert that knows `on_conflict_do_update` and `on_conflict_do_nothing`."""
        if self.is_sqlite:
            return sqlite.insert(table)
        from sqlalchemy.dialects import postgresql  # takes a while, and most bots do without

        return postgresql.insert(table)

    async def close(self) -> None:
        """Let go of every connection."""
        try:
            for quick in (self.writer, self.reader):
                if quick:
                    await quick.close()
        finally:
            await self.engine.dispose()


def connect(url: str | sa.URL, *, busy_seconds: float = BUSY_SECONDS, foreign_keys: bool = True) -> Database:
    """A database by its SQLAlchemy URL; nothing is opened yet. Raises `StorageTrouble`."""
    url = sa.make_url(url)
    if url.get_backend_name() != "sqlite":
        return Database(_to_server(url), shown(url))
    place, prepare = str(url.database), _preparation(busy_seconds, foreign_keys)
    engine = create_async_engine(url, hide_parameters=True)
    sa.event.listen(engine.sync_engine, "connect", prepare)
    sa.event.listen(engine.sync_engine, "begin", _begin)
    opening = partial(_open, place, prepare)
    return Database(engine, place, Writer(place, opening), Reader(place, opening))


def shown(url: sa.URL) -> str:
    """The address as it may be seen."""
    host = url.host or url.query.get("host") or "localhost"
    port = f":{url.port}" if url.port else ""
    return f"postgresql://{url.username or ''}@{host}{port}/{url.database or ''}"


def _to_server(url: sa.URL) -> AsyncEngine:
    try:
        return create_async_engine(
            url,
            hide_parameters=True,
            pool_pre_ping=True,  # a server that was restarted is not noticed otherwise
            connect_args={"timeout": _CONNECT_SECONDS},
        )
    except ModuleNotFoundError as error:
        raise StorageTrouble(
            f"{shown(url)}: PostgreSQL needs the package {error.name}. "
            "Install it with: pip install 'kissbot[postgresql]'."
        ) from error


def _preparation(busy_seconds: float, foreign_keys: bool) -> Any:
    pragmas = (
        f"busy_timeout = {int(busy_seconds * 1000)}",
        "journal_mode = WAL",
        "synchronous = NORMAL",
        f"foreign_keys = {'ON' if foreign_keys else 'OFF'}",
    )

    def prepare(connection: Any, _record: object) -> None:
        try:
            _set(connection, pragmas)
        except BaseException:
            connection.close()
            raise

    return prepare


def _open(place: str, prepare: Any) -> sqlite3.Connection:
    connection = sqlite3.connect(place)
    prepare(connection, None)
    return connection


def _set(connection: Any, pragmas: Sequence[str]) -> None:
    connection.isolation_level = None  # we begin transactions ourselves, see _begin
    cursor = connection.cursor()
    for pragma in pragmas:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: sa.Connection) -> None:
    """A writer locks at once: one that began as a reader could not wait for its turn."""
    options = connection.get_execution_options()
    if "kissbot_writing" not in options:
        connection.exec_driver_sql("BEGIN")
        return
    level = "FULL" if options.get("kissbot_durable") else "NORMAL"
    if connection.info.get("synchronous", "NORMAL") != level:
        connection.exec_driver_sql(f"PRAGMA synchronous = {level}")
        connection.info["synchronous"] = level
    connection.exec_driver_sql("BEGIN IMMEDIATE")
