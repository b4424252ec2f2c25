"""Logs: for people, on standard error."""

import logging
import sys

import structlog
from stamina.instrumentation import set_on_retry_hooks


def set_up_logs(verbose: bool) -> None:
    """Show warnings and errors; with `verbose`, everything of interest."""
    set_on_retry_hooks([])  # a retry that helps is no news, and one that does not ends in an error of its own
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="%H:%M:%S", utc=False),
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
            ),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO if verbose else logging.WARNING),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
