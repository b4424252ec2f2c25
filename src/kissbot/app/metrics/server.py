"""Serves the figures and the health of this process, where that is wanted; elsewhere it costs nothing."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import structlog

from kissbot.app.metrics.watched import Watched
from kissbot.app.watching import Metrics

log = structlog.get_logger(__name__)


@asynccontextmanager
async def served(metrics: Metrics) -> AsyncIterator[Callable[[Watched], None]]:
    """Takes the bot that is to be watched, once there is one. A port that is taken stops no bot."""
    if not metrics.port:
        yield _unwatched
        return
    from aiohttp import web

    from kissbot.app.metrics.endpoint import Endpoint

    endpoint = Endpoint()
    runner = web.AppRunner(endpoint.app, access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, metrics.host, metrics.port).start()
        except OSError as error:
            _not_served(metrics, error)
        else:
            log.info("metrics_served", host=metrics.host, port=metrics.port)
        yield endpoint.watch
    finally:
        await runner.cleanup()


def _unwatched(bot: Watched) -> None:
    """Nobody looks."""


def _not_served(metrics: Metrics, error: OSError) -> None:
    remedy = "choose another metrics.port, or see who has it"
    log.error("metrics_not_served", host=metrics.host, port=metrics.port, why=str(error), remedy=remedy)
