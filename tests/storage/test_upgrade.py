"""Bringing a database forward: on a copy first, all or nothing, and to what tables.py says."""

import asyncio
import shutil
import sqlite3
from pathlib import Path
from textwrap import dedent, indent

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from kissbot.storage.engine import Database
from kissbot.storage.open import open_database
from kissbot.storage.tables import config, hub_state, metadata, oauth_tokens, users
from kissbot.storage.trouble import StorageTrouble
from kissbot.storage.upgrade import SCRIPTS, revision, revisions

GOOD = """
    op.add_column("users", sa.Column("colour", sa.Text, nullable=False, server_default="red"))
    with op.batch_alter_table("users") as users:
        users.alter_column("login", new_column_name="name")
    op.create_table("later", sa.Column("id", sa.Text, primary_key=True))
"""
LOSES_ROWS = 'op.execute("DELETE FROM oauth_tokens"); op.execute("DELETE FROM users WHERE id = \'2\'")'
LOSES_A_TABLE = 'op.drop_table("config")'
FAILS_HALF_WAY = 'op.execute("DELETE FROM hub_state"); op.drop_table("config"); raise ValueError("half way")'
FAILS_THE_SECOND_TIME = """
    from pathlib import Path
    op.execute("DELETE FROM hub_state")
    op.execute("INSERT INTO hub_state (key) VALUES ('new')")
    if Path(MARKER).exists():
        raise ValueError("the second time")
    Path(MARKER).touch()
"""
MAKES_ORPHANS = """
    op.execute("INSERT INTO users (id, login, seen_at) SELECT id || 'x', login, seen_at FROM users")
    op.execute("DELETE FROM users WHERE id = '1'")
"""


@pytest.fixture
def scripts(tmp_path: Path) -> Path:
    """A copy of the scripts, to which others can be added."""
    folder = tmp_path / "scripts"
    shutil.copytree(SCRIPTS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def _plant(scripts: Path, body: str) -> None:
    """Add a second script."""
    lines = (
        '"""Planted."""',
        "import sqlalchemy as sa",
        "from alembic import op",
        f'revision, down_revision = "9998", "{revisions()[-1]}"',
        "def upgrade():",
        indent(dedent(body).strip(), "    "),
    )
    (scripts / "versions" / "9998_planted.py").write_text("\n".join(lines))


async def _fill(address: str) -> dict[str, list[tuple[object, ...]]]:
    """A database as it was before, with something in it."""
    async with open_database(address) as database:
        async with database.writing() as connection:
            for user_id in ("1", "2"):
                await connection.execute(
                    sa.insert(users).values(id=user_id, login=f"user{user_id}", seen_at=1.5)
                )
            await connection.execute(
                sa.insert(oauth_tokens).values(
                    slot="bot", user_id="1", client_id="c", scopes="", token=b"x", generation=1, changed_at=0
                )
            )
            await connection.execute(
                sa.insert(config).values(channel="ada", choices="{}", revision=1, changed_at=0)
            )
            await connection.execute(sa.insert(hub_state).values(key="kept"))
        return await _everything(database)


async def _everything(database: Database) -> dict[str, list[tuple[object, ...]]]:
    async with database.reading() as connection:
        rows = {
            table.name: [tuple(row) for row in await connection.execute(sa.select(table))]
            for table in metadata.sorted_tables
        }
        return {**rows, "revision": [(await revision(connection),)]}


def _names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir() if path.is_file()}


async def test_the_scripts_make_the_tables_that_the_code_knows(database: Database) -> None:
    async with database.writing() as connection:
        # Of SQLite's defaults Alembic cannot tell that two empty texts are one.
        how = {"compare_type": True, "compare_server_default": not database.is_sqlite}
        different = await connection.run_sync(
            lambda sync: compare_metadata(MigrationContext.configure(sync, opts=how), metadata)
        )
    assert different == []


def test_every_script_follows_the_one_before() -> None:
    found = list(ScriptDirectory(str(SCRIPTS)).walk_revisions())
    assert [script.revision for script in reversed(found)] == revisions()
    for script in found:
        assert Path(script.path).name.startswith(f"{script.revision}_")


async def test_a_good_script_keeps_what_there_was(bare_address: str, scripts: Path, tmp_path: Path) -> None:
    await _fill(bare_address)
    _plant(scripts, GOOD)
    async with open_database(bare_address, scripts=scripts) as database, database.reading() as connection:
        assert await revision(connection) == "9998"
        rows = await connection.execute(sa.text("SELECT id, name, colour FROM users ORDER BY id"))
        assert rows.all() == [("1", "user1", "red"), ("2", "user2", "red")]
        assert await connection.scalar(sa.text("SELECT user_id FROM oauth_tokens")) == "1"
    if database.is_sqlite:
        assert _names(tmp_path) == {"bare.db", "bare.db.good", "bare.db.before-9998"}


async def test_of_a_file_a_copy_stays_as_it_was_before(tmp_path: Path, scripts: Path) -> None:
    path = tmp_path / "kissbot.db"
    before = await _fill(str(path))
    _plant(scripts, GOOD)
    async with open_database(str(path), scripts=scripts):
        pass
    async with open_database(f"{path}.before-9998") as database:
        assert await _everything(database) == before


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (LOSES_ROWS, "the table (oauth_tokens|users) would lose rows: [12] before, [01] after"),
        (LOSES_A_TABLE, "the table config would lose rows: 1 before, 0 after"),
        (FAILS_HALF_WAY, "half way"),
        ('op.execute("DELETE FROM nowhere")', "nowhere"),
    ],
)
async def test_a_bad_script_loses_nothing(
    bare_address: str, scripts: Path, tmp_path: Path, body: str, why: str
) -> None:
    before = await _fill(bare_address)
    _plant(scripts, body)
    with pytest.raises(StorageTrouble, match=rf"could not be brought forward \(.*{why}.*nothing was changed"):
        async with open_database(bare_address, scripts=scripts):
            pass
    async with open_database(bare_address) as database:
        assert await _everything(database) == before
    assert not {name for name in _names(tmp_path) if "trial" in name or "before" in name}


async def test_a_script_that_leaves_rows_without_what_they_refer_to_is_refused(
    tmp_path: Path, scripts: Path
) -> None:
    path = str(tmp_path / "kissbot.db")
    before = await _fill(path)
    _plant(scripts, MAKES_ORPHANS)
    with pytest.raises(StorageTrouble, match="a row of oauth_tokens would refer to a row of users"):
        async with open_database(path, scripts=scripts):
            pass
    async with open_database(path) as database:
        assert await _everything(database) == before


async def test_what_only_fails_for_real_is_rolled_back(tmp_path: Path, scripts: Path) -> None:
    path = tmp_path / "kissbot.db"
    before = await _fill(str(path))
    _plant(scripts, FAILS_THE_SECOND_TIME.replace("MARKER", repr(str(tmp_path / "tried"))))
    with pytest.raises(StorageTrouble, match=r"\(the second time\); nothing was changed"):
        async with open_database(str(path), scripts=scripts):
            pass
    async with open_database(str(path)) as database:
        assert await _everything(database) == before


async def test_a_bot_that_runs_meanwhile_waits_and_loses_nothing(bare_address: str, scripts: Path) -> None:
    await _fill(bare_address)
    _plant(scripts, 'op.create_table("later", sa.Column("id", sa.Text, primary_key=True))')
    async with open_database(bare_address) as running:

        async def write(number: int) -> None:
            async with running.writing() as connection:
                await connection.execute(sa.insert(hub_state).values(key=f"number {number}"))

        async def update() -> None:
            async with open_database(bare_address, scripts=scripts):
                pass

        await asyncio.gather(update(), *(write(number) for number in range(100)))
        async with running.reading() as connection:
            assert await connection.scalar(sa.select(sa.func.count(hub_state.c.key))) == 101
            assert await revision(connection) == "9998"


async def test_a_full_disk_is_told_as_such(tmp_path: Path, scripts: Path) -> None:
    path = str(tmp_path / "kissbot.db")
    before = await _fill(path)
    _plant(
        scripts,
        """
        op.execute("PRAGMA max_page_count = 1")
        op.execute("INSERT INTO hub_state (key, value) VALUES ('big', hex(zeroblob(1000000)))")
        """,
    )
    with pytest.raises(StorageTrouble, match="the disk is full"):
        async with open_database(path, scripts=scripts):
            pass
    async with open_database(path) as database:
        assert await _everything(database) == before
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()
