"""Serves the figures and the health of this process over HTTP."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from aiohttp import web

from kissbot.app.metrics.exposition import CONTENT_TYPE, Figures
from kissbot.app.metrics.health import Health
from kissbot.app.metrics.watched import Watched
from kissbot.app.watching import Metrics

log = structlog.get_logger(__name__)


class Endpoint:
    """/metrics, /healthz and /readyz. Until there is a bot to watch, it is not ready."""

    def __init__(self) -> None:
        self._figures, self._health = Figures(), Health()
        self.app = web.Application()
        self.app.add_routes(
            [
                web.get("/metrics", self._metrics),
                web.get("/healthz", self._healthz),
                web.get("/readyz", self._readyz),
            ]
        )

    def watch(self, bot: Watched) -> None:
        """This is the bot."""
        self._figures.bot = self._health.bot = bot

    async def _metrics(self, request: web.Request) -> web.Response:
        return web.Response(body=self._figures.text(), headers={"Content-Type": CONTENT_TYPE})

    async def _healthz(self, request: web.Request) -> web.Response:
        """That this is answered says it all: the loop lives."""
        return web.json_response({"alive": True})

    async def _readyz(self, request: web.Request) -> web.Response:
        why = await self._health.troubles()
        return web.json_response({"ready": not why, "why": why}, status=503 if why else 200)


@asynccontextmanager
async def served(metrics: Metrics) -> AsyncIterator[Endpoint]:
    """The endpoint, where the settings want it. A port that is taken stops no bot."""
    endpoint = Endpoint()
    runner = web.AppRunner(endpoint.app, access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    try:
        if metrics.port:
            await _listen(runner, metrics)
        yield endpoint
    finally:
        await runner.cleanup()


async def _listen(runner: web.AppRunner, metrics: Metrics) -> None:
    try:
        await web.TCPSite(runner, metrics.host, metrics.port).start()
    except OSError as error:
        remedy = "choose another metrics.port, or see who has it"
        log.error("metrics_not_served", host=metrics.host, port=metrics.port, why=str(error), remedy=remedy)
    else:
        log.info("metrics_served", host=metrics.host, port=metrics.port)
