"""Logs as JSON lines in files: all of them in one, those of a channel in its own, too."""

import json
import logging
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import structlog
from structlog.typing import EventDict, WrappedLogger

from kissbot.app.logs import LEVELS
from kissbot.app.settings import Settings
from kissbot.app.written import Writer
from kissbot.chat.changes import LOGIN
from kissbot.chat.messages import ChatMessage, Outgoing
from kissbot.chat.ports import Bus

ALL: Final = "kissbot.log"
"""The file that has what is logged of every channel, and of none."""


class Files:
    """Where lines go: all of them into one file, those of a channel into its own, too."""

    def __init__(self, writer: Writer, folder: Path) -> None:
        self._writer, self._folder = writer, folder

    def __call__(self, logger: WrappedLogger, name: str, event: EventDict) -> EventDict:
        """Write down what is logged, and hand it on."""
        entry = structlog.processors.format_exc_info(logger, name, dict(event))
        line = _line(LEVELS.get(name, name), entry)
        self._writer.put(self._folder / ALL, line)
        if (file := self._of(event.get("channel"))) and file.name != ALL:
            self._writer.put(file, line)
        return event

    def write(self, channel: str, event: Mapping[str, Any]) -> None:
        """Write into the file of a channel only."""
        if file := self._of(channel):
            self._writer.put(file, _line("info", {**event, "channel": channel}))

    def _of(self, channel: object) -> Path | None:
        """A channel's file; a name is no path before it has been looked at."""
        name = channel.lower() if isinstance(channel, str) else ""
        return self._folder / f"{name}.log" if LOGIN.fullmatch(name) else None


@contextmanager
def writing(settings: Settings) -> Iterator[Writer]:
    """What writes files, and what is logged into them, if the settings want that; on leaving, as before."""
    logs = settings.logs
    writer = Writer(round(logs.megabytes * 1e6), logs.keep, _tell)
    with writer, _logged(Files(writer, Path(logs.folder))) if logs.folder else nullcontext():
        yield writer


@contextmanager
def _logged(files: Files) -> Iterator[None]:
    before = structlog.get_config()
    merged, *others = before["processors"]
    structlog.configure(
        processors=[merged, files, *others],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
    )
    try:
        yield
    finally:
        structlog.configure(**before)


def write_chat(settings: Settings, writer: Writer, bus: Bus) -> None:
    """Write down what is said, by viewers and by the bot, if the settings want that."""
    logs = settings.logs
    if not (logs.folder and logs.chat):
        return
    files = Files(writer, Path(logs.folder))

    def heard(message: ChatMessage) -> None:
        line = {"event": "heard", "message": message.id, "viewer": message.viewer.login, "text": message.text}
        files.write(message.channel.login, line)

    def said(outgoing: Outgoing) -> None:
        files.write(outgoing.channel.login, {"event": "said", "line": outgoing.id, "text": outgoing.text})

    bus.subscribe(ChatMessage, heard)
    bus.subscribe(Outgoing, said)


def _line(level: str, entry: Mapping[str, Any]) -> bytes:
    at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    whole = {"at": at, "level": level, **entry}
    try:
        text = json.dumps(whole, default=str, ensure_ascii=False, skipkeys=True)
    except (TypeError, ValueError, RecursionError):  # what is logged is at fault, and still no reason to fail
        text = json.dumps({"at": at, "level": level, "event": str(entry.get("event")), "unreadable": True})
    return text.encode("utf-8", "backslashreplace") + b"\n"


def _tell(sentence: str) -> None:
    sys.stderr.write(f"kissbot: {sentence}\n")
    sys.stderr.flush()
