"""What many tests share."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from hypothesis import settings

pytest.register_assert_rewrite("kissbot.testing.contracts")
settings.register_profile("kissbot", deadline=None)  # a busy machine is no bug
settings.load_profile("kissbot")

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
