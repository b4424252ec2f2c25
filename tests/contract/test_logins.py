"""Every kind of logins keeps the contract of logins, and no database shows a token."""

import asyncio
from pathlib import Path

import pytest
import sqlalchemy as sa
from msgspec.structs import replace
from structlog.testing import capture_logs

from kissbot.app.logins.keys import key_place, open_vault, rotate
from kissbot.app.settings import Storage
from kissbot.chat.logins import APP, BOT, Login
from kissbot.storage.engine import Database
from kissbot.storage.logins import SqlLogins, held, lock_key, reseal
from kissbot.storage.memory import MemoryLogins
from kissbot.storage.tables import metadata, oauth_tokens, users
from kissbot.storage.vault import BadKey, Vault, fingerprint, new_key
from kissbot.testing.clock import ManualClock
from kissbot.testing.contracts.logins import ADAS, MINE, LoginsContract


@pytest.fixture
def keys() -> list[bytes]:
    """The keys as they are now, wherever they are kept."""
    return [new_key()]


@pytest.fixture
def logins(database: Database, keys: list[bytes], clock: ManualClock) -> SqlLogins:
    return keeping(database, keys, clock)


def keeping(database: Database, keys: list[bytes], clock: ManualClock) -> SqlLogins:
    """What one process of the bot keeps its logins with."""
    return SqlLogins(database, Vault(keys, latest=lambda: keys), clock)


class TestMemoryLogins(LoginsContract):
    @pytest.fixture
    def logins(self) -> MemoryLogins:
        return MemoryLogins()


class TestSqlLogins(LoginsContract):
    pass


# What the database shows


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_the_files_of_a_database_show_no_token(database: Database, logins: SqlLogins) -> None:
    assert database.path
    secret = Login(slot=BOT, client_id="client", token="s3cr3t-access", refresh_token="s3cr3t-refresh")
    kept = await logins.put(secret)
    renewed = await logins.renew(kept)
    assert renewed
    files = list(database.path.parent.glob(f"{database.path.name}*"))
    assert {file.suffix for file in files} >= {".db", ".db-wal"}
    content = b"".join(file.read_bytes() for file in files)
    assert b"client" in content
    assert b"s3cr3t" not in content


async def test_no_row_of_a_database_shows_a_token(database: Database, logins: SqlLogins) -> None:
    await logins.put(
        Login(slot=APP, client_id="client", token="s3cr3t-access", refresh_token="s3cr3t-refresh")
    )
    async with database.reading() as connection:
        rows = [row for table in metadata.sorted_tables for row in await connection.execute(sa.select(table))]
    assert "client" in str(rows)
    assert "s3cr3t" not in str(rows)


async def test_an_account_that_changes_its_name_is_still_the_same(
    database: Database, logins: SqlLogins
) -> None:
    await logins.put(ADAS)
    await logins.put(Login(slot=BOT, client_id="client", user_id="2", login="lovelace", token="token"))
    await logins.put(Login(slot=BOT, client_id="client", user_id="2", token="taken over, the name not known"))
    assert [login.login for login in await logins.all()] == ["lovelace", "lovelace"]
    async with database.reading() as connection:
        assert (await connection.execute(sa.select(users.c.id))).all() == [("2",)]


# One that cannot be read


async def test_one_unreadable_login_does_not_spoil_the_others(database: Database, logins: SqlLogins) -> None:
    await logins.put(MINE)
    good = await logins.put(ADAS)
    await set_token(database, BOT, b"damaged")
    with capture_logs() as logged:
        bad, other = await logins.all()
        await logins.all()
    assert other == good
    assert (bad.slot, bad.login, bad.token, bad.refresh_token) == (BOT, "kissbot", "", "")
    assert "log in again" in bad.retired
    assert [(line["event"], line["slot"]) for line in logged] == [("login_unreadable", BOT)]
    assert (await logins.put(MINE)).retired == ""
    assert [login.token for login in await logins.all()] == [MINE.token, ADAS.token]


async def test_a_token_that_was_moved_to_another_slot_is_worth_nothing_there(
    database: Database, logins: SqlLogins
) -> None:
    await logins.put(MINE)
    await logins.put(ADAS)
    async with database.reading() as connection:
        adas = await connection.scalar(
            sa.select(oauth_tokens.c.token).where(oauth_tokens.c.slot == ADAS.slot)
        )
    assert adas
    await set_token(database, BOT, adas)
    found = await logins.get(BOT)
    assert found
    assert found.token == ""
    assert f"moved here from '{ADAS.slot} token'" in found.retired


async def set_token(database: Database, slot: str, token: bytes) -> None:
    """Write a token as somebody might who has the database, and no key."""
    async with database.writing() as connection:
        await connection.execute(
            sa.update(oauth_tokens).where(oauth_tokens.c.slot == slot).values(token=token)
        )


# The key


async def test_the_database_knows_which_key_its_logins_want(
    database: Database, logins: SqlLogins, keys: list[bytes]
) -> None:
    assert (await held(database)).logins == 0
    await logins.put(MINE)
    now = await held(database)
    assert (now.logins, now.fingerprint) == (1, fingerprint(keys[0]))


async def test_another_key_adds_nothing_that_the_first_cannot_open(
    database: Database, logins: SqlLogins, clock: ManualClock
) -> None:
    kept = await logins.put(MINE)
    stranger = keeping(database, [new_key()], clock)
    for attempt in (stranger.put(ADAS), stranger.renew(kept)):
        with pytest.raises(BadKey, match="The logins want the key"):
            await attempt
    assert await logins.all() == (kept,)


async def test_an_empty_database_takes_any_key(
    database: Database, logins: SqlLogins, clock: ManualClock
) -> None:
    await logins.put(MINE)
    await logins.remove(BOT)
    other = keeping(database, [new_key()], clock)
    await other.put(MINE)
    assert (await other.get(BOT)) is not None


async def test_a_running_bot_survives_a_change_of_keys(
    database: Database, logins: SqlLogins, keys: list[bytes], clock: ManualClock
) -> None:
    kept = await logins.put(MINE)
    idle = keeping(database, keys, clock)
    keys.insert(0, new_key())
    async with database.writing(durable=True) as connection:
        await lock_key(database, connection)
        assert await reseal(connection, Vault(keys)) == []
    del keys[1:]
    assert await logins.get(BOT) == kept
    assert await idle.renew(kept), "one that had only the old key must not write with it"
    found = await keeping(database, keys, clock).get(BOT)
    assert found
    assert found.token == MINE.token


async def test_before_the_change_is_through_the_old_key_is_written_with(
    database: Database, logins: SqlLogins, keys: list[bytes], clock: ManualClock
) -> None:
    await logins.put(MINE)
    early = keeping(database, [new_key(), *keys], clock)
    await early.put(ADAS)
    assert [login.token for login in await logins.all()] == [MINE.token, ADAS.token]


async def test_keys_changed_and_logins_written_at_once_lose_nothing(
    database: Database, tmp_path: Path, clock: ManualClock
) -> None:
    storage = Storage(key_file=str(tmp_path / "key"))
    place = key_place(storage)
    processes = [SqlLogins(database, await open_vault(storage, database), clock) for _ in range(5)]
    await processes[0].put(MINE)
    await asyncio.gather(
        *(rotate(place, database) for _ in range(5)),
        *(process.put(replace(ADAS, slot=f"channel:{n}")) for n, process in enumerate(processes)),
    )
    (key,) = place.read()
    assert fingerprint(key) == (await held(database)).fingerprint
    found = await SqlLogins(database, Vault([key]), clock).all()
    assert [login.token for login in found] == [MINE.token] * 6
