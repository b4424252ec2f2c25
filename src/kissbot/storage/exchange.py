"""What channels chose, as JSON: out of one database, into another. Never a secret."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Final, Literal, TypeVar

import msgspec
import sqlalchemy as sa
import structlog
from msgspec import Meta, Struct, field
from sqlalchemy.ext.asyncio import AsyncConnection

import kissbot
from kissbot.chat.announcing import BLANKS, flaw
from kissbot.chat.channels import Choices
from kissbot.chat.errors import Trouble
from kissbot.chat.ports import Clock
from kissbot.storage.choices import next_revision
from kissbot.storage.engine import Database
from kissbot.storage.tables import audit_log, config

FORMAT: Final = 1
BATCH: Final = 500

T = TypeVar("T")

_PARTS: Final = ("cooldowns", "lines")
"""What is chosen piece by piece."""

_LINE: Final = r"^[^\x00]*$"  # PostgreSQL takes no NUL
_LOGIN: Final = r"^[a-z0-9_]{1,25}$"
_PREFIX: Final = r"^[^\s/.\x00][^\s\x00]{0,4}$"
_MEANT: Final = {
    _LINE: "text",
    _LOGIN: "a Twitch login (a-z, 0-9 and _, at most 25)",
    _PREFIX: "1 to 5 characters without blanks, the first neither a slash nor a full stop",
}

_Line = Annotated[str, Meta(pattern=_LINE)]
_Login = Annotated[str, Meta(pattern=_LOGIN)]
_Seconds = Annotated[float, Meta(ge=0, le=86_400)]

log = structlog.get_logger(__name__)


class BadExport(Trouble):
    """A file that cannot be imported; the text says where it is wrong."""


class Chosen(Choices, kw_only=True, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """`Choices`, with nothing in them that cannot work."""

    prefix: Annotated[str, Meta(pattern=_PREFIX)] | None = None
    off: frozenset[_Line] | None = None
    cooldowns: Mapping[_Line, _Seconds] = {}
    more_bots: frozenset[_Login] = frozenset()
    not_bots: frozenset[_Login] = frozenset()
    lines: Mapping[_Line, _Line] = {}
    streams: frozenset[_Login] | None = None
    translated: frozenset[_Login] | None = None


class ChannelEntry(Struct, kw_only=True, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """One channel."""

    channel: _Login
    present: bool | None = None
    """Joined or parted at run time; None: as the configuration says."""
    choices: Chosen = Chosen()


class Change(Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """Who changed what, once."""

    at: float
    origin: Literal["chat", "cli", "bot"]
    who_id: _Line
    who: _Line
    channel: _Line
    what: _Line
    before: _Line
    after: _Line


class _Version(Struct):
    """What every format has."""

    format: int
    version: str = ""


class Exported(Struct, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """The whole file."""

    format: int
    version: str = ""
    """The KissBot that wrote it."""
    channels: list[ChannelEntry] = []
    audit: list[Change] = []


class Imported(Struct, kw_only=True):
    """What an import did, or would do."""

    added: list[str] = field(default_factory=list)
    """Channels that nothing was known of."""
    changed: list[str] = field(default_factory=list)
    """Channels that got something that they had not chosen."""
    kept: list[str] = field(default_factory=list)
    """`channel.key` of each value that is here already, and another one in the file."""
    unreadable: list[str] = field(default_factory=list)
    """Channels whose choices here cannot be read."""
    audit: int = 0
    """Lines of the audit log."""


async def export_json(database: Database, *, audit: bool = False) -> bytes:
    """What every channel chose; with `audit`, who changed what, too. Raises `StorageTrouble`."""
    async with database.reading() as connection:
        stored = await _stored(connection)
        changes = await _changes(connection) if audit else []
    entries = [entry for entry in stored.values() if entry]
    for channel in stored.keys() - {entry.channel for entry in entries}:
        log.error("channel_not_exported", channel=channel, reason="its choices cannot be read")
    exported: dict[str, object] = {"format": FORMAT, "version": kissbot.__version__}
    exported["channels"] = [_shown(entry) for entry in entries]
    if audit:
        exported["audit"] = changes
    return msgspec.json.format(msgspec.json.encode(exported)) + b"\n"


async def import_json(
    database: Database, clock: Clock, content: bytes, *, dry_run: bool = True, force: bool = False
) -> Imported:
    """Add what the file has and the database has not; with `force`, the file wins where they differ.

    Raises `BadExport` and `StorageTrouble`; then nothing has changed.
    """
    exported = read_export(content)
    if dry_run:
        async with database.reading() as connection:
            return (await _compare(connection, exported, force)).report
    async with database.writing(durable=True) as connection:
        revision = await next_revision(database, connection)
        merged = await _compare(connection, exported, force)
        await _write(database, connection, merged.entries, revision, clock.time())
        notes = [*merged.changes, *_noted(merged, clock.time())]
        for batch in _batches(notes):
            await connection.execute(audit_log.insert(), [msgspec.structs.asdict(note) for note in batch])
    return merged.report


def read_export(content: bytes) -> Exported:
    """The file, checked. Raises `BadExport`."""
    try:
        version = msgspec.json.decode(content, type=_Version)
        if version.format == FORMAT:
            return _sensible(msgspec.json.decode(content, type=Exported))
    except msgspec.ValidationError as error:
        raise BadExport(_in_words(str(error))) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadExport(f"this is no JSON as `kissbot export` writes it: {error}.") from None
    raise BadExport(
        f"format: is {version.format}, and this KissBot reads {FORMAT}. The file was written by "
        f"KissBot {version.version or '(unknown)'}: use that one, or a newer one."
    )


def _in_words(message: str) -> str:
    what, _, path = message.partition(" - at `$")
    for pattern, meant in _MEANT.items():
        what = what.replace(f"`str` matching regex {pattern!r}", meant)
    return f"{path.strip('.`') or 'the file'}: {what[0].lower()}{what[1:]}."


def _sensible(exported: Exported) -> Exported:
    for index, entry in enumerate(exported.channels):
        for kind, line in entry.choices.lines.items():
            if kind not in BLANKS or flaw(kind, line):
                raise BadExport(f"channels[{index}].choices.lines.{kind}: is no line that can be said.")
    return _once(exported)


def _once(exported: Exported) -> Exported:
    count = Counter(entry.channel for entry in exported.channels)
    if twice := sorted(name for name, times in count.items() if times > 1):
        raise BadExport(f"channels: there more than once: {', '.join(twice)}.")
    return exported


class _Merged(Struct):
    """The file laid over the database."""

    report: Imported
    entries: list[ChannelEntry]
    """What is to be written."""
    stored: dict[str, ChannelEntry | None]
    changes: list[Change]
    """Lines of the audit log that are not there yet."""


async def _compare(connection: AsyncConnection, exported: Exported, force: bool) -> _Merged:
    stored = await _stored(connection)
    merged = _Merged(Imported(), [], stored, [])
    for theirs in exported.channels:
        mine = stored.get(theirs.channel, ChannelEntry(channel=theirs.channel))
        if mine is None and not force:
            merged.report.unreadable.append(theirs.channel)
        else:
            _lay(merged, mine, theirs, force)
    if exported.audit:
        known = set(await _changes(connection))
        merged.changes = [change for change in exported.audit if change not in known]
    merged.report.audit = len(merged.changes)
    return merged


def _lay(merged: _Merged, mine: ChannelEntry | None, theirs: ChannelEntry, force: bool) -> None:
    """Lay the file's entry of one channel over the one that is here, or below it."""
    ours, new, report = _flat(mine), _flat(theirs), merged.report
    if not force:
        report.kept += [f"{theirs.channel}.{key}" for key in new if ours.get(key, new[key]) != new[key]]
    both = ours | new if force else new | ours
    if both != ours or (mine is None and force):
        merged.entries.append(_entry(theirs.channel, both))
    if theirs.channel not in merged.stored:
        report.added.append(theirs.channel)
    elif both != ours:
        report.changed.append(theirs.channel)


def _flat(entry: ChannelEntry | None) -> dict[str, Any]:
    """What was chosen, by `key`, `cooldowns.command` or `lines.kind`."""
    if entry is None:
        return {}
    chosen: dict[str, Any] = _shown(entry)["choices"]
    pieces = {f"{part}.{name}": one for part in _PARTS for name, one in chosen.pop(part, {}).items()}
    return chosen | pieces | ({} if entry.present is None else {"present": entry.present})


def _shown(entry: ChannelEntry) -> dict[str, Any]:
    """The entry as JSON has it, without what says nothing."""
    shown: dict[str, Any] = msgspec.to_builtins(entry, order="deterministic")
    chosen = shown.setdefault("choices", {})
    for key in ("more_bots", "not_bots"):
        if not chosen.get(key):
            chosen.pop(key, None)
    return shown


def _entry(channel: str, flat: dict[str, Any]) -> ChannelEntry:
    chosen: dict[str, Any] = {part: {} for part in _PARTS}
    for key, value in flat.items():
        part, _, name = key.partition(".")
        if name:
            chosen[part][name] = value
        elif key != "present":
            chosen[key] = value
    choices = msgspec.convert(chosen, Choices)
    return ChannelEntry(channel=channel, present=flat.get("present"), choices=_chosen(choices))


def _chosen(choices: Choices) -> Chosen:
    return Chosen(**msgspec.structs.asdict(choices))


async def _stored(connection: AsyncConnection) -> dict[str, ChannelEntry | None]:
    """Every channel of the database; None for one that cannot be read."""
    rows = await connection.execute(sa.select(config).order_by(config.c.channel))
    return {row.channel: _read(row) for row in rows}


def _read(row: sa.Row[Any]) -> ChannelEntry | None:
    try:
        choices = msgspec.json.decode(row.choices, type=Choices)
    except msgspec.DecodeError:
        return None
    return ChannelEntry(channel=row.channel, present=row.present, choices=_chosen(choices))


async def _changes(connection: AsyncConnection) -> list[Change]:
    columns = [audit_log.c[name] for name in Change.__struct_fields__]
    rows = await connection.execute(sa.select(*columns).order_by(audit_log.c.id))
    return [Change(**row._mapping) for row in rows]


async def _write(
    database: Database, connection: AsyncConnection, entries: list[ChannelEntry], revision: int, now: float
) -> None:
    put = database.insert(config)
    names = ("present", "choices", "revision", "changed_at")
    put = put.on_conflict_do_update(
        index_elements=["channel"], set_={name: put.excluded[name] for name in names}
    )
    for batch in _batches(entries):
        rows = [
            {
                "channel": entry.channel,
                "present": entry.present,
                "choices": msgspec.json.encode(entry.choices, order="deterministic").decode(),
                "revision": revision,
                "changed_at": now,
            }
            for entry in batch
        ]
        await connection.execute(put, rows)


def _noted(merged: _Merged, now: float) -> Iterator[Change]:
    """A line of the audit log for each channel."""
    for entry in merged.entries:
        before, after = (
            msgspec.json.encode(_flat(each), order="deterministic").decode()
            for each in (merged.stored.get(entry.channel), entry)
        )
        yield Change(
            at=now,
            origin="cli",
            who_id="",
            who="operator",
            channel=entry.channel,
            what="import",
            before=before,
            after=after,
        )


def _batches(values: list[T]) -> Iterator[list[T]]:
    return (values[start : start + BATCH] for start in range(0, len(values), BATCH))
