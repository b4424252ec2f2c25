"""Logs: for people, on standard error."""

import logging
import sys
from typing import Final

import structlog
from stamina.instrumentation import set_on_retry_hooks
from structlog.typing import EventDict, WrappedLogger

LEVELS: Final = {"exception": "error", "warn": "warning", "fatal": "critical"}
"""What structlog calls otherwise."""


def set_up_logs(verbose: bool) -> None:
    """Show warnings and errors; with `verbose`, everything of interest."""
    set_on_retry_hooks([])  # a retry that helps is no news, and one that does not ends in an error of its own
    level = logging.INFO if verbose else logging.WARNING
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            Threshold(level),
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="%H:%M:%S", utc=False),
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
            ),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


class Threshold:
    """What comes after this sees nothing less important than `level`."""

    def __init__(self, level: int) -> None:
        self._level = level

    def __call__(self, logger: WrappedLogger, name: str, event: EventDict) -> EventDict:
        """Drop it, or hand it on."""
        if getattr(logging, LEVELS.get(name, name).upper()) < self._level:
            raise structlog.DropEvent
        return event
