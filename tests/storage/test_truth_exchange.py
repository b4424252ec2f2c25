"""What was confirmed goes out as JSON, and into another database; a bad file changes nothing."""

from typing import Any

import msgspec
import pytest

from kissbot.chat.audit import Actor
from kissbot.knowledge.games.game import Game
from kissbot.storage.audit import SqlAudit
from kissbot.storage.engine import Database
from kissbot.storage.exchange import BadExport
from kissbot.storage.truth_exchange import export_truth, import_truth
from kissbot.storage.truths import SqlTruths
from kissbot.testing.clock import ManualClock
from kissbot.testing.contracts.truths import MIA, confirmation

KINDS: dict[str, type] = {"GAME": Game}


@pytest.fixture
def truths(database: Database, clock: ManualClock) -> SqlTruths:
    return SqlTruths(database, clock)


async def some(truths: SqlTruths) -> None:
    await truths.confirm(confirmation("Hades"))
    await truths.confirm(confirmation("Hadès “II”", key="hades2", query="hadès {2}", at=1_800_000_001.5))
    await truths.confirm(confirmation("Hades", key="hds", same_as="hades"))
    await truths.confirm(confirmation("Celeste", key="gone"))
    await truths.undo((await truths.since())[1][-1], MIA)


async def test_what_was_exported_and_imported_is_what_holds_and_whose_word_it_was(
    truths: SqlTruths, database: Database, clock: ManualClock, bare_address: str
) -> None:
    from kissbot.storage.open import open_database

    await some(truths)
    content = await export_truth(database)
    async with open_database(bare_address) as other:
        assert await import_truth(other, clock, content, KINDS, dry_run=True) == 3
        assert await export_truth(other) != content
        assert await import_truth(other, clock, content, KINDS) == 3
        assert await export_truth(other) == content
        assert await import_truth(other, clock, content, KINDS) == 0
        (note,) = await SqlAudit(other, clock).latest()
        assert (note.by.name, note.after) == ("operator", "3 imported")


async def test_what_was_undone_here_does_not_come_back(
    truths: SqlTruths, database: Database, clock: ManualClock
) -> None:
    await truths.confirm(confirmation())
    content = await export_truth(database)
    await truths.undo((await truths.since())[1][0], Actor("cli"))
    assert await import_truth(database, clock, content, KINDS) == 0


async def test_a_running_bot_learns_of_an_import(
    truths: SqlTruths, database: Database, clock: ManualClock
) -> None:
    await truths.confirm(confirmation())
    revision, _ = await truths.since()
    entry = one() | {"key": "hds", "at": 5.0}
    assert await import_truth(database, clock, exported(entry), KINDS) == 1
    assert [said.key for said in (await truths.since(revision))[1]] == ["hds"]


def one(**changes: Any) -> dict[str, Any]:
    entry = {
        "domain": "GAME",
        "query": "hades",
        "key": "hades",
        "title": "Hades",
        "channel": "ada",
        "channel_id": "1",
        "who": "mia",
        "who_id": "2",
        "at": 1.0,
        "identity": "hades",
        "confidence": 0.9,
        "told_at": 1.0,
        "item": {"name": "Hades"},
    }
    return {name: value for name, value in (entry | changes).items() if value is not None}


def exported(*entries: object, **more: object) -> bytes:
    return msgspec.json.encode({"format": 1, "confirmations": entries, **more})


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "this is no JSON as `kissbot truth export` writes it: Input data was truncated."),
        (b"\xff\xfe", "this is no JSON as `kissbot truth export` writes it: "),
        (b"[]", "the file: expected `object`, got `array`."),
        (b"{}", "the file: object missing required field `format`."),
        (exported(format=2), "format: 2 is unknown here. Import it with a newer KissBot."),
        (exported(one(), one(title=7)), "confirmations[1].title: expected `str`, got `int`."),
        (exported(one(key="")), "confirmations[0].key: expected `str` of length >= 1."),
        (exported(one(title="a\0b")), "confirmations[0].title: expected one line of text."),
        (exported(one(domain="games")), "confirmations[0].domain: expected a domain in capitals, like GAME."),
        (exported(one(confidence=2)), "confirmations[0].confidence: expected `float` <= 1.0."),
        (exported(one(who_id=None)), "confirmations[0]: object missing required field `who_id`."),
        (exported(one(more=1)), "confirmations[0]: object contains unknown field `more`."),
        (exported(one(item={"name": 5})), "confirmations[0].item.name: expected `str`, got `int`."),
        (exported(one(item=[])), "confirmations[0].item: expected `object`, got `array`."),
    ],
)
async def test_a_bad_file_is_told_in_one_sentence_and_changes_nothing(
    truths: SqlTruths, database: Database, clock: ManualClock, content: bytes, told: str
) -> None:
    await some(truths)
    before = await export_truth(database)
    with pytest.raises(BadExport) as refused:
        await import_truth(database, clock, content, KINDS)
    assert str(refused.value).startswith(told)
    assert "\n" not in str(refused.value)
    assert await export_truth(database) == before


async def test_what_a_file_repeats_or_a_later_version_adds_does_no_harm(
    database: Database, clock: ManualClock
) -> None:
    strange = one(domain="COOKING", item={"anything": [1, 2]})
    assert await import_truth(database, clock, exported(one(), one(), strange), KINDS) == 2
