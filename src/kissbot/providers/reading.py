"""Files of lines that an operator names, gzip or not."""

import gzip
import io
import zlib
from pathlib import Path

from kissbot.chat.errors import Trouble


class BadFile(Trouble):
    """A file that cannot be used."""


def lines(path: Path) -> list[str]:
    """The lines of a text file, gzip or not. Raises `BadFile`."""
    try:
        content = path.read_bytes()
        text = (gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content).decode()
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else None
        raise BadFile(f"{path} cannot be read: {why or error}.") from None
    return io.StringIO(text).readlines()
