"""What channels chose goes out as JSON, and into another database; what is there already wins."""

from typing import Any

import msgspec
import pytest
import sqlalchemy as sa

from kissbot.chat.audit import OPERATOR
from kissbot.chat.channels import Choices
from kissbot.storage.audit import SqlAudit
from kissbot.storage.choices import SqlBook
from kissbot.storage.copying import digests
from kissbot.storage.engine import Database
from kissbot.storage.exchange import BadExport, Imported, export_json, import_json
from kissbot.storage.tables import config
from kissbot.testing.clock import ManualClock

ADA = {
    "channel": "ada",
    "present": True,
    "choices": {"language": "fr", "off": [], "cooldowns": {"gi": 5.0}, "more_bots": ["a_bot"]},
}
CHANGE = {
    "at": 1.5,
    "origin": "chat",
    "who_id": "7",
    "who": "vera",
    "channel": "ada",
    "what": "language",
    "before": "en",
    "after": "fr",
}


@pytest.fixture
def book(database: Database, clock: ManualClock) -> SqlBook:
    return SqlBook(database, clock)


def exported(*channels: object, **more: object) -> bytes:
    return msgspec.json.encode({"format": 1, "channels": channels, **more})


async def imported(database: Database, content: bytes, *, force: bool = False) -> Imported:
    return await import_json(database, ManualClock(), content, dry_run=False, force=force)


async def test_what_is_imported_is_what_holds(database: Database, book: SqlBook) -> None:
    assert (await imported(database, exported(ADA))).added == ["ada"]
    _, entries = await book.since()
    assert entries["ada"].present is True
    assert entries["ada"].choices == Choices(
        language="fr", off=frozenset(), cooldowns={"gi": 5.0}, more_bots=frozenset({"a_bot"})
    )


async def test_an_export_imported_and_exported_is_the_same(database: Database) -> None:
    await imported(database, exported(ADA, {"channel": "bob", "present": False}))
    content = await export_json(database)
    decoded: dict[str, Any] = msgspec.json.decode(content)
    assert decoded["channels"] == [ADA, {"channel": "bob", "present": False, "choices": {}}]
    async with database.writing() as connection:
        await connection.execute(config.delete())
    await imported(database, content)
    assert await export_json(database) == content


async def test_lines_and_what_else_is_announced_go_along_line_by_line(
    database: Database, book: SqlBook
) -> None:
    lines = {"online": "{channel} is on: {title}", "raid": "on"}
    theirs = {"lines": lines, "streams": ["bob"], "shoutout": True, "broadcast": True, "translated": ["vera"]}
    await imported(database, exported({"channel": "ada", "choices": {"lines": {"online": "off"}}}))
    report = await imported(database, exported({"channel": "ada", "choices": theirs}))
    assert report.kept == ["ada.lines.online"]
    _, entries = await book.since()
    assert entries["ada"].choices == Choices(
        lines={"online": "off", "raid": "on"},
        streams=frozenset({"bob"}),
        shoutout=True,
        broadcast=True,
        translated=frozenset({"vera"}),
    )
    await imported(database, exported({"channel": "ada", "choices": theirs}), force=True)
    _, entries = await book.since()
    assert entries["ada"].choices.lines == lines


async def test_what_is_here_already_wins_value_by_value(database: Database) -> None:
    await imported(database, exported(ADA))
    other = {
        "channel": "ada",
        "present": False,
        "choices": {"language": "es", "prefix": "?", "cooldowns": {"gi": 9, "gc": 1}},
    }
    report = await imported(database, exported(other))
    assert (report.added, report.changed) == ([], ["ada"])
    assert sorted(report.kept) == ["ada.cooldowns.gi", "ada.language", "ada.present"]
    (ada,) = msgspec.json.decode(await export_json(database))["channels"]
    mine = ADA["choices"] | {"prefix": "?", "cooldowns": {"gi": 5.0, "gc": 1.0}}  # type: ignore[operator]
    assert ada == ADA | {"choices": mine}
    report = await imported(database, exported(other), force=True)
    assert (report.changed, report.kept) == (["ada"], [])
    (ada,) = msgspec.json.decode(await export_json(database))["channels"]
    assert (ada["present"], ada["choices"]["language"], ada["choices"]["off"]) == (False, "es", [])


async def test_a_dry_run_says_the_same_and_changes_nothing(database: Database, clock: ManualClock) -> None:
    before = await digests(database)
    content = exported(ADA, audit=[CHANGE])
    dry = await import_json(database, clock, content)
    assert await digests(database) == before
    assert dry == await imported(database, content)
    assert (dry.added, dry.audit) == (["ada"], 1)


async def test_an_import_twice_is_an_import_once(database: Database, book: SqlBook) -> None:
    content = exported(ADA, audit=[CHANGE])
    await imported(database, content)
    first = (await book.since())[1]
    again = await imported(database, content)
    assert again == Imported()
    assert (await book.since())[1] == first


async def test_a_running_bot_notices_an_import(database: Database, book: SqlBook) -> None:
    await book.join("zoe", OPERATOR)
    revision, _ = await book.since()
    await imported(database, exported(ADA))
    newer, entries = await book.since(revision)
    assert newer > revision
    assert set(entries) == {"ada"}


async def test_an_import_is_noted(database: Database, clock: ManualClock) -> None:
    await imported(database, exported(ADA))
    (record,) = await SqlAudit(database, clock).latest("ada")
    assert (record.by, record.what, record.before) == (OPERATOR, "import", "{}")
    assert '"language":"fr"' in record.after


async def test_choices_that_cannot_be_read_stay_unless_forced(database: Database) -> None:
    async with database.writing() as connection:
        row = {"channel": "ada", "choices": "{broken", "revision": 1, "changed_at": 1}
        await connection.execute(config.insert(), row)
    assert msgspec.json.decode(await export_json(database))["channels"] == []
    assert (await imported(database, exported(ADA))).unreadable == ["ada"]
    async with database.reading() as reading:
        assert await reading.scalar(sa.select(config.c.choices)) == "{broken"
    assert (await imported(database, exported(ADA), force=True)).changed == ["ada"]
    assert msgspec.json.decode(await export_json(database))["channels"] == [ADA]


async def test_many_channels_at_once(database: Database) -> None:
    channels = [{"channel": f"ch_{number}", "choices": {"prefix": "?"}} for number in range(1300)]
    report = await imported(database, exported(*channels))
    assert len(report.added) == 1300
    assert len(msgspec.json.decode(await export_json(database))["channels"]) == 1300


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "this is no JSON as `kissbot export` writes it"),
        (b"\xff\xfe", "this is no JSON"),
        (b"[]", "the file: expected `object`, got `array`."),
        (b"{}", "the file: object missing required field `format`."),
        (
            b'{"format":2,"version":"9.9"}',
            "format: is 2, and this KissBot reads 1. The file was written by KissBot 9.9",
        ),
        (exported(chanels=[]), "the file: object contains unknown field `chanels`."),
        (exported({"channel": "#Ada"}), "channels[0].channel: expected a Twitch login"),
        (exported({"channel": "ada"}, {"channel": "ada"}), "channels: there more than once: ada."),
        (exported({"channel": "ada", "token": "x"}), "channels[0]: object contains unknown field `token`."),
        (
            exported({"channel": "a", "choices": {"prefix": "/x"}}),
            "channels[0].choices.prefix: expected 1 to 5",
        ),
        (
            exported({"channel": "a", "choices": {"langage": "fr"}}),
            "channels[0].choices: object contains unknown",
        ),
        (exported({"channel": "a", "choices": {"cooldowns": {"gi": -1}}}), "channels[0].choices.cooldowns"),
        (
            exported({"channel": "a", "choices": {"lines": {"online": "{title.__class__}"}}}),
            "channels[0].choices.lines.online: is no line that can be said",
        ),
        (
            exported({"channel": "a", "choices": {"lines": {"onlin": "on"}}}),
            "channels[0].choices.lines.onlin: is no line that can be said",
        ),
        (
            exported({"channel": "a", "choices": {"greeting": "yes"}}),
            "channels[0].choices.greeting: expected `bool",
        ),
        (exported(audit=[CHANGE | {"who": "a\0b"}]), "audit[0].who: expected text"),
    ],
)
async def test_what_is_wrong_is_told_with_its_place_and_nothing_is_imported(
    database: Database, content: bytes, why: str
) -> None:
    before = await digests(database)
    with pytest.raises(BadExport) as told:
        await imported(database, content)
    assert why in str(told.value)
    assert await digests(database) == before
