"""Time that jumps."""

import asyncio
from collections.abc import Callable

import pytest


@pytest.fixture
async def jump() -> Callable[[float], None]:
    """Makes the event loop believe that so many seconds have passed. Real sockets go on working."""
    loop, jumped = asyncio.get_running_loop(), [0.0]
    real = loop.time
    loop.time = lambda: real() + sum(jumped)  # type: ignore[method-assign]
    return jumped.append
