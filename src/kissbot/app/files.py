"""Small files that nobody else may read, written so that they are whole or not there at all."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex

from kissbot.storage.files import sync


def create_file(path: Path, content: bytes) -> None:
    """Write a file that must not be there yet. Safe on disk on return; raises `FileExistsError`."""
    with _written_aside(path, content) as aside:
        os.link(aside, path)
        aside.unlink()


def replace_file(path: Path, content: bytes) -> None:
    """Write a file over the one that is there. Safe on disk on return."""
    with _written_aside(path, content) as aside:
        aside.replace(path)


@contextmanager
def _written_aside(path: Path, content: bytes) -> Iterator[Path]:
    aside = path.with_name(f"{path.name}.{token_hex(4)}.new")
    try:
        with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        yield aside
    except BaseException:
        aside.unlink(missing_ok=True)
        raise
    sync(path.parent)
