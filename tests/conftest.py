"""What many tests share."""

from pathlib import Path

import pytest
from hypothesis import settings

pytest.register_assert_rewrite("kissbot.testing.contracts")
settings.register_profile("kissbot", deadline=None)  # a busy machine is no bug
settings.load_profile("kissbot")

SHARED = Path(__file__).parents[2] / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of test data that lies beside the project, and is not part of it."""
    if not (SHARED / "data").is_dir():
        pytest.skip(f"the test data is not here: {SHARED}/data")
    return SHARED
