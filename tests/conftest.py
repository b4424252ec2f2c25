"""What many tests share."""

import shutil
import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import structlog
from hypothesis import settings
from playwright.async_api import Page, async_playwright

pytest.register_assert_rewrite("kissbot.testing.contracts")
settings.register_profile("kissbot", deadline=None)  # a busy machine is no bug
settings.load_profile("kissbot")

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell's background job does not hear Ctrl-C, nor would what it starts; tests press it.
    signal.signal(signal.SIGINT, signal.default_int_handler)

SHARED = Path(__file__).parents[2] / "shared"


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """A command that a test runs in this process sets up logs as people see them; the next test has none."""
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of test data that lies beside the project, and is not part of it."""
    if not (SHARED / "data").is_dir():
        pytest.skip(f"the test data is not here: {SHARED}/data")
    return SHARED


@pytest.fixture
async def browser_page() -> AsyncIterator[Page]:
    """A page in a real browser; a script that fails on it fails the test."""
    if not CHROMIUM:
        pytest.skip("no Chromium on this machine (Debian: apt install chromium)")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        opened = await browser.new_page(viewport={"width": 1280, "height": 800})
        errors: list[str] = []
        opened.on("pageerror", lambda error: errors.append(str(error)))
        yield opened
        await browser.close()
        assert errors == []
