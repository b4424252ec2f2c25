"""The event loop: uvloop where it is installed, and a clean stop on SIGTERM."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Coroutine
from threading import Thread
from typing import Any, TypeVar

T = TypeVar("T")


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run to the end; Ctrl-C raises KeyboardInterrupt, SIGTERM ends with CancelledError."""
    with asyncio.Runner(loop_factory=_factory()) as runner:
        return runner.run(_stoppable(work))


async def _stoppable(work: Coroutine[Any, Any, T]) -> T:
    task = asyncio.current_task()

    def stop() -> None:
        if task and not task.cancelling():  # a second signal must not interrupt the clean-up
            task.cancel()

    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop)
    return await work


def stop_with_parent() -> None:
    """Have this process end when standard input does: when whoever started it is gone, however it went."""

    def wait() -> None:
        while os.read(sys.stdin.fileno(), 1024):  # not through the buffer: its lock would outlive the loop
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    Thread(target=wait, name="parent", daemon=True).start()


def _factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop
