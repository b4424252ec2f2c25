"""What programs of other libraries need."""

import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from kissbot.sandbox.twitch import Sandbox

TWURPLE = Path(__file__).parent / "twurple"


@pytest.fixture(scope="session")
def twurple() -> Path:
    """The folder of packages that Twurple consists of: installed once, outside of the checkout."""
    for program in ("node", "npm"):
        if not shutil.which(program):
            pytest.skip(f"no {program} on this machine (Debian: apt install nodejs npm)")
    lock = (TWURPLE / "package-lock.json").read_bytes()
    caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "kissbot-tests"
    place = caches / f"twurple-{hashlib.sha256(lock).hexdigest()[:16]}"
    if not place.exists():
        caches.mkdir(parents=True, exist_ok=True)
        _install(caches, place)
    return place / "node_modules"


def _install(caches: Path, place: Path) -> None:
    """Install beside the place and move it there: two runs at once do not see each other's halves."""
    with tempfile.TemporaryDirectory(dir=caches) as folder:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(TWURPLE / name, folder)
        words = ("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
        done = subprocess.run(words, cwd=folder, capture_output=True, text=True, timeout=100, check=False)
        assert done.returncode == 0, done.stderr
        finished = Path(folder, "finished")
        finished.mkdir()
        Path(folder, "node_modules").rename(finished / "node_modules")
        try:
            finished.rename(place)
        except OSError:
            assert place.exists()  # the other run was faster


@pytest.fixture
async def twitch() -> AsyncIterator[Sandbox]:
    """A sandbox with one channel."""
    async with Sandbox(("ada",)) as sandbox:
        yield sandbox
