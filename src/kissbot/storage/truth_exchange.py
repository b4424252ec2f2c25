"""What the crowd settled, as JSON: out of one database, into another. What is there already stays."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Final

import msgspec
import sqlalchemy as sa
from msgspec import Meta, Struct

import kissbot
from kissbot.chat.audit import OPERATOR, Record
from kissbot.chat.lines import visible
from kissbot.chat.ports import Clock
from kissbot.knowledge.truth.records import Confirmation
from kissbot.storage import audit
from kissbot.storage.engine import Database
from kissbot.storage.exchange import BadExport
from kissbot.storage.tables import truths
from kissbot.storage.truths import add, next_revision

FORMAT: Final = 1
BATCH: Final = 250

_WORDS: Final = r"^[^\x00-\x1f\x7f]*$"
_DOMAIN: Final = r"^[A-Z][A-Z0-9_]*$"
_MEANT: Final = {_WORDS: "one line of text", _DOMAIN: "a domain in capitals, like GAME"}

_Words = Annotated[str, Meta(pattern=_WORDS, max_length=1000)]
_Some = Annotated[str, Meta(pattern=_WORDS, min_length=1, max_length=1000)]
_Time = Annotated[float, Meta(ge=0, le=1e11)]


class Settled(Struct, kw_only=True, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """One confirmation, and whose it was."""

    domain: Annotated[str, Meta(pattern=_DOMAIN, max_length=40)]
    query: _Words
    key: _Some
    title: _Some
    channel: _Words
    channel_id: _Some
    who: _Words
    who_id: _Words
    at: _Time
    identity: _Some
    confidence: Annotated[float, Meta(ge=0, le=1)]
    told_at: _Time
    same_as: _Words = ""
    item: dict[str, Any]

    @property
    def mark(self) -> tuple[object, ...]:
        """Equal when it is the same word of the same person."""
        return self.domain, self.channel_id, self.key, self.who_id, self.at, self.same_as or self.identity


class Exported(Struct, kw_only=True, forbid_unknown_fields=True):
    """The whole file."""

    format: int
    version: str = ""
    """The KissBot that wrote it."""
    confirmations: list[Settled]


async def export_truth(database: Database) -> bytes:
    """Everything that is confirmed and was not undone. Raises `StorageTrouble`."""
    exported = {
        "format": FORMAT,
        "version": kissbot.__version__,
        "confirmations": [settled for settled, undone in await _stored(database) if not undone],
    }
    return msgspec.json.format(msgspec.json.encode(exported)) + b"\n"


async def import_truth(
    database: Database, clock: Clock, content: bytes, kinds: Mapping[str, type], *, dry_run: bool = False
) -> int:
    """Add what is not here yet, nor was ever undone here; how many confirmations that were.

    `kinds`: the types of items by domain, where they are known. Raises `BadExport` and `StorageTrouble`; then
    nothing has changed.
    """
    exported = read_truth(content, kinds)
    known = {settled.mark for settled, _ in await _stored(database)}
    new = list({each.mark: each for each in exported.confirmations if each.mark not in known}.values())
    if not new or dry_run:
        return len(new)
    async with database.writing(durable=True) as connection:
        revision = await next_revision(database, connection)
        for start in range(0, len(new), BATCH):
            await add(connection, [_confirmation(each) for each in new[start : start + BATCH]], revision)
        note = Record(clock.time(), OPERATOR, "", "truth", "", f"{len(new)} imported")
        await audit.write(connection, note)
    return len(new)


def read_truth(content: bytes, kinds: Mapping[str, type]) -> Exported:
    """The file, checked. Raises `BadExport`."""
    try:
        exported = msgspec.json.decode(content, type=Exported)
    except msgspec.ValidationError as error:
        raise BadExport(_in_words(str(error))) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadExport(f"this is no JSON as `kissbot truth export` writes it: {error}.") from None
    if exported.format != FORMAT:
        raise BadExport(f"format: {exported.format} is unknown here. Import it with a newer KissBot.")
    if wrong := next(_wrong_items(exported, kinds), ""):
        raise BadExport(wrong)
    return exported


def _wrong_items(exported: Exported, kinds: Mapping[str, type]) -> Iterator[str]:
    for index, settled in enumerate(exported.confirmations):
        if kind := kinds.get(settled.domain):
            try:
                msgspec.convert(settled.item, kind)
            except msgspec.ValidationError as error:
                yield _in_words(str(error), f"confirmations[{index}].item")


def _in_words(message: str, place: str = "") -> str:
    what, _, path = message.partition(" - at `$")
    for pattern, meant in _MEANT.items():
        what = what.replace(f"`str` matching regex {pattern!r}", meant)
    where = f"{place}{path.rstrip('`')}".strip(".")
    return f"{where or 'the file'}: {what[0].lower()}{what[1:]}."


async def _stored(database: Database) -> list[tuple[Settled, bool]]:
    """Every confirmation, and whether it was undone."""
    names = [name for name in Settled.__struct_fields__ if name != "item"]
    columns = [truths.c[name] for name in (*names, "item", "undone")]
    query = sa.select(*columns).order_by(truths.c.at, truths.c.id)
    async with database.reading() as connection:
        rows = (await connection.execute(query)).all()
    return [(_settled(row, names), row.undone) for row in rows]


def _settled(row: sa.Row[Any], names: list[str]) -> Settled:
    try:
        item = msgspec.json.decode(row.item, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeError):
        item = {}  # then it is of no use here either
    return Settled(**{name: row._mapping[name] for name in names}, item=item)


def _confirmation(settled: Settled) -> Confirmation:
    values = {name: getattr(settled, name) for name in Settled.__struct_fields__}
    return Confirmation(**values | {"item": visible(msgspec.json.encode(settled.item).decode())})
